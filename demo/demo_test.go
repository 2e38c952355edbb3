package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// needGo skips a test where there is no go to show.
func needGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go on PATH")
	}
}

// emptyTemp makes the demo's temporary directory one that must be empty again
// when the test ends.
func emptyTemp(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "gosafe-demo-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// TestRescue is the demo in small, in an environment as odd as a user's may be.
func TestRescue(t *testing.T) {
	needGo(t)
	emptyTemp(t)
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=vendor -x")
	t.Setenv("GOSAFE_PATIENCE", "bad")
	var out strings.Builder
	d := demo{out: &out, seed: 1, fail: 0.3, modules: 8, verbose: true}
	if err := d.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if runs := regexp.MustCompile(`\nruns of go +1 +([2-9]|\d\d)\n`); !runs.MatchString(out.String()) {
		t.Errorf("no match for %s in\n%s", runs, &out)
	}
	at := 0
	for _, want := range []string{
		"\n$ go mod download\n", "\nexit status 1\n", "fault=",
		"\n$ go mod download\n", "\ngosafe: ",
		"\n$ go mod verify\nall modules verified\n",
		"bare go      gosafe\n", "8 of 8\n",
		"\nBare go failed; gosafe got through, and the result is verified.\n",
	} {
		i := strings.Index(out.String()[at:], want)
		if i < 0 {
			t.Fatalf("no %q in the rest of\n%s", want, &out)
		}
		at += i + len(want) - 1 // the line's end may begin the next
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > width+1 && !strings.Contains(line, " GET ") {
			t.Errorf("longer than %d columns: %s", width, line)
		}
	}
}

// TestNoRescue shows something that does not rescue: go itself.
func TestNoRescue(t *testing.T) {
	needGo(t)
	emptyTemp(t)
	var out strings.Builder
	d := demo{out: &out, seed: 1, fail: 1, modules: 2}
	var err error
	if d.gosafe, err = findGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.run(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("error %v, want %v", err, errLost)
	}
	if !strings.HasSuffix(out.String(), "\ngosafe did NOT get through: no rescue this time.\n") {
		t.Errorf("printed\n%s", &out)
	}
}

// TestNothingToRescue shows a network without faults.
func TestNothingToRescue(t *testing.T) {
	needGo(t)
	emptyTemp(t)
	var out strings.Builder
	d := demo{out: &out, modules: 2}
	var err error
	if d.gosafe, err = findGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.run(t.Context()); err != nil || !strings.Contains(out.String(), "nothing to rescue") {
		t.Errorf("error %v, printed\n%s", err, &out)
	}
}

// TestInterrupt ends a demo in the middle: it stops and cleans up at once.
func TestInterrupt(t *testing.T) {
	needGo(t)
	emptyTemp(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	d := demo{seed: 1, modules: 20}
	d.out = writerFunc(func(p []byte) { // it has begun when the first command is shown
		if strings.HasPrefix(string(p), "$ go") {
			interrupt()
		}
	})
	var err error
	if d.gosafe, err = findGo(ctx); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := d.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if took := time.Since(begin); took > grace+5*time.Second {
		t.Errorf("it took %v to stop", took)
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-fail=2", "-fail=NaN", "-modules=0", "x", "-nonsense"} {
		if code := run(t.Context(), []string{args}); code != 2 {
			t.Errorf("demo %s: exit status %d, want 2", args, code)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	a, b, long := strings.Repeat("a", 50), strings.Repeat("b", 50), strings.Repeat("x", 100)
	for line, want := range map[string][]string{
		"":                       {""},
		"short":                  {"short"},
		a + " " + b:              {a, "    " + b},
		"\t" + a + " " + b:       {"    " + a, "    " + b},
		long:                     {long},
		long + " " + a:           {long, "    " + a},
		"  " + long:              {"  " + long},
		a + " " + long + " " + b: {a, "    " + long, "    " + b},
		a + " " + a[:29]:         {a + " " + a[:29]}, // 80 columns
		a + " " + a[:30]:         {a, "    " + a[:30]},
	} {
		if got := wrap(line); !slices.Equal(got, want) {
			t.Errorf("wrap(%q) = %q, want %q", line, got, want)
		}
	}
}

// TestAttempts reads a log of gosafe's, and none.
func TestAttempts(t *testing.T) {
	t.Parallel()
	p := project{log: filepath.Join(t.TempDir(), "log")}
	if n, err := p.attempts(); n != 1 || err != nil {
		t.Errorf("no log: %d attempts, %v; want 1", n, err)
	}
	const log = `{"event":"again","attempts":1}` + "\n" + `{"event":"again","attempts":2}` + "\n" + `{"event":"rescued","attempts":3}` + "\n"
	if err := os.WriteFile(p.log, []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	if n, err := p.attempts(); n != 3 || err != nil {
		t.Errorf("%d attempts, %v; want 3", n, err)
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	tr := &transcript{out: &out}
	tr.command([]string{"mod", "download"})
	for _, piece := range []string{"go: o", "ne\r\ngo: two\n", "\n", "rest"} {
		if _, err := tr.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	tr.flush()
	const want = "$ go mod download\ngo: one\ngo: two\n\nrest\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// TestBuild shows that the demo builds gosafe from any directory of
// the module.
func TestBuild(t *testing.T) {
	needGo(t)
	emptyTemp(t)
	t.Chdir(filepath.Join("..", "internal"))
	s, err := newScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	program, err := s.buildGosafe(t.Context())
	if err != nil {
		t.Error(err)
	} else if _, err := os.Stat(program); err != nil {
		t.Error(err)
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
}
