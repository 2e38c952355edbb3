package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A terminal is a pseudo-terminal with the test at the keyboard.
type terminal struct {
	t     *testing.T
	keys  *os.File
	slave *os.File
	shown lockedBuffer
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	t.Cleanup(func() { keys.Close() })
	var number int
	conn, err := keys.SyscallConn()
	if err == nil {
		conn.Control(func(fd uintptr) {
			if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
				number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
			}
		})
	}
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	t.Cleanup(func() { slave.Close() })
	term := &terminal{t: t, keys: keys, slave: slave}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			term.shown.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	return term
}

// lead makes cmd the leader of a session at the terminal, in the foreground.
func (term *terminal) lead(cmd *exec.Cmd) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.slave, term.slave, term.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
}

func (term *terminal) press(keys string) {
	if _, err := term.keys.WriteString(keys); err != nil {
		term.t.Error(err)
	}
}

// children lists the processes whose parent is pid.
func children(pid int) (all []int) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		data, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(pid) && f[0] != "Z" {
			n, _ := strconv.Atoi(filepath.Base(dir))
			all = append(all, n)
		}
	}
	return all
}

// awaitWitness waits until go and the witness are there: the first witness comes when
// all signals are caught, which may be after go has begun to work. A signal that comes
// before ends us as it would end a go that is just starting.
func (s *stage) awaitWitness() {
	s.t.Helper()
	s.await(func() bool { return len(children(s.cmd.Process.Pid)) == 2 })
}

// counting is a go command that writes down each signal that it gets, until the
// file "end" is there.
const counting = `for s in INT QUIT TERM HUP USR1 USR2 URG WINCH; do trap "echo $s >>signals" $s; done
trap 'echo CHLD' CHLD
echo started >>calls
echo $$ >pid.new; mv pid.new pid
while [ ! -e end ]; do sleep 0.02; done
exit 5
`

// TestSignalOnce: however a signal is sent, go gets it once: typed, sent to our
// process group, or sent to us alone, in the foreground of a terminal and away
// from it.
func TestSignalOnce(t *testing.T) {
	t.Parallel()
	key := map[syscall.Signal]string{syscall.SIGINT: "\x03", syscall.SIGQUIT: "\x1c"}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} {
		for _, how := range []string{"typed", "group at a terminal", "alone at a terminal", "group", "alone"} {
			if how == "typed" && key[sig] == "" {
				continue
			}
			t.Run(unix.SignalName(sig)+" "+how, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, nil, "build")
				s.script(counting)
				var term *terminal
				if how != "group" && how != "alone" {
					term = newTerminal(t)
					term.lead(s.cmd)
				}
				if err := s.cmd.Start(); err != nil {
					t.Fatal(err)
				}
				pid := s.cmd.Process.Pid
				t.Cleanup(func() { syscall.Kill(-pid, syscall.SIGKILL) })
				s.await(func() bool { return exists(filepath.Join(s.dir, "pid")) })
				s.awaitWitness()
				send := func() {
					switch how {
					case "typed":
						term.press(key[sig])
					case "alone", "alone at a terminal":
						syscall.Kill(pid, sig)
					default:
						syscall.Kill(-pid, sig)
					}
				}
				name := strings.TrimPrefix(unix.SignalName(sig), "SIG")
				got := func() int {
					data, _ := os.ReadFile(filepath.Join(s.dir, "signals"))
					return strings.Count(string(data), name+"\n")
				}
				// Twice: what a witness has seen must not count for what comes later.
				for n := 1; n <= 2; n++ {
					before := children(pid)
					send()
					s.await(func() bool { return got() >= n })
					if !strings.HasPrefix(how, "alone") { // by then, another witness has taken the place of the one that saw it
						s.await(func() bool { return !slices.Equal(children(pid), before) })
					}
					time.Sleep(150 * time.Millisecond) // one too many would come now
					if got() != n {
						t.Fatalf("signal %d: go got %d", n, got())
					}
					s.awaitWitness()
				}
				all := children(pid)
				os.WriteFile(filepath.Join(s.dir, "end"), nil, 0o666)
				if ws := s.wait(); !ws.Exited() || ws.ExitStatus() != 5 {
					t.Errorf("ended with %#x, want go's own exit 5", ws)
				}
				for _, child := range all {
					if exists("/proc/" + strconv.Itoa(child)) { // for whoever looks after orphans
						t.Error("a child was not asked how it ended")
					}
				}
				if s.calls() != "started\n" || strings.Contains(s.err.String(), "goroutine") {
					t.Errorf("calls %q, stderr %q", s.calls(), s.err.String())
				}
			})
		}
	}
}

