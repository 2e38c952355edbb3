//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRedirected: where standard output or error is closed, full, or a pipe
// that nobody reads, the real go ends as it does without us.
func TestRedirected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m.test\n\ngo 1.21\n", "main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(1) }\n",
		"bad/bad.go": "package bad\n\nfunc F() int { return x }\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	scratch := t.TempDir() // go leaves its work there if it dies
	run := func(program, command, redirect string) string {
		line := fmt.Sprintf("cd %s; %s %s %s; echo \"exit $?\"", dir, program, command, redirect)
		if more, ok := strings.CutPrefix(redirect, "|"); ok { // a pipe whose reader is gone before the first byte
			line = fmt.Sprintf("cd %s; { { (trap '' PIPE; while echo; do sleep 0.01; done) 2>/dev/null; %s %s %s; echo \"exit $?\" >&9; } | :; } 9>&1", dir, program, command, more)
		}
		cmd := exec.Command("/bin/sh", "-c", line)
		cmd.Env = append(os.Environ(), "PATH="+shimDir()+":"+filepath.Join(realGo().goroot, "bin")+":/usr/bin:/bin", "GOFLAGS=", "GOWORK=off", "GOENV=off", "GOPROXY=off", "TMPDIR="+scratch)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	redirects := []string{">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-", ">/dev/null 2>&1", "|", "|2>&1"}
	if exists("/dev/full") {
		redirects = append(redirects, ">/dev/full", "2>/dev/full", ">/dev/full 2>&1")
	}
	for _, command := range []string{
		"version", "list ./...", "list -deps -json .", "list nosuch.test/pkg", "mod verify", "build ./bad", "run .", "vet .",
	} {
		for _, redirect := range redirects {
			t.Run(command+" "+redirect, func(t *testing.T) {
				t.Parallel()
				direct := run(filepath.Join(realGo().goroot, "bin", "go"), command, redirect)
				ours := run(filepath.Join(shimDir(), "go"), command, redirect)
				if direct != ours {
					t.Errorf("the real go:\n%s\nthrough gosafe:\n%s", direct, ours)
				}
			})
		}
	}
}

// TestPipeClosed: a reader that has had enough ends us as it would end go, also
// if what is held back is more than memory holds.
func TestPipeClosed(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 3 << 20} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, map[string]string{"1.stdout": strings.Repeat("x", size)}, "list")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			s.cmd.Stdout = w
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			if ws := s.wait(); !ws.Signaled() || ws.Signal() != syscall.SIGPIPE {
				t.Errorf("ended with %#x, want death by SIGPIPE; stderr %q", ws, s.err.String())
			}
		})
	}
}

// TestOrder: what a guarded go says on both of its outputs comes out in order
// where both are the same pipe or file.
func TestOrder(t *testing.T) {
	t.Parallel()
	const lines = 2000
	for _, way := range []string{"build", "list"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil, way)
			s.script(fmt.Sprintf("i=0; while [ $i -lt %d ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done\n", lines))
			s.cmd.Stderr = nil
			out, err := s.cmd.CombinedOutput()
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Fields(string(out))
			for i, n := range got {
				if n != fmt.Sprint(i) {
					t.Fatalf("line %d is %s", i, n)
				}
			}
			if len(got) != lines {
				t.Errorf("%d lines", len(got))
			}
		})
	}
}

// TestHolderIsHeard: a process that go has left behind with our pipe goes on
// writing after our end, and is heard, as it is without us.
func TestHolderIsHeard(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"build", "build merged", "list merged"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			way, merged := strings.CutSuffix(how, " merged")
			s := newStage(t, nil, way)
			s.script("{ while [ ! -e ended ]; do sleep 0.02; done; for i in 1 2 3; do echo late $i >&2 || echo broken >>broken; sleep 0.05; done; echo done >done; } &\necho said >&2\nexit 4\n")
			file, err := os.Create(filepath.Join(s.dir, "stderr")) // a pipe would hold the test itself
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			s.cmd.Stderr = file
			if merged {
				s.cmd.Stdout = file
			}
			if s.cmd.Run(); s.cmd.ProcessState.ExitCode() != 4 {
				t.Errorf("%v", s.cmd.ProcessState)
			}
			t.Cleanup(func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
			if err := os.WriteFile(filepath.Join(s.dir, "ended"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
			s.await(func() bool { return exists(filepath.Join(s.dir, "done")) })
			s.await(func() bool {
				got, _ := os.ReadFile(file.Name())
				return string(got) == "said\nlate 1\nlate 2\nlate 3\n"
			})
			if exists(filepath.Join(s.dir, "broken")) {
				t.Error("its pipe was broken")
			}
		})
	}
}

