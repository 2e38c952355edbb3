package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// lostZip is what go says of a failure that a second run may cure.
const lostZip = "go: m@v1.0.0: reading https://proxy.golang.org/m/@v/v1.0.0.zip: 502 Bad Gateway\n"

// unread starts the command with an output that nobody reads, waits until the
// pipe is full, and sends it a signal, of which it has to die; or it ends as go
// did, which may have been done just before.
func (s *stage) unread(output *io.Writer, sig syscall.Signal) {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	*output = w
	err = s.cmd.Start()
	w.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	s.await(func() bool {
		n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
		return err == nil && n >= 64<<10
	})
	s.cmd.Process.Signal(sig)
	lost := time.AfterFunc(20*time.Second, func() { s.cmd.Process.Kill() })
	defer lost.Stop()
	last, _ := os.ReadFile(filepath.Join(s.dir, "1.exit"))
	if ws := s.wait(); !(ws.Signaled() && ws.Signal() == sig || ws.Exited() && strconv.Itoa(ws.ExitStatus()) == string(last)) {
		s.t.Errorf("ended with %#x, want death by %v", ws, sig)
	}
}

// TestSignalWhileHeldIsWritten: go has ended, and what it said was held back and
// waits for its reader now. A signal ends that, as it would end go there.
func TestSignalWhileHeldIsWritten(t *testing.T) {
	t.Parallel()
	out := strings.Repeat("x", 300_000)
	for _, dir := range []string{shimDir(), aloneDir()} {
		for name, files := range map[string]map[string]string{
			"at once":       {"1.stdout": out},
			"after a retry": {"1.stderr": lostZip, "1.exit": "1", "2.stdout": out},
		} {
			for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
				t.Run(filepath.Base(dir)+" "+name+" "+unix.SignalName(sig), func(t *testing.T) {
					t.Parallel()
					s := newStage(t, files, "mod", "graph")
					s.cmd.Path = filepath.Join(dir, "go")
					s.unread(&s.cmd.Stdout, sig)
				})
			}
		}
	}
}

// TestSignalWhileNobodyReads: what go says goes through us, and its reader takes
// nothing: a signal ends us both, be go still at it, or we at its last words, or at
// our own.
func TestSignalWhileNobodyReads(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{shimDir(), aloneDir()} {
		for _, tt := range []struct {
			name  string
			files map[string]string
			sig   syscall.Signal
		}{
			{"go writes", map[string]string{"1.stderr": strings.Repeat("x", 400_000)}, syscall.SIGTERM},
			{"go has ended", map[string]string{"1.stderr": strings.Repeat("x", 120_000)}, syscall.SIGINT},
			{"we write", map[string]string{"1.stderr": strings.Repeat("x", 64<<10-len(lostZip)-1) + "\n" + lostZip, "1.exit": "1"}, syscall.SIGHUP},
		} {
			t.Run(filepath.Base(dir)+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, tt.files, "build")
				s.cmd.Path = filepath.Join(dir, "go")
				s.unread(&s.cmd.Stderr, tt.sig)
			})
		}
	}
}