// TestQuitPrefetch: who presses Ctrl-\ while modules are fetched for go test sees
// where go was, as without us, and go's status.
func TestQuitPrefetch(t *testing.T) {
	t.Parallel()
	s := newStage(t, map[string]string{"go.mod": "module m.test\n\ngo 1.24\n\nrequire a.test/b v1.0.0\n"}, "test")
	s.script("echo \"$1\" >>calls\necho 'go: downloading a.test/b v1.0.0' >&2\n" +
		"trap 'echo SIGQUIT: quit >&2; exit 2' QUIT\necho ready >ready\nwhile :; do sleep 0.02; done\n")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	s.await(func() bool { return exists(filepath.Join(s.dir, "ready")) })
	s.awaitWitness()
	s.cmd.Process.Signal(syscall.SIGQUIT)
	if ws := s.wait(); ws.ExitStatus() != 2 || s.err.String() != "go: downloading a.test/b v1.0.0\nSIGQUIT: quit\n" || s.calls() != "list\n" {
		t.Errorf("ended with %#x after %q: %q", ws, s.calls(), s.err.String())
	}
}

// TestOwnSignals: what belongs to our process alone goes nowhere.
func TestOwnSignals(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, "build")
	s.script(counting)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	s.await(func() bool { return exists(filepath.Join(s.dir, "pid")) })
	for _, sig := range []syscall.Signal{syscall.SIGURG, syscall.SIGCHLD, syscall.SIGWINCH, syscall.SIGCONT} {
		s.cmd.Process.Signal(sig)
	}
	time.Sleep(150 * time.Millisecond) // they would come now
	os.WriteFile(filepath.Join(s.dir, "end"), nil, 0o666)
	s.wait()
	if data, err := os.ReadFile(filepath.Join(s.dir, "signals")); err == nil {
		t.Errorf("go got %q", data)
	}
}

// TestStopAndContinue: Ctrl-Z stops the whole job, and fg brings it back, as the
// shell sees it.
func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"build", "version"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			term := newTerminal(t)
			s := newStage(t, nil)
			// No loop: a shell that is stopped between vfork and exec is not stopped.
			s.script("echo $$ >pid.new; mv pid.new pid\nread -r line <end\nexit 5\n")
			if err := syscall.Mkfifo(filepath.Join(s.dir, "end"), 0o666); err != nil {
				t.Fatal(err)
			}
			shim := s.cmd.Path
			s.cmd.Path = "/bin/sh"
			s.cmd.Args = []string{"sh", "-c", `set -m; "$0" ` + way + `; echo "stopped $?"; fg >/dev/null; echo "ended $?"`, shim}
			term.lead(s.cmd)
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.cmd.Process.Kill() })
			s.await(func() bool { return exists(filepath.Join(s.dir, "pid")) })
			pid, _ := os.ReadFile(filepath.Join(s.dir, "pid"))
			term.press("\x1a")
			s.await(func() bool { return strings.Contains(term.shown.String(), "stopped 148") }) // 128 + SIGTSTP
			s.await(func() bool {                                                                // it goes on
				status, _ := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/status")
				return !strings.Contains(string(status), "State:\tT")
			})
			if err := os.WriteFile(filepath.Join(s.dir, "end"), []byte("end\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			s.await(func() bool { return strings.Contains(term.shown.String(), "ended 5") })
			s.cmd.Wait()
		})
	}
}