// TestStdinUntouched: what go does not read is left for whoever reads on.
func TestStdinUntouched(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"version", "build", "list", "test"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, map[string]string{"go.mod": "module m.test\n\ngo 1.24\n\nrequire a.test/b v1.0.0\n"})
			// The first read of go's own gets the first line, not the loading half's.
			s.script("[ \"$2\" = -e ] && exec cat\nread -r line; echo \"go got $line\" >&2\n")
			shim := s.cmd.Path
			s.cmd.Path, s.cmd.Args = "/bin/sh", []string{"sh", "-c", `"$0" ` + way + `; cat`, shim}
			s.cmd.Stdin = strings.NewReader("one\ntwo\nthree\n")
			out, err := s.cmd.Output()
			if err != nil || s.err.String() != "go got one\n" || string(out) != "two\nthree\n" {
				t.Errorf("%v, stdout %q, stderr %q", err, out, s.err.String())
			}
		})
	}
}

// TestExecFailures: a real go that cannot be started is told of in a line, and
// the exit status is a shell's.
func TestExecFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, content string
		want          int
		says          string
	}{
		{"no interpreter", "#!/no/such/interpreter\n", 127, "no such file or directory"},
		{"no program", "\x7fELF garbage", 126, "exec format error"},
	} {
		for _, way := range []string{"version", "build"} {
			t.Run(tt.name+" "+way, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, nil, way)
				s.script("")
				file := filepath.Join(s.dir, "root", "bin", "go")
				if err := writeProgram(file, tt.content); err != nil {
					t.Fatal(err)
				}
				s.cmd.Env = append(s.cmd.Env[:len(s.cmd.Env)-1:len(s.cmd.Env)-1], "PATH="+shimDir()+":"+filepath.Dir(file)) // no GOSAFE_GO
				s.cmd.Run()
				s.failed(tt.want, file, tt.says)
			})
		}
	}
}

// failed checks how the shim ended that could not start file.
func (s *stage) failed(status int, file, says string) {
	s.t.Helper()
	if code := s.cmd.ProcessState.ExitCode(); code != status {
		s.t.Errorf("exit status %d, want %d", code, status)
	}
	if got, want := s.err.String(), "gosafe: running "+file+": "+says+"\n"; got != want {
		s.t.Errorf("stderr %q, want %q", got, want)
	}
}

// TestTooLong: arguments that fitted for us do not for the real go, whose path
// is longer.
func TestTooLong(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"version", "build"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			root := filepath.Join(s.dir, strings.Repeat("d/", 1500))
			for _, dir := range []string{"bin", "pkg/tool"} {
				if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(root, "bin", "go")
			if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o777); err != nil {
				t.Fatal(err)
			}
			start := func(size int) error {
				args := []string{way}
				for ; size > 0; size -= 100_000 { // the system bounds each one as well
					args = append(args, strings.Repeat("x", min(size, 100_000)))
				}
				s.cmd = exec.Command(filepath.Join(shimDir(), "go"), args...)
				s.cmd.Dir, s.cmd.Stderr = s.dir, &s.err
				s.cmd.Env = []string{"PATH=" + shimDir() + ":" + filepath.Dir(file), "GOENV=off"}
				return s.cmd.Start()
			}
			fits, not := 0, 64<<20 // no system takes that much
			for not-fits > 500 {   // less than the paths differ by
				size := (fits + not) / 2
				s.err.Reset()
				if start(size) != nil {
					not = size
					continue
				}
				fits = size
				s.cmd.Wait()
			}
			s.err.Reset()
			if err := start(fits); err != nil {
				t.Fatal(err)
			}
			s.cmd.Wait()
			if code := s.cmd.ProcessState.ExitCode(); code != 126 || !strings.HasPrefix(s.err.String(), "gosafe: running /") || strings.Count(s.err.String(), "\n") != 1 {
				t.Errorf("exit status %d, stderr %.100q", code, s.err.String())
			}
		})
	}
}

// TestLongStop: the time that a stopped job has spent is nobody's waiting.
func TestLongStop(t *testing.T) {
	t.Parallel()
	s := newStage(t, map[string]string{
		"1.stderr": lostZip, "1.exit": "1", "2.stderr": lostZip, "2.exit": "1", "2.sleep": "300",
	}, "mod", "download")
	s.cmd.Env = append(s.cmd.Env, "GOSAFE_PATIENCE=6s")
	s.start("2")
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGSTOP)
	time.Sleep(6500 * time.Millisecond)
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGCONT)
	if ws := s.wait(); !ws.Exited() || ws.ExitStatus() != 0 || s.calls() != strings.Repeat("mod download\n", 3) {
		t.Errorf("ended with %#x after %q: %s", ws, s.calls(), s.err.String())
	}
}
