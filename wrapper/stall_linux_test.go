package wrapper

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gosafe/internal/socket"

	"golang.org/x/sys/unix"
)

const (
	stallAfter = time.Second
	notStalled = 3 * stallAfter // how long those take that must not be ended
)

// TestWatchChild is no test, but what the runs of TestWatch run.
func TestWatchChild(t *testing.T) {
	mode := os.Getenv("WATCH_CHILD")
	if mode == "" {
		t.Skip("the child of TestWatch")
	}
	var c net.Conn
	if mode != "without network" {
		var err error
		if c, err = net.Dial("tcp", os.Getenv("WATCH_ADDR")); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(os.Getenv("WATCH_FILE"), []byte(strconv.Itoa(os.Getpid())), 0o666)
	}
	switch mode {
	case "silence":
		os.WriteFile("/proc/self/comm", []byte("git-remote-http"), 0) // below go, it counts as one that fetches
		c.Read(make([]byte, 1))
	case "without network":
		time.Sleep(notStalled)
	case "work":
		for end := time.Now().Add(notStalled); time.Now().Before(end); {
		}
	case "drip":
		for end := time.Now().Add(notStalled); time.Now().Before(end); {
			c.Read(make([]byte, 1))
		}
	case "pause":
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "lock":
		f, err := os.Open(os.Getenv("WATCH_LOCK"))
		if err != nil {
			t.Fatal(err)
		}
		syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	case "output":
		os.Stderr.Write(make([]byte, 1<<20))
	case "login":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		time.Sleep(notStalled)
	case "question":
		tty, err := os.OpenFile(os.Getenv("WATCH_TTY"), os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer tty.Close()
		time.Sleep(notStalled)
	}
	os.Exit(0)
}

// TestWatch: who waits for the network for ever is ended, and who waits for
// something else, or is slow, is not.
func TestWatch(t *testing.T) {
	t.Parallel()
	for mode, ended := range map[string]bool{
		"silence": true, "without network": false, "work": false, "drip": false, "pause": false, "lock": false, "output": false, "question": false, "login": false,
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			host := dripHost(t)
			if mode == "silence" {
				host = silentHost(t)
			}
			cmd := watchChild(t, mode, host)
			locked := make(chan string) // nobody reads it as long as the run lasts
			cmd.Watch.Locked = func(_ int, name string) { locked <- name }
			switch mode {
			case "pause":
				go func() {
					pid := awaitPid(cmd)
					time.Sleep(notStalled)
					syscall.Kill(pid, syscall.SIGCONT)
				}()
			case "lock":
				f := holdLock(t, &cmd)
				go func() {
					awaitPid(cmd)
					time.Sleep(notStalled)
					f.Close()
				}()
			case "output":
				cmd.Stderr = slowReader{}
			case "question":
				cmd.Env = append(cmd.Env, "WATCH_TTY="+openTerminal(t))
			}
			sig := Listen()
			defer sig.Close()
			r, err := cmd.Run(sig)
			if err != nil {
				t.Fatal(err)
			}
			if (r.Stall != nil) != ended {
				t.Fatalf("ended for a stall: %+v; exit %d, signal %v, %s", r.Stall, r.Exit, r.Signal, r.Stderr)
			}
			if mode == "lock" {
				select {
				case <-locked:
				case <-time.After(10 * time.Second):
					t.Error("nobody was told of the lock")
				}
			}
			if !ended {
				return
			}
			if r.Stall.For < stallAfter || len(r.Stall.Peers) != 1 || peerString(r.Stall.Peers[0]) != host || len(r.Stall.Argv) < 2 {
				t.Errorf("%+v, want one peer %s", r.Stall, host)
			}
		})
	}
}

