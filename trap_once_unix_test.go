//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gosafe/internal/faultproxy"
)

// times is how often a randomized test is run: enough to notice a mistake, or,
// with -long, to trust that there is none.
func times(short, all int) int {
	if *long {
		return all
	}
	return short
}

// userCode are the verbs that start programs of the user's.
var userCode = []string{"test", "run", "tool", "generate"}

// An act is what the fake go does at one call.
type act struct {
	transient bool
	exit      int
	signal    syscall.Signal
	lines     int
}

func newAct(r *rand.Rand, call int) act {
	a := act{lines: r.IntN(5)}
	switch n := r.IntN(10); {
	case n < 5 && call <= 3:
		a.transient, a.exit = true, 1
	case n == 6:
		a.exit = 1 + r.IntN(5)
	case n == 7:
		a.signal = []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[r.IntN(2)]
	}
	return a
}

func (a act) text(stream string, call int) string {
	var b strings.Builder
	for i := range a.lines {
		fmt.Fprintf(&b, "%s %d %d\n", stream, call, i)
	}
	if a.transient && stream == "err" {
		b.WriteString(lostZip)
	}
	return b.String()
}

// ended reports whether ws is how the act ends.
func (a act) ended(ws syscall.WaitStatus) bool {
	if a.signal != 0 {
		return ws.Signaled() && ws.Signal() == a.signal
	}
	return ws.Exited() && ws.ExitStatus() == a.exit
}

// TestExactlyOnce: whatever a go command does, and whoever sends us what when,
// the user's code is started once, no line is lost or comes twice, and the exit
// status is that of the last run.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	var again, signals, killed atomic.Int32
	t.Run("", func(t *testing.T) {
		limit := make(chan bool, 8)
		for range times(40, 1000) {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				limit <- true
				defer func() { <-limit }()
				calls, sig := once(t, rand.New(rand.NewPCG(seed, 0)))
				if calls > 1 {
					again.Add(1)
				}
				switch sig {
				case 0:
				case syscall.SIGKILL:
					killed.Add(1)
				default:
					signals.Add(1)
				}
			})
		}
	})
	t.Logf("%d runs with more than one call, %d got a signal, %d were killed", again.Load(), signals.Load(), killed.Load())
}

