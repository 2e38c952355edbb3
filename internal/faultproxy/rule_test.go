package faultproxy

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// verdicts returns what n requests for a path suffer: a letter each, "." for nothing.
func verdicts(t *testing.T, seed uint64, rules []Rule, paths ...string) string {
	t.Helper()
	j := judge{seed: seed}
	if err := j.set(rules); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range paths {
		if f := j.request(p); f != nil {
			b.WriteString(f.kind.name[:1])
		} else {
			b.WriteString(".")
		}
	}
	return b.String()
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rules, paths, want string }{
		{`x=cut`, "x y xx", "c.c"},
		{`=cut`, "x y", "cc"},
		{`x=cut,times=2`, "x x y x x", "cc..."},
		{`x=cut,skip=2`, "x y x x x", "...cc"},
		{`x=cut,skip=1,times=1`, "x x x", ".c."},
		{`x=cut,every=3`, "x x x x x x x", "c..c..c"},
		{`=cut,times=1,per-path`, "a b a b c", "cc..c"},
		{`x=cut,times=1 =flip`, "x x y", "cff"},
		{`/sum/=pass =flip`, "/sum/a x", ".f"},
		{`^x$=cut`, "x xx", "c."},
		{`x=cut,times=0`, "x x", "cc"},
	} {
		var rules []Rule
		for _, text := range strings.Fields(test.rules) {
			r, err := ParseRule(text)
			if err != nil {
				t.Fatal(err)
			}
			rules = append(rules, r)
		}
		if got := verdicts(t, 1, rules, strings.Fields(test.paths)...); got != test.want {
			t.Errorf("%s on %s: %s, want %s", test.rules, test.paths, got, test.want)
		}
	}
}

func TestParseRule(t *testing.T) {
	t.Parallel()
	got, err := ParseRule(`\.zip$=502|cut:0.25|stall,times=3,skip=1,every=2,chance=0.5,per-path`)
	want := Rule{Path: `\.zip$`, Times: 3, Skip: 1, Every: 2, Chance: 0.5, PerPath: true,
		Faults: []Fault{{Status, "502"}, {Cut, "0.25"}, {Stall, ""}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for _, bad := range []string{"", "x", "x=", "x=bend", "x=99", "x=502:1", "x=status:abc", "x=status:429/x", "x=cut:2", "x=drip:1", "x=reset:1",
		"x=cut,times", "x=cut,times=x", "x=cut,chance=3", "x=cut,often", "(=cut", "x=conn-reset", "=cut|conn-reset"} {
		if r, err := ParseRule(bad); err == nil {
			t.Errorf("%q: no error, but %+v", bad, r)
		}
	}
}

// TestChance shows that an outcome depends on the seed, the path and the count
// of its requests, not on what else is asked at the same time.
func TestChance(t *testing.T) {
	t.Parallel()
	rules := []Rule{{Chance: 0.3, Faults: []Fault{{Kind: Cut}, {Kind: Flip}}}}
	const paths, each = 200, 10
	outcome := func(seed uint64, order func(ask func(path string))) map[string]string {
		j := judge{seed: seed}
		if err := j.set(rules); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := make(map[string]string)
		order(func(path string) {
			mu.Lock()
			defer mu.Unlock()
			if f := j.request(path); f != nil {
				seen[path] += f.kind.name[:1]
			} else {
				seen[path] += "."
			}
		})
		return seen
	}
	byPath := func(ask func(string)) {
		for p := range paths {
			for range each {
				ask(fmt.Sprint("/", p))
			}
		}
	}
	atOnce := func(ask func(string)) {
		var wg sync.WaitGroup
		for p := range paths {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range each {
					ask(fmt.Sprint("/", p))
				}
			}()
		}
		wg.Wait()
	}
	one := outcome(1, byPath)
	if !reflect.DeepEqual(one, outcome(1, atOnce)) {
		t.Error("the order of requests changes their outcome")
	}
	if reflect.DeepEqual(one, outcome(2, byPath)) {
		t.Error("another seed changes nothing")
	}
	all := ""
	for _, s := range one {
		all += s
	}
	for kind, want := range map[string]float64{".": 0.7, "c": 0.15, "f": 0.15} {
		if got := float64(strings.Count(all, kind)) / (paths * each); got < want-0.03 || got > want+0.03 {
			t.Errorf("%q: share %.3f, want about %.2f", kind, got, want)
		}
	}
}

// TestLog shows the log, and what SetRules changes.
func TestLog(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Modules: Graph(3)})
	c := client(t, s)
	fetch := func(path, auth string) {
		req, err := http.NewRequest(http.MethodGet, s.URL()+path, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if auth != "" {
			req.Header.Set("Authorization", auth)
		}
		if resp, err := c.Do(req); err == nil {
			resp.Body.Close()
		}
	}
	fetch("/demo.test/m00/@v/list", "Basic c2VjcmV0")
	if err := s.SetRules(spoiling(t, "503")); err != nil {
		t.Fatal(err)
	}
	fetch("/demo.test/m00/@v/list", "")
	if err := s.SetRules(Rule{Path: "("}); err == nil {
		t.Error("SetRules took a bad pattern")
	}
	fetch("/nowhere", "")
	if err := s.SetRules(); err != nil {
		t.Fatal(err)
	}
	fetch("/nowhere", "")
	var got []string
	for _, r := range s.Requests() {
		got = append(got, fmt.Sprint(r, " ", r.Auth))
	}
	want := []string{
		"GET /demo.test/m00/@v/list 200 true",
		"GET /demo.test/m00/@v/list 503 fault=status:503 false",
		"GET /nowhere 503 fault=status:503 false",
		"GET /nowhere 404 false",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("log:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := s.Counts(); n["/nowhere"] != 2 || n["/demo.test/m00/@v/list"] != 2 {
		t.Errorf("counts %v", n)
	}
	if n := s.Spoiled(); n["status:503"] != 2 {
		t.Errorf("spoiled %v", n)
	}
	if strings.Contains(fmt.Sprintf("%+v", s.Requests()), "c2VjcmV0") {
		t.Error("the log holds a credential")
	}
}

// TestAtOnce shows that rules can be swapped and the log read while requests
// run, and that OnRequest misses none.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	var told atomic.Int64
	s := start(t, Config{Modules: Graph(3), OnRequest: func(Request) { told.Add(1) }})
	c := client(t, s)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, _, _ = get(t.Context(), c, s.URL()+zipPath)
			if err := s.SetRules(spoiling(t, []string{"cut", "503"}[i%2])); err != nil {
				t.Error(err)
			}
			s.Requests()
		}()
	}
	wg.Wait()
	s.Close()
	if n := len(s.Requests()); told.Load() != int64(n) {
		t.Errorf("OnRequest saw %d of %d requests", told.Load(), n)
	}
}
