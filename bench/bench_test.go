package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSmoke measures one fault once and reads the page: its figures are those
// of this run's proxies and processes.
func TestSmoke(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go on PATH")
	}
	tmp := emptyTemp(t)
	out := filepath.Join(t.TempDir(), "page.md")
	if code := run(t.Context(), []string{"-seeds", "1", "-only", "that is not HTTP", "-o", out}); code != 0 {
		t.Fatalf("exit status %d", code)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	if strings.Contains(page, "<no value>") || strings.Contains(page, "did not strike") {
		t.Errorf("page:\n%s", page)
	}
	cell := ` (\d)/1 ×([\d.]+) \((\d+)\) \|`
	row := regexp.MustCompile(`(?m)^\| an answer that is not HTTP \|[^|]*\| ([\d.]+) s \((\d+)\) \|` + strings.Repeat(cell, len(policies)) + "$")
	m := row.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no match for %s in:\n%s", row, page)
	}
	// Each module takes a .mod, an .info and a .zip. The fault spoils 8 requests,
	// each of which is made once more in the end.
	all, more := fmt.Sprint(3*graphSize), fmt.Sprint(3*graphSize+8)
	if m[1] == "0.0" || m[2] != all {
		t.Errorf("fault-free: %s s, %s requests; want %s", m[1], m[2], all)
	}
	figures := func(p int) []string { return m[3+3*p:][:3] }
	blanket, safe := figures(2), figures(4)
	if figures(0)[0] != "0" || blanket[0] != "1" || safe[0] != "1" || blanket[2] != more || safe[2] != more {
		t.Errorf("want a failure of bare go, a success of the blanket loop and of gosafe, in %s requests each:\n%s", more, m[0])
	}
	empty(t, tmp)
}

// TestInterrupt ends a measurement while commands hang: it stops at once,
// writes nothing and leaves nothing behind.
func TestInterrupt(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go on PATH")
	}
	tmp := emptyTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			// The first world of a fault: the fault-free one is the first of all.
			if found, _ := filepath.Glob(filepath.Join(tmp, "gosafe-bench-*", "w3", "mod", "cache", "download", "*", "*")); len(found) > 0 {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	out := filepath.Join(t.TempDir(), "page.md")
	if code := run(ctx, []string{"-seeds", "1", "-only", "body that stops", "-o", out}); code != 130 {
		t.Errorf("exit status %d, want 130", code)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it wrote the page")
	}
	empty(t, tmp)
}

// emptyTemp gives the test a temporary directory of its own.
func emptyTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	return dir
}

// empty checks that no scratch directory is left.
func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := filepath.Glob(filepath.Join(dir, "gosafe-bench-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-seeds", "0"}, {"-limit", "0s"}, {"-at-once", "0"}, {"-only", "("}, {"x"}, {"-nonsense"}} {
		if code := run(t.Context(), args); code != 2 {
			t.Errorf("bench %v: exit status %d, want 2", args, code)
		}
	}
}

// TestFaults: the table's rows can be told apart, and each says how it strikes.
func TestFaults(t *testing.T) {
	t.Parallel()
	if len(faults) < 25 {
		t.Errorf("%d kinds of faults, want 25", len(faults))
	}
	seen := make(map[string]bool)
	for _, f := range append(faults[:len(faults):len(faults)], largeGraphs...) {
		if seen[f.name] {
			t.Errorf("%q is there twice", f.name)
		}
		seen[f.name] = true
		if _, err := f.rules(1); err != nil {
			t.Errorf("%q: %v", f.name, err)
		}
		if when := f.when(); when == "never" || when == "" {
			t.Errorf("%q strikes %q", f.name, when)
		}
	}
}

// TestSeeds: a seed makes a burst begin elsewhere, and an outage of another
// length, and the same each time.
func TestSeeds(t *testing.T) {
	t.Parallel()
	burst, outage := fault{rule: "=502,times=3", within: 24}, fault{rule: "=503", lasts: 5 * time.Second}
	var skips []int
	var lengths []time.Duration
	for _, seed := range []uint64{1, 2, 3, 4, 5, 1} {
		rules, err := burst.rules(seed)
		if err != nil {
			t.Fatal(err)
		}
		if rules[0].Skip < 0 || rules[0].Skip >= 24 {
			t.Errorf("skip %d", rules[0].Skip)
		}
		skips, lengths = append(skips, rules[0].Skip), append(lengths, outage.outage(seed))
	}
	if skips[0] != skips[5] || len(slices.Compact(slices.Sorted(slices.Values(skips)))) < 3 {
		t.Errorf("bursts begin at %v", skips)
	}
	ms := time.Millisecond
	if want := []time.Duration{500 * ms, 1500 * ms, 2500 * ms, 3500 * ms, 4500 * ms, 500 * ms}; !slices.Equal(lengths, want) {
		t.Errorf("outages of %v, want %v", lengths, want)
	}
	if d := burst.outage(1); d != 0 {
		t.Errorf("a burst lasts %v", d)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    []int
		want int
	}{{[]int{3}, 3}, {[]int{9, 1}, 5}, {[]int{9, 1, 2}, 2}, {[]int{4, 1, 100, 2}, 3}} {
		if got := median(tt.v); got != tt.want {
			t.Errorf("median(%v) = %d, want %d", tt.v, got, tt.want)
		}
	}
}