// TestWatchTree: the whole tree is ended, not its root alone.
func TestWatchTree(t *testing.T) {
	t.Parallel()
	cmd := watchChild(t, "silence", silentHost(t))
	cmd.Argv = []string{"/bin/sh", "-c", `"$@"; true`, "sh", cmd.Path, "-test.run=^TestWatchChild$"}
	cmd.Path = cmd.Argv[0]
	sig := Listen()
	defer sig.Close()
	r, err := cmd.Run(sig)
	if err != nil || r.Stall == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if p, err := readProcess(awaitPid(cmd)); err == nil && p.alive() {
		t.Error("the process with the connection is still there")
	}
}

// watchChild is a run of TestWatchChild.
func watchChild(t *testing.T, mode, addr string) Command {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Command{
		Path: exe, Argv: []string{exe, "-test.run=^TestWatchChild$"}, Stdout: io.Discard, Stderr: io.Discard,
		Env: append(os.Environ(), "WATCH_CHILD="+mode, "WATCH_ADDR="+addr, "WATCH_FILE="+filepath.Join(t.TempDir(), "pid"),
			"GORACE=atexit_sleep_ms=0"), // under the race detector, a program sleeps for a second before it ends
		Watch: Watch{After: stallAfter},
	}
}

// awaitPid waits until the child has connected, and returns its process.
func awaitPid(cmd Command) int {
	_, file, _ := strings.Cut(strings.Join(cmd.Env, "\n"), "WATCH_FILE=")
	file, _, _ = strings.Cut(file, "\n")
	for {
		if data, err := os.ReadFile(file); err == nil && len(data) > 0 {
			pid, _ := strconv.Atoi(string(data))
			return pid
		}
		time.Sleep(time.Millisecond)
	}
}

func silentHost(t *testing.T) string { return host(t, func(net.Conn) {}) }

// dripHost sends a byte now and then.
func dripHost(t *testing.T) string {
	return host(t, func(c net.Conn) {
		for {
			if _, err := c.Write([]byte{0}); err != nil {
				return
			}
			time.Sleep(stallAfter / 10)
		}
	})
}

func host(t *testing.T, serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			go serve(c)
		}
	}()
	return l.Addr().String()
}

func holdLock(t *testing.T, cmd *Command) *os.File {
	f, err := os.Create(filepath.Join(t.TempDir(), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "WATCH_LOCK="+f.Name())
	return f
}

// A slowReader takes its time.
type slowReader struct{}

func (slowReader) Write(p []byte) (int, error) {
	if len(bytes.Trim(p, "\x00")) == 0 {
		time.Sleep(notStalled / 20)
	}
	return len(p), nil
}

// openTerminal makes a terminal for a child to ask on.
func openTerminal(t *testing.T) string {
	m, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { m.Close() })
	if err := unix.IoctlSetPointerInt(int(m.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(m.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return "/dev/pts/" + strconv.Itoa(n)
}

func TestParsePeer(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the examples are a little-endian machine's")
	}
	for in, want := range map[string]string{
		"0100007F:1F90":                          "127.0.0.1:8080",
		"0000000000000000FFFF00000100007F:01BB":  "127.0.0.1:443",
		"B80D01200000000000000000 01000000:01BB": "",
		"B80D0120000000000000000001000000:01BB":  "[2001:db8::1]:443",
		"00000000:0000":                          "", "": "", "7F:1": "", "ZZZZZZZZ:0050": "",
	} {
		got := ""
		if p, ok := parsePeer(in); ok {
			got = peerString(p)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestConnectingEnded: a run may end between one look and the next.
func TestConnectingEnded(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	c, err := startChild("/bin/true", []string{"true"}, nil, []*os.File{null, null, null})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.collect(); err != nil {
		t.Fatal(err)
	}
	ended := connecting{watcher: &watcher{root: c}, since: time.Now()}
	if stall := ended.look(); stall != nil {
		t.Error(stall)
	}
}

func peerString(p socket.Peer) string {
	a, _ := netip.AddrFromSlice([]byte(p.IP))
	return netip.AddrPortFrom(a, p.Port).String()
}
