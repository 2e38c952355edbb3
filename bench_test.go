//go:build unix

package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var costFactor = flag.Float64("cost", 0, "also run TestCost, and allow so many times what gosafe may cost: 1 on a machine that does nothing else")

// A costs measures what gosafe adds to the real go, as install.sh installs it.
type costs struct {
	real, shim, module string
	env                []string
}

func newCosts(t testing.TB) *costs {
	dir := t.TempDir()
	c := &costs{
		real:   filepath.Join(realGo().goroot, "bin", "go"),
		shim:   filepath.Join(dir, "bin", "go"),
		module: filepath.Join(dir, "m"),
	}
	c.env = append(os.Environ(), "PATH="+filepath.Dir(c.shim)+":"+filepath.Dir(c.real)+":/usr/bin:/bin", "GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=auto", "GODEBUG=")
	if out, err := exec.Command(c.real, "build", "-o", filepath.Dir(c.shim)+"/", ".", "./gosafe-shim").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Symlink("gosafe-shim", c.shim); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.module, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"go.mod": "module m.test\n\ngo 1.24\n", "m.go": "package m\n\nimport \"fmt\"\n\nfunc Hello() string { return fmt.Sprint(\"hello\") }\n"} {
		if err := os.WriteFile(filepath.Join(c.module, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// run returns how long a program takes, in seconds.
func (c *costs) run(t testing.TB, program string, args ...string) float64 {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = c.module, c.env
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v", program, args, err)
	}
	return time.Since(began).Seconds()
}

// cost is one figure: a command, and what it may cost through gosafe.
type cost struct {
	name string
	args []string
	most float64

	// against says that the difference to the real command is set against the
	// real go version, for commands that take longer than that by themselves.
	against bool
}

// The bounds are those of docs/design.md.
var measured = []cost{
	{name: "pass", args: []string{"version"}, most: 1.55},
	{name: "guard", args: []string{"list", "-m"}, most: 2.0, against: true},
	{name: "build", args: []string{"build", "./..."}, most: 1.15},
}

// measure returns the ratio of one pair of runs.
func (c *costs) measure(t testing.TB, m cost) float64 {
	direct, through := c.run(t, c.real, m.args...), c.run(t, c.shim, m.args...)
	if m.against {
		version := c.run(t, c.real, "version")
		return (version + through - direct) / version
	}
	return through / direct
}

// maxPeak is the bound of gosafe's own memory on a pass, in KiB.
const maxPeak = 4 * 1024

// peak returns the peak of gosafe's own memory on a pass, in KiB: what the
// program that it becomes finds in its own account (getrusage(2), ru_maxrss),
// which execve does not clear and fork does; so a shell has to fork.
func (c *costs) peak(t testing.TB) int {
	fake, err := buildFake()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `"$0" version; exit $?`, c.shim)
	cmd.Dir = c.module
	cmd.Env = append(slices.Clone(c.env), "PATH="+filepath.Dir(c.shim)+":"+filepath.Join(fake, "bin"), "FAKEGO="+dir, "FAKEGO_PEAK=1")
	out, err := cmd.Output()
	kib, aerr := strconv.Atoi(string(bytes.TrimSpace(out)))
	if err != nil || aerr != nil {
		t.Fatalf("%v, %q", err, out)
	}
	return kib
}

// BenchmarkOverhead measures what gosafe adds to the real go, as a ratio in the
// same run: the median over pairs of runs, one by the real go and one through
// gosafe. "go version" goes by pass, "go list -m" by guard.
//
//	go test -run '^$' -bench Overhead -benchtime 200x .
func BenchmarkOverhead(b *testing.B) {
	c := newCosts(b)
	for _, m := range measured {
		b.Run(m.name, func(b *testing.B) {
			c.measure(b, m) // fills the build cache
			var ratios []float64
			for b.Loop() {
				ratios = append(ratios, c.measure(b, m))
			}
			b.ReportMetric(median(ratios), "x")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("memory", func(b *testing.B) {
		var peaks []float64
		for b.Loop() {
			peaks = append(peaks, float64(c.peak(b)))
		}
		b.ReportMetric(median(peaks), "KiB")
		b.ReportMetric(0, "ns/op")
	})
}

// TestCost fails if gosafe costs more than it may. A machine that does
// something else meanwhile may spoil one measurement; then another is made.
func TestCost(t *testing.T) {
	if *costFactor == 0 {
		t.Skip("for -cost")
	}
	c := newCosts(t)
	for _, m := range measured {
		c.measure(t, m)
		c.atMost(t, m.name, m.most**costFactor, 100, func() float64 { return c.measure(t, m) })
	}
	c.atMost(t, "memory, KiB", maxPeak, 20, func() float64 { return float64(c.peak(t)) })
}

func (c *costs) atMost(t *testing.T, what string, most float64, runs int, one func() float64) {
	t.Helper()
	var tried []string
	for range 2 {
		var all []float64
		for range runs {
			all = append(all, one())
		}
		m := median(all)
		tried = append(tried, strconv.FormatFloat(m, 'f', 2, 64))
		if m <= most {
			t.Logf("%s: %s, at most %.2f", what, strings.Join(tried, ", "), most)
			return
		}
	}
	t.Errorf("%s: %s, at most %.2f", what, strings.Join(tried, ", "), most)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