// TestKilledLeavesNothing: SIGKILL of us ends go, and what belongs to us.
func TestKilledLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"build"}, {"test"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			s := newStage(t, map[string]string{"go.mod": "module m.test\n\ngo 1.24\n\nrequire a.test/b v1.0.0\n"}, args...)
			s.script("echo $$ >pid.new; mv pid.new pid; exec sleep 100\n")
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pid := s.cmd.Process.Pid
			t.Cleanup(func() { syscall.Kill(-pid, syscall.SIGKILL) })
			s.await(func() bool { return exists(filepath.Join(s.dir, "pid")) })
			s.awaitWitness()
			all := children(pid)
			s.cmd.Process.Kill()
			for _, child := range all {
				s.await(func() bool { return !running(strconv.Itoa(child)) })
			}
			s.cmd.Wait()
		})
	}
}

// TestNothingIsLeft: the witness is gone when the process becomes the real go,
// which would never ask how it ended.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	if !exists(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid())) {
		t.Skip("the kernel does not list children")
	}
	s := newStage(t, map[string]string{"go.mod": "module m.test\n\ngo 1.24\n\nrequire a.test/b v1.0.0\n"}, "test")
	s.script("echo \"$1\" >>calls\n[ \"$1\" = list ] && exec sleep 0.2\nread -r left </proc/$$/task/$$/children\necho \"$left\" >left\n")
	if err := s.cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadFile(filepath.Join(s.dir, "left")); err != nil || string(left) != "\n" {
		t.Errorf("children of the real go: %q, %v", left, err)
	}
	if s.calls() != "list\ntest\n" {
		t.Errorf("calls %q", s.calls())
	}
}

// TestOneCore: of a go command that dumps core there is one core file, and none
// of us.
func TestOneCore(t *testing.T) {
	t.Parallel()
	pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern")
	if strings.ContainsAny(string(pattern), "|/") {
		t.Skip("core files go elsewhere: ", string(pattern))
	}
	for _, sig := range []string{"SEGV", "ABRT", "QUIT"} {
		t.Run(sig, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			s.script("kill -" + sig + " $$\n")
			shim := s.cmd.Path
			s.cmd.Path, s.cmd.Args = "/bin/sh", []string{"sh", "-c", `ulimit -c unlimited || exit 77; cd "$1" && exec "$0" build`, shim, s.dir}
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ws := s.wait()
			if ws.Exited() && ws.ExitStatus() == 77 {
				t.Skip("no core files here")
			}
			if !ws.Signaled() || ws.CoreDump() {
				t.Errorf("ended with %#x, want death by the signal without a core file of ours", ws)
			}
			if cores, _ := filepath.Glob(filepath.Join(s.dir, "core*")); len(cores) > 1 {
				t.Errorf("core files %v", cores)
			}
		})
	}
}

// TestFirstProcess: the first process of a container survives its own signals, and
// the Go runtime exits 2 then. So do we after a guarded go has died of one.
func TestFirstProcess(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("not root: no namespace of processes")
	}
	s := newStage(t, nil)
	s.script("echo ready >ready; exec sleep 60\n")
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command(unshare, "--pid", "--fork", "--mount-proc", "true").CombinedOutput(); err != nil {
		t.Skipf("%v\n%s", err, out)
	}
	s.cmd.Args = []string{unshare, "--pid", "--fork", "--mount-proc", "--kill-child", s.cmd.Path, "build"}
	s.cmd.Path = unshare
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	s.await(func() bool { return exists(filepath.Join(s.dir, "ready")) })
	syscall.Kill(children(s.cmd.Process.Pid)[0], syscall.SIGTERM)
	if ws := s.wait(); ws.ExitStatus() != 2 {
		t.Errorf("ended with %#x, want exit 2", ws)
	}
}
