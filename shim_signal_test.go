//go:build linux

package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestSignalAtHandover: a signal that comes at any moment of the first attempt,
// of the handover to gosafe or to the real go, and of what follows, ends all of
// it. Nothing of the user's is started after it, and nothing is tried again.
func TestSignalAtHandover(t *testing.T) {
	t.Parallel()
	runs := 10
	if *long {
		runs = 1000
	}
	const broken = "go: m@v1.0.0: reading https://proxy.golang.org/m/@v/v1.0.0.zip: unexpected EOF\n"
	for _, tt := range []struct {
		name    string
		command []string
		sig     syscall.Signal
	}{
		{"guard, TERM", []string{"mod", "download"}, syscall.SIGTERM},
		{"guard, HUP", []string{"mod", "download"}, syscall.SIGHUP},
		{"guard, INT", []string{"mod", "download"}, syscall.SIGINT},
		{"prefetch, TERM", []string{"test", "."}, syscall.SIGTERM},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var all sync.WaitGroup
			defer all.Wait()
			few := make(chan bool, 4)
			for range runs {
				few <- true
				all.Add(1)
				go func() {
					defer all.Done()
					defer func() { <-few }()
					wait := time.Duration(rand.Int64N(int64(9 * time.Millisecond)))
					files := map[string]string{"go.mod": "module m.test\n\ngo 1.24\n\nrequire x.test v1.0.0\n"}
					for n := range 40 { // the first of them fails; so do the others, for as long as this takes
						files[strconv.Itoa(n+1)+".stderr"], files[strconv.Itoa(n+1)+".exit"] = broken, "1"
					}
					s := newStage(t, files, tt.command...)
					if err := s.cmd.Start(); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(wait)
					syscall.Kill(s.cmd.Process.Pid, tt.sig)
					lost := time.AfterFunc(20*time.Second, func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
					err := s.cmd.Wait()
					lost.Stop()
					// It may have come when go was ending by itself; but then that is
					// all: without it there would be forty attempts.
					ws := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
					if ended := ws.ExitStatus() == 1 && strings.Count(s.calls(), "\n") < 40; ws.Signal() != tt.sig && !ended {
						t.Errorf("a signal after %v: %v, after %q\n%s", wait, err, s.calls(), s.err.String())
					}
					if strings.Contains("\n"+s.calls(), "\ntest ") {
						t.Errorf("a signal after %v: the tests were started", wait)
					}
				}()
			}
		})
	}
}

// TestWarningSignalAtHandover: a signal that go does not mind does not end what is
// under way either.
func TestWarningSignalAtHandover(t *testing.T) {
	t.Parallel()
	runs := 20
	if *long {
		runs = 400
	}
	// go ignores it, once it has begun to work; so does this one.
	l := newLeaving(t, `trap '' USR1; [ $count -gt 1 ] && exit 0; kill -USR1 $PPID; echo "`+lost+`" >&2; (sleep 0.001; kill -USR1 $PPID) & exit 1`)
	for range runs {
		if err := exec.Command("rm", "-f", filepath.Join(l.dir, "count")).Run(); err != nil {
			t.Fatal(err)
		}
		_, stderr, status := l.run("mod", "download")
		if count, _ := os.ReadFile(filepath.Join(l.dir, "count")); string(count) == "2\n" && strings.HasSuffix(stderr, "user defined signal 1\n") {
			continue // the last one was passed on to the second go, which had not begun to work
		}
		if status != 0 {
			t.Fatalf("status %d, %q", status, stderr)
		}
	}
}