// once makes one run and returns how many calls of go it took, and the signal
// that was sent to it, or 0.
func once(t *testing.T, r *rand.Rand) (calls int, sig syscall.Signal) {
	verbs := []string{"test ./...", "run . a", "tool x", "generate", "list -m all", "mod graph", "mod download -json", "build", "mod download"}
	args := strings.Fields(verbs[r.IntN(len(verbs))])
	files := map[string]string{"go.mod": "module m.test\n\ngo 1.24\n\ntool a.test/b/x\n\nrequire a.test/b v1.0.0\n"}
	acts := make([]act, 7)
	for i := 1; i < len(acts); i++ {
		acts[i] = newAct(r, i)
		for name, text := range map[string]string{
			"stdout": acts[i].text("out", i), "stderr": acts[i].text("err", i), "exit": fmt.Sprint(acts[i].exit),
			"signal": fmt.Sprint(int(acts[i].signal)), "sleep": fmt.Sprint(r.IntN(120)),
		} {
			files[fmt.Sprintf("%d.%s", i, name)] = text
		}
	}
	merged := r.IntN(3) == 0
	s := newStage(t, files, args...)
	var stdout bytes.Buffer
	s.cmd.Stdout = &stdout
	if merged {
		s.cmd.Stderr = &stdout
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := s.cmd.Process.Pid
	t.Cleanup(func() { syscall.Kill(-pid, syscall.SIGKILL) })
	if r.IntN(5) < 2 {
		sig = []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL, syscall.SIGUSR1}[r.IntN(5)]
		to := pid
		if sig != syscall.SIGKILL && r.IntN(2) == 0 {
			to = -pid
		}
		timer := time.AfterFunc(time.Duration(r.IntN(700))*time.Millisecond, func() { syscall.Kill(to, sig) })
		defer timer.Stop()
	}
	ws := s.wait()

	called := strings.Split(strings.TrimSuffix(s.calls(), "\n"), "\n")
	if s.calls() == "" {
		called = nil
	}
	calls = len(called)
	user := 0
	for _, c := range called {
		if verb, _, _ := strings.Cut(c, " "); slices.Contains(userCode, verb) {
			user++
		}
	}
	fail := func(format string, a ...any) {
		t.Helper()
		t.Errorf("go %q, merged %v, sent %v, ended with %#x: %s\ncalls %q\nacts %+v\nstdout:\n%s\nstderr:\n%s",
			args, merged, sig, ws, fmt.Sprintf(format, a...), called, acts, stdout.String(), s.err.String())
	}
	if user > 1 {
		fail("user code started %d times", user)
	}
	if calls >= len(acts) {
		fail("more calls than it takes")
		return calls, sig
	}
	seen := strings.SplitAfter(stdout.String()+s.err.String(), "\n")
	for call := 1; call < len(acts); call++ {
		for _, stream := range []string{"out", "err"} {
			want := acts[call].text(stream, call)
			for line := range strings.Lines(want) {
				if n := countLine(seen, line); n > 1 && !strings.HasPrefix(line, "go: ") {
					fail("%q came %d times", line, n)
				}
			}
		}
	}
	if sig == syscall.SIGUSR1 && ws.Signal() == sig {
		return calls, sig // no Go program ignores it before its runtime is there, be it the first or one more
	}
	if sig != 0 && sig != syscall.SIGUSR1 {
		if !(ws.Signaled() && ws.Signal() == sig) && (calls == 0 || !acts[calls].ended(ws)) {
			fail("neither the signal's end nor go's")
		}
		return calls, sig
	}

	if calls == 0 || !acts[calls].ended(ws) {
		fail("not the end of the last run")
		return calls, sig
	}
	if slices.Contains(userCode, args[0]) && (user != 1 || called[calls-1] != strings.Join(args, " ")) {
		fail("user code did not run last, and once")
	}
	held := slices.Contains([]string{"list", "mod graph", "mod download -json"}, strings.Join(args[:min(len(args), 3)], " ")) || args[0] == "list"
	out, errs := "", ""
	for call := 1; call <= calls; call++ {
		if last := call == calls; last || !held && user == 0 {
			out += acts[call].text("out", call)
		}
		if call == calls || user == 0 && !(held && merged) { // with the data, what is said about it is held
			errs += acts[call].text("err", call)
		}
	}
	if got := pick(seen, "out "); got != out {
		fail("stdout has\n%swant\n%s", got, out)
	}
	if got := pick(seen, "err "); got != pick(strings.SplitAfter(errs, "\n"), "err ") {
		fail("stderr has\n%swant\n%s", got, errs)
	}
	if !merged && strings.Contains(stdout.String(), "gosafe") {
		fail("a word of ours on standard output")
	}
	return calls, sig
}

func countLine(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

// pick joins the lines that begin with prefix.
func pick(lines []string, prefix string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, prefix) }), "")
}

// onceProgram is what TestExactlyOnceReal runs: each start of user code adds a
// line to the file ran, and prints one.
var onceProgram = map[string]string{
	"a/a.go":      "package a\n",
	"a/a_test.go": "package a\n\nimport (\n\t\"testing\"\n\n\t\"program.test/ran\"\n)\n\nfunc Test(t *testing.T) { ran.Once(\"test-a\") }\n",
	"b/b.go":      "package b\n",
	"b/b_test.go": "package b\n\nimport (\n\t\"testing\"\n\n\t_ \"demo.test/m03\"\n\n\t\"program.test/ran\"\n)\n\nfunc Test(t *testing.T) { ran.Once(\"test-b\") }\n",
	"prog/p.go":   "package main\n\nimport (\n\t_ \"demo.test/m02\"\n\n\t\"program.test/ran\"\n)\n\n//go:generate sh -c \"echo generate >>$RAN; echo user generate\"\n\nfunc main() { ran.Once(\"prog\") }\n",
	"ran/ran.go": "package ran\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n// Once tells that it was started.\nfunc Once(who string) {\n" +
		"\tf, err := os.OpenFile(os.Getenv(\"RAN\"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n" +
		"\tfmt.Fprintln(f, who)\n\tf.Close()\n\tfmt.Println(\"user\", who)\n}\n",
}

