//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A leaving is a call of the go command whose first attempt gosafe-shim makes
// and gosafe takes over. The real go is a shell script.
type leaving struct {
	t   *testing.T
	dir string
	env []string
}

func newLeaving(t *testing.T, script string) *leaving {
	l := &leaving{t, t.TempDir(), nil}
	for name, content := range map[string]string{
		"root/VERSION":  "go1.26.8\n",
		"root/bin/go":   "#!/bin/sh\ncount=$(cat count 2>/dev/null || echo 0)\ncount=$((count + 1))\necho $count >count\n" + script,
		"root/pkg/tool": "",
	} {
		name = filepath.Join(l.dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// Another process makes it a program (see copyFile).
	if err := exec.Command("chmod", "755", filepath.Join(l.dir, "root", "bin", "go")).Run(); err != nil {
		t.Fatal(err)
	}
	l.env = []string{"PATH=" + shimDir() + ":" + filepath.Join(l.dir, "root", "bin") + ":/usr/bin:/bin", "HOME=" + l.dir, "TMPDIR=" + l.dir, "GOENV=off", "GOPROXY=off", "GOSAFE_PATIENCE=10s"}
	return l
}

// run returns what the call printed and its exit status.
func (l *leaving) run(args ...string) (stdout, stderr string, status int) {
	l.t.Helper()
	cmd := exec.Command(filepath.Join(shimDir(), "go"), args...)
	var out, err bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = l.dir, l.env, &out, &err
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		l.t.Fatal(err)
	}
	if status = cmd.ProcessState.ExitCode(); status < 0 {
		fmt.Fprintln(&err, cmd.ProcessState) // which signal
	}
	return out.String(), err.String(), status
}

const lost = `go: example.com/m@v1.2.3: Get \"https://proxy.golang.org/example.com/m/@v/v1.2.3.mod\": EOF`

// TestLeave: standard output that is held back changes hands, be it held in
// memory or on disk, and is seen once, whole, if the attempt turns out to be the
// last one, and not at all if it does not.
func TestLeave(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]int{"nothing": 0, "in memory": 1000, "on disk": 400000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lots := fmt.Sprintf("seq %d; ", lines)
			var want strings.Builder
			for i := range lines {
				fmt.Fprintln(&want, i+1)
			}
			l := newLeaving(t, lots+"echo 'main.go:1:1: undefined: x' >&2; exit 3")
			stdout, stderr, status := l.run("list", "all")
			if stdout != want.String() || status != 3 || stderr != "main.go:1:1: undefined: x\n" {
				t.Errorf("a real failure: %d bytes, want %d; status %d, %q", len(stdout), want.Len(), status, stderr)
			}
			l = newLeaving(t, "[ $count = 2 ] && { echo good; exit; }; "+lots+`echo "`+lost+`" >&2; exit 1`)
			stdout, stderr, status = l.run("list", "all")
			if stdout != "good\n" || status != 0 || !strings.Contains(stderr, "it worked at attempt 2") {
				t.Errorf("a rescue: %d bytes, status %d, %q", len(stdout), status, stderr)
			}
		})
	}
}

// TestLeaveFull: what cannot be held has been seen, and is not made again.
func TestLeaveFull(t *testing.T) {
	t.Parallel()
	l := newLeaving(t, `seq 400000; echo "`+lost+`" >&2; exit 1`)
	l.env = append(l.env, "TMPDIR="+filepath.Join(l.dir, "none"))
	stdout, stderr, status := l.run("list", "all")
	if n := strings.Count(stdout, "\n"); n != 400000 || status != 1 {
		t.Errorf("%d lines, status %d, %q", n, status, stderr)
	}
	if count, _ := os.ReadFile(filepath.Join(l.dir, "count")); string(count) != "1\n" {
		t.Errorf("it ran %s times", count)
	}
}

// TestLeaveFiles: what a later attempt finds open is what the first one found.
func TestLeaveFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("/proc/self/fd")
	}
	l := newLeaving(t, `ls -l /proc/self/fd | sed 's/.* \([0-9]* -> [a-z/]*\).*/\1/' >files.$count; seq 400000; [ $count = 1 ] || exit 0; echo "`+lost+`" >&2; exit 1`)
	if _, stderr, status := l.run("list", "all"); status != 0 {
		t.Fatal(stderr)
	}
	first, err1 := os.ReadFile(filepath.Join(l.dir, "files.1"))
	second, err2 := os.ReadFile(filepath.Join(l.dir, "files.2"))
	if err1 != nil || err2 != nil || len(first) == 0 || string(first) != string(second) {
		t.Errorf("%v, %v, first:\n%s\nsecond:\n%s", err1, err2, first, second)
	}
	left, err := filepath.Glob(filepath.Join(l.dir, "gosafe-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestInitialised: nothing heavy is initialised before the real go runs. With
// GODEBUG=inittrace=1 the Go runtime says what is: the
// real go is a script here, and says nothing of the kind.
func TestInitialised(t *testing.T) {
	t.Parallel()
	l := newLeaving(t, "echo go >&2\n") // says nothing about itself
	l.env = append(l.env, "GODEBUG=inittrace=1")
	_, stderr, _ := l.run("version")
	ours, found := strings.CutSuffix(stderr, "\ngo\n")
	if !found {
		t.Fatal(stderr)
	}
	known := strings.Fields("internal/bytealg internal/runtime/gc/scan runtime math errors iter sync internal/godebug syscall time context internal/poll " +
		"io/fs os os/signal unicode reflect golang.org/x/sys/unix gosafe/internal/settings path/filepath main")
	bytes := 0
	for line := range strings.Lines(ours) { // init NAME @0.1 ms, 0.01 ms clock, 16 bytes, 1 allocs
		f := strings.Fields(line)
		if len(f) < 9 || f[0] != "init" {
			t.Fatalf("%q", line)
		}
		if !slices.Contains(known, f[1]) {
			t.Errorf("%s is initialised before go is run", f[1])
		}
		n, err := strconv.Atoi(f[7])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		bytes += n
	}
	if bytes == 0 || bytes > 8<<10 {
		t.Errorf("%d bytes are allocated before go is run", bytes)
	}
}
