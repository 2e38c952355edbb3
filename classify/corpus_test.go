package classify

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A sample is one labelled failure of testdata/corpus.
type sample struct {
	ID       string
	Command  string
	Exit     int
	Stdout   string
	Stderr   string
	Cause    Cause
	Decision string
}

func (s sample) record() Record {
	args := strings.Fields(s.Command)
	if len(args) > 0 {
		args = args[1:]
	}
	return Record{Args: args, Exit: s.Exit, Stdout: []byte(s.Stdout), Stderr: []byte(s.Stderr)}
}

var readCorpus = sync.OnceValues(func() ([]sample, error) {
	files, err := filepath.Glob("../testdata/corpus/*.jsonl")
	if err != nil {
		return nil, err
	}
	var all []sample
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var s sample
			if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		f.Close()
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
})

func corpus(t testing.TB) []sample {
	t.Helper()
	all, err := readCorpus()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 300 {
		t.Fatalf("only %d records in testdata/corpus", len(all))
	}
	return all
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, s := range corpus(t) {
		if ids[s.ID] {
			t.Errorf("%s: two records of that id", s.ID)
		}
		ids[s.ID] = true
		v := Classify(s.record())
		if v.Decision.String() == s.Decision && v.Cause == s.Cause {
			continue
		}
		grave := ""
		if s.Decision == "fail" && v.Decision != Fail {
			grave = "UNSAFE: "
		}
		t.Errorf("%s%s: judged %s/%s by %q, want %s/%s\n%s%s", grave, s.ID, v.Decision, v.Cause, v.Rule, s.Decision, s.Cause, s.Stderr, s.Stdout)
	}
}

// TestRulesWin: a rule that no record needs is a guess, and one that an
// earlier rule always beats is dead.
func TestRulesWin(t *testing.T) {
	t.Parallel()
	won := map[*rule]bool{}
	for _, s := range corpus(t) {
		o := read(s.record())
		rules := compiled()
		for i := range o.lines {
			if h, ok := o.match(i, rules); ok {
				won[h.rule] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, r := range allRules() {
		key := string(rune(r.in)) + r.has + "\x00" + r.re
		if seen[key] {
			t.Errorf("two rules with the pattern %q", r.pattern())
		}
		seen[key] = true
		if !won[r] {
			t.Errorf("%s: no record is won by %q", r.cause, r.pattern())
		}
		if r.has == "" {
			t.Errorf("%q: no literal", r.pattern())
		}
		if r.in&inUser != 0 && r.cause != TestFailure && r.cause != ProgramFailure && r.cause != Terminated && r.cause != TextFileBusy && !strings.HasPrefix(r.re, "^fork/exec ") {
			t.Errorf("%q: matches what user code prints", r.pattern())
		}
	}
}

func TestEveryCauseIsReached(t *testing.T) {
	t.Parallel()
	reached := map[Cause]bool{}
	for _, s := range corpus(t) {
		reached[Classify(s.record()).Cause] = true
	}
	for _, c := range causes {
		if !reached[c.cause] {
			t.Errorf("no record has the cause %s", c.cause)
		}
	}
}