// TestExactlyOnceReal is TestExactlyOnce with the real go, through a proxy that
// spoils a third of all requests.
func TestExactlyOnceReal(t *testing.T) {
	t.Parallel()
	if realGo().goroot == "" {
		t.Skip("no go command")
	}
	mods := faultproxy.Graph(6)
	files, err := faultproxy.Program(mods)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range onceProgram {
		files[name] = content
	}
	files["go.mod"] = strings.Replace(files["go.mod"], "go 1.18\n", "go 1.24\n\ntool program.test/prog\n", 1)
	var again, signals, finished atomic.Int32
	t.Run("", func(t *testing.T) {
		limit := make(chan bool, 4)
		for range times(6, 120) {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				limit <- true
				defer func() { <-limit }()
				tried, sig, ok := onceReal(t, seed, mods, files)
				for n, yes := range map[*atomic.Int32]bool{&again: tried, &signals: sig, &finished: ok} {
					if yes {
						n.Add(1)
					}
				}
			})
		}
	})
	t.Logf("%d runs tried again, %d got a signal, %d finished", again.Load(), signals.Load(), finished.Load())
}

// onceReal makes one run and reports whether something was tried again, whether
// it got a signal, and whether it succeeded.
func onceReal(t *testing.T, seed uint64, mods []faultproxy.Module, files map[string]string) (again, signalled, ok bool) {
	r := rand.New(rand.NewPCG(seed, 1))
	rule, err := faultproxy.ParseRule("=502|503|reset|cut|reset-body,chance=0.33")
	if err != nil {
		t.Fatal(err)
	}
	server, err := faultproxy.Start(faultproxy.Config{Modules: mods, OneShot: true, Seed: seed, Rules: []faultproxy.Rule{rule}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	w := newWorld(t, server, nil)
	for name, content := range files {
		file := filepath.Join(w.dir, "app", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	lines := []struct {
		command string
		starts  []string
	}{
		{"test -count=1 -v ./a ./b", []string{"test-a", "test-b"}}, {"run ./prog", []string{"prog"}},
		{"tool prog", []string{"prog"}}, {"generate ./prog", []string{"generate"}},
	}
	line := lines[r.IntN(len(lines))]
	ran := filepath.Join(w.dir, "ran.log")
	cmd := exec.Command(filepath.Join(shimDir(), "go"), strings.Fields(line.command)...)
	cmd.Dir, cmd.Env = filepath.Join(w.dir, "app"), append(w.env, "RAN="+ran, "GOSAFE_PATIENCE=60s")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	if signalled = r.IntN(3) == 0; signalled {
		sig := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL}[r.IntN(4)]
		timer := time.AfterFunc(time.Duration(r.IntN(1500))*time.Millisecond, func() { syscall.Kill(-cmd.Process.Pid, sig) })
		defer timer.Stop()
	}
	err = cmd.Wait()
	log, _ := os.ReadFile(ran)
	for _, start := range line.starts {
		started, printed := strings.Count(string(log), start+"\n"), strings.Count(stdout.String(), "user "+start+"\n")
		if started > 1 || printed > 1 || !signalled && (started != 1 || printed != 1) {
			t.Errorf("go %s: %s started %d times, printed %d times\n%s\n%s", line.command, start, started, printed, stdout.String(), stderr.String())
		}
	}
	if !signalled && err != nil {
		t.Errorf("go %s: %v\n%s\n%s", line.command, err, stdout.String(), stderr.String())
	}
	if strings.Contains(stdout.String(), "gosafe") {
		t.Errorf("a word of ours on standard output:\n%s", stdout.String())
	}
	return strings.Contains(stderr.String(), "trying again"), signalled, err == nil
}
