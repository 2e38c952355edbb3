package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// unread starts the command with an output that nobody reads: a pipe, of which the
// test holds both ends.
func (s *stage) unread(output *io.Writer) (r, w *os.File) {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { r.Close(); w.Close() })
	*output = w
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	return r, w
}

// unreadFull waits until the pipe is full, too.
func (s *stage) unreadFull(output *io.Writer) {
	s.t.Helper()
	_, w := s.unread(output)
	s.await(func() bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(w.Fd()), Events: unix.POLLOUT}}, 0)
		return n == 0 && err == nil
	})
}

// dies sends a signal, of which the command has to die; or it ends as go did, if
// that may have been done just before.
func (s *stage) dies(sig syscall.Signal, exits ...int) {
	s.t.Helper()
	s.cmd.Process.Signal(sig)
	lost := time.AfterFunc(20*time.Second, func() { s.cmd.Process.Kill() })
	defer lost.Stop()
	if ws := s.wait(); !(ws.Signaled() && ws.Signal() == sig || ws.Exited() && slices.Contains(exits, ws.ExitStatus())) {
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
					s.unreadFull(&s.cmd.Stdout)
					s.dies(sig)
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
			name   string
			script string
			sig    syscall.Signal
			exits  []int
		}{
			{"go writes", "head -c 9000000 /dev/zero >&2; exit 1", syscall.SIGTERM, nil},
			// The pipe, and what we have read of our own.
			{"go has ended", "head -c $((SIZE + 30000)) /dev/zero >&2; exit 1", syscall.SIGTERM, []int{1}},
			{"we write", `printf '%*s\n%s\n' $((SIZE - ${#LOST} - 2)) x "$LOST" >&2; exit 1`, syscall.SIGHUP, []int{1}},
		} {
			t.Run(filepath.Base(dir)+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, nil, "build")
				s.script(tt.script)
				s.cmd.Path = filepath.Join(dir, "go")
				s.cmd.Env = append(s.cmd.Env, "LOST="+strings.TrimSuffix(lostZip, "\n"), "SIZE="+strconv.Itoa(pipeSize(t)))
				s.unreadFull(&s.cmd.Stderr)
				s.dies(tt.sig, tt.exits...)
			})
		}
	}
}

// TestSignalBeforeHeldIsWritten: the signal was go's, or came between two attempts,
// and what has been held back meets nobody who reads it.
func TestSignalBeforeHeldIsWritten(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{shimDir(), aloneDir()} {
		for name, script := range map[string]string{
			"while go runs":  "head -c 300000 /dev/zero; echo ready >ready; exec sleep 60",
			"between two":    `head -c 300000 /dev/zero; echo "$LOST" >&2; echo ready >ready; exit 1`,
			"of its own end": "head -c 300000 /dev/zero; echo ready >ready; kill -TERM $$",
		} {
			t.Run(filepath.Base(dir)+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, nil, "mod", "graph")
				s.script(script)
				s.cmd.Path = filepath.Join(dir, "go")
				s.cmd.Env = append(s.cmd.Env, "LOST="+strings.TrimSuffix(lostZip, "\n"))
				s.unread(&s.cmd.Stdout)
				s.await(func() bool { return exists(filepath.Join(s.dir, "ready")) })
				s.dies(syscall.SIGTERM)
			})
		}
	}
}

// TestSurvivedSignal: go has an answer of its own to a signal, and a reader that
// takes its time gets all of it.
func TestSurvivedSignal(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{shimDir(), aloneDir()} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil, "build")
			s.script("trap 'head -c 120000 /dev/zero >&2; exit 2' QUIT; echo ready >ready; while :; do sleep 0.02; done")
			s.cmd.Path = filepath.Join(dir, "go")
			r, w := s.unread(&s.cmd.Stderr)
			w.Close()
			s.await(func() bool { return exists(filepath.Join(s.dir, "ready")) })
			s.awaitWitness()
			s.cmd.Process.Signal(syscall.SIGQUIT)
			time.Sleep(3500 * time.Millisecond) // longer than we wait for nothing (wrapper, overdue)
			said, err := io.ReadAll(r)
			if ws := s.wait(); err != nil || len(said) != 120000 || ws.ExitStatus() != 2 {
				t.Errorf("%d bytes (%v), %#x; want all 120000, and exit 2", len(said), err, ws)
			}
		})
	}
}

// pipeSize is what a pipe holds: 64 KiB, less for a user that has many of them.
func pipeSize(t *testing.T) int {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	size, err := unix.FcntlInt(r.Fd(), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	return size
}