// TestPolicies: each makes the attempts that it is said to make.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		output string
		good   int   // the attempt that succeeds; 0: none
		want   []int // attempts, by policy
	}{
		{"go: x: connection reset by peer", 0, []int{1, 1, 3, 3, 1}},
		{"go: x: connection reset by peer", 2, []int{1, 1, 2, 2, 1}},
		{"main.go:1:1: undefined: x", 0, []int{1, 1, 3, 1, 1}},
		{"", 1, []int{1, 1, 1, 1, 1}},
	} {
		for i, p := range policies {
			p.waits = make([]time.Duration, len(p.waits)) // in no time
			n := 0
			ok, err := p.run(t.Context(), func(context.Context) (bool, []byte, error) {
				n++
				return n == tt.good, []byte(tt.output), nil
			})
			if n != tt.want[i] || ok != (n == tt.good) || err != nil {
				t.Errorf("%s after %q: %d attempts, %v, %v; want %d", p.name, tt.output, n, ok, err, tt.want[i])
			}
		}
	}
}

// results makes results of one policy from times in seconds, 0 for a failure
// after one second, a negative time for one that was ended.
func results(times ...int) (list []result) {
	for _, s := range times {
		r := result{ok: s > 0, hung: s < 0, struck: true, wall: time.Duration(max(s, -s, 1)) * time.Second, requests: 40 + s}
		list = append(list, r)
	}
	return list
}

func TestTable(t *testing.T) {
	t.Parallel()
	const want = "| fault | strikes | fault-free | bare go | go with `\\|` | blanket loop | gated loop | gosafe |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- |\n" +
		"| slow, `GOSAFE_X=1` | both sources, 3 requests in a row | 2.0 s (42) " +
		"| 0/3 ×0.5 (40) | 3/3 ×1.0 (42) | 2/3 ×2.5 (45) | 0/3 hangs (-20) | 3/3 ×2.0 (44) |\n"
	r := &row{
		fault:  fault{name: "slow", rule: "=502,times=3", everywhere: true, hangs: true, settings: []string{"GOSAFE_X=1"}},
		sound:  results(2, 2, 2),
		struck: [][]result{results(0, 0, 0), results(2, 2, 2), results(5, 0, 6), results(-60, -60, 0), results(4, 4, 5)},
	}
	if got := table([]*row{r}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r.fault.hangs = false
	if got := r.times(r.struck[3]); got != "over the limit" {
		t.Errorf("ended at the limit: %q", got)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	fail, unmet, near := results(0, 0, 0), results(0, 0, 0), results(0, 0, 0)
	unmet[1].struck = false
	for i := range near {
		fail[i].wall, near[i].wall = 200*time.Millisecond, 240*time.Millisecond
	}
	for _, tt := range []struct {
		hopeless bool
		struck   [][]result
		want     string // of each finding, a part
	}{
		{false, [][]result{fail, fail, results(4, 4, 9), fail, results(4, 5, 4)}, ""},
		{false, [][]result{fail, fail, results(4, 0, 4), fail, results(5, 50, 5)}, "takes ×1.25 of what the blanket loop takes"},
		{false, [][]result{fail, fail, results(0, 0, 3), fail, results(2, 2, 0)}, "only 2 times of 3"},
		{false, [][]result{unmet, fail, fail, fail, results(2, 2, 2)}, "did not strike bare go with seed 2"},
		{true, [][]result{fail, fail, results(0, 0, 0), fail, fail}, ""},
		{true, [][]result{fail, fail, results(0, 0, 0), fail, near}, ""},
		{true, [][]result{fail, results(0, 1, 0), fail, fail, fail}, "go with `|` succeeded 1 times where nobody can"},
		{true, [][]result{fail, fail, fail, fail, results(-60, -60, -60)}, "gosafe takes ×300.00 of what bare go takes"},
	} {
		r := &row{fault: fault{name: "it", hopeless: tt.hopeless}, sound: results(1, 1, 1), struck: tt.struck}
		got := strings.Join(r.findings(), "; ")
		if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") || strings.Contains(got, ";") {
			t.Errorf("found %q, want %q", got, tt.want)
		}
	}
}
