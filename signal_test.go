//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A stage is a shim before the fake go, in a process group of its own.
type stage struct {
	t   *testing.T
	dir string // $FAKEGO
	cmd *exec.Cmd
	err bytes.Buffer
}

// newStage prepares `go ARGS` with the fake go's files.
func newStage(t *testing.T, files map[string]string, args ...string) *stage {
	t.Helper()
	fake, err := buildFake()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, dir: t.TempDir()}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s.cmd = exec.Command(filepath.Join(shimDir(), "go"), args...)
	s.cmd.Dir = s.dir
	s.cmd.Stderr = &s.err
	s.cmd.Env = []string{
		"PATH=" + shimDir() + ":" + filepath.Join(fake, "bin") + ":/usr/bin:/bin",
		"FAKEGO=" + s.dir, "HOME=" + s.dir, "GOENV=off", "GOMODCACHE=" + filepath.Join(s.dir, "mod"),
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return s
}

// lostZip is what go says of a failure that a second run may cure.
const lostZip = "go: m@v1.0.0: reading https://proxy.golang.org/m/@v/v1.0.0.zip: 502 Bad Gateway\n"

// start starts it and waits until the nth call of the fake go runs.
func (s *stage) start(n string) {
	s.t.Helper()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	s.await(func() bool { return exists(filepath.Join(s.dir, n+".env")) && s.calls() != "" })
}

// await polls for something that is bound to come.
func (s *stage) await(done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("it did not come; calls %q, stderr %q", s.calls(), s.err.String())
		}
	}
}

func (s *stage) calls() string {
	data, _ := os.ReadFile(filepath.Join(s.dir, "calls"))
	return string(data)
}

// wait returns how the shim ended.
func (s *stage) wait() syscall.WaitStatus {
	s.cmd.Wait()
	return s.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// TestSignalReachesGo: a signal sent to us alone ends the go command, and we
// die of the same one. Nothing is started again.
func TestSignalReachesGo(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, map[string]string{"1.sleep": "60000"}, "build")
			s.start("1")
			began := time.Now()
			s.cmd.Process.Signal(sig)
			if ws := s.wait(); !ws.Signaled() || ws.Signal() != sig {
				t.Errorf("ended with %#x, want death by %v", ws, sig)
			}
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("it took %v", d)
			}
			if s.calls() != "build\n" || s.err.Len() != 0 {
				t.Errorf("calls %q, stderr %q", s.calls(), s.err.String())
			}
		})
	}
}

// TestWarningSignals: go ignores the signals by which batch systems warn.
func TestWarningSignals(t *testing.T) {
	t.Parallel()
	s := newStage(t, map[string]string{"1.sleep": "500", "1.exit": "3"}, "build")
	s.start("1")
	s.cmd.Process.Signal(syscall.SIGUSR1)
	s.cmd.Process.Signal(syscall.SIGUSR2)
	if ws := s.wait(); !ws.Exited() || ws.ExitStatus() != 3 {
		t.Errorf("ended with %#x, want exit 3", ws)
	}
}

// TestDeathIsRepeated: whatever killed go kills us, the signals included for
// which the Go runtime has handlers of its own.
func TestDeathIsRepeated(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{
		syscall.SIGKILL, syscall.SIGTERM, syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGUSR2,
	} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil, "build")
			// Words that would be tried again after any other end.
			s.script("ulimit -c 0\necho build >>calls\necho 'go: x: Get \"https://a.example/\": EOF' >&2\nkill -" + strconv.Itoa(int(sig)) + " $$\n")
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if ws := s.wait(); !ws.Signaled() || ws.Signal() != sig {
				t.Errorf("ended with %#x, want death by %v", ws, sig)
			}
			if s.calls() != "build\n" {
				t.Errorf("calls %q", s.calls())
			}
		})
	}
}

// script puts a shell script in the fake go's place, one that looks like a
// toolchain's.
func (s *stage) script(text string) {
	s.t.Helper()
	name := filepath.Join(s.dir, "root", "bin", "go")
	for _, dir := range []string{filepath.Dir(name), filepath.Join(s.dir, "root", "pkg", "tool")} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := writeProgram(name, "#!/bin/sh\n"+text); err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Env = append(s.cmd.Env, "GOSAFE_GO="+name)
}

// TestSignalWhileWaiting: between two attempts a signal ends us at once, by
// itself.
func TestSignalWhileWaiting(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			// 429: the first wait is long enough to hit.
			s := newStage(t, map[string]string{"1.stderr": "go: m@v1.0.0: reading https://proxy.golang.org/m/@v/v1.0.0.zip: 429 Too Many Requests\n", "1.exit": "1"}, "mod", "download")
			pipe, err := s.cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			go io.Copy(io.Discard, pipe)
			var err2 lockedBuffer
			s.cmd.Stderr = &err2
			s.start("1")
			s.await(func() bool { return strings.Contains(err2.String(), "trying again") })
			began := time.Now()
			s.cmd.Process.Signal(sig)
			ws := s.wait()
			if d := time.Since(began); d > 2*time.Second {
				t.Errorf("it took %v", d)
			}
			if strings.Count(s.calls(), "\n") > 1 {
				t.Skip("the wait was over before the signal came")
			}
			if !ws.Signaled() || ws.Signal() != sig {
				t.Errorf("ended with %#x, want death by %v", ws, sig)
			}
		})
	}
}

// TestIgnoredStaysIgnored: nohup, and trap ” INT in a shell.
func TestIgnoredStaysIgnored(t *testing.T) {
	t.Parallel()
	s := newStage(t, map[string]string{"1.sleep": "700", "1.exit": "3"}, "build")
	shim := s.cmd.Path
	s.cmd.Path = "/bin/sh"
	s.cmd.Args = []string{"sh", "-c", `trap '' INT HUP; exec "$0" build`, shim}
	s.start("1")
	s.cmd.Process.Signal(syscall.SIGHUP)
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT)
	if ws := s.wait(); !ws.Exited() || ws.ExitStatus() != 3 {
		t.Errorf("ended with %#x, want exit 3", ws)
	}
}

// TestHolderOfStderr: a process that go has left behind with our pipe does not
// hold us.
func TestHolderOfStderr(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, "build")
	s.script("echo said >&2\nsleep 60 &\nexit 4\n")
	file, err := os.Create(filepath.Join(s.dir, "stderr")) // a pipe would hold the test itself
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s.cmd.Stderr = file
	began := time.Now()
	if err := s.cmd.Run(); s.cmd.ProcessState.ExitCode() != 4 {
		t.Errorf("%v", err)
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
	if got, _ := os.ReadFile(file.Name()); string(got) != "said\n" {
		t.Errorf("stderr %q", got)
	}
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
}
