package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSignalWhileHeldIsWritten: go has ended, and what it said was held back and
// waits for its reader now. A signal ends that, as it would end go there.
func TestSignalWhileHeldIsWritten(t *testing.T) {
	t.Parallel()
	out := strings.Repeat("x", 300_000)
	for _, dir := range []string{shimDir(), aloneDir()} {
		for name, files := range map[string]map[string]string{
			"at once":       {"1.stdout": out},
			"after a retry": {"1.stderr": "go: m@v1.0.0: reading https://proxy.golang.org/m/@v/v1.0.0.zip: 502 Bad Gateway\n", "1.exit": "1", "2.stdout": out},
		} {
			for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
				t.Run(filepath.Base(dir)+" "+name+" "+unix.SignalName(sig), func(t *testing.T) {
					t.Parallel()
					s := newStage(t, files, "mod", "graph")
					s.cmd.Path = filepath.Join(dir, "go")
					r, w, err := os.Pipe()
					if err != nil {
						t.Fatal(err)
					}
					defer r.Close()
					s.cmd.Stdout = w
					err = s.cmd.Start()
					w.Close()
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
					s.await(func() bool { // the pipe is full
						n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
						return err == nil && n >= 64<<10
					})
					s.cmd.Process.Signal(sig)
					lost := time.AfterFunc(20*time.Second, func() { s.cmd.Process.Kill() })
					defer lost.Stop()
					if ws := s.wait(); !ws.Signaled() || ws.Signal() != sig {
						t.Errorf("ended with %#x, want death by %v", ws, sig)
					}
				})
			}
		}
	}
}
