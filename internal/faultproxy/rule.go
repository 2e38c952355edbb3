package faultproxy

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"sync"
)

// A Rule chooses requests and the faults that spoil them. The zero values of
// its numbers mean: every match, for ever.
//
// Faults of connections (see Kinds) strike before there is a request. A rule
// holds either those or faults of requests, and one of those has no Path.
type Rule struct {
	Path string // regular expression, tried on the URL's path; "" matches every request

	Skip    int  // let the first Skip matches through
	Every   int  // then take one match of Every, the first of them first; 0 means each
	Times   int  // take at most Times matches; 0 means no limit
	PerPath bool // count Skip, Every and Times for each path on its own

	// Chance is the probability with which a match is taken; 0 means always.
	// It is drawn from the server's seed, the rule's place in the list, the
	// path and the count of that path's requests, so it does not depend on
	// the order in which requests for different paths arrive.
	Chance float64

	Faults []Fault // what a taken request suffers; of several, one drawn in the same way
}

// A judge decides which request suffers what. It is safe for concurrent use.
type judge struct {
	seed uint64

	mu    sync.Mutex
	rules []*rule
	asked map[string]int // requests so far for each path; connections count under ""
}

// A rule is a Rule that was checked, with its counters.
type rule struct {
	Rule
	re     *regexp.Regexp
	faults []fault
	conn   bool

	matched, taken map[string]int // by path, or under "" unless PerPath
}

// set replaces the rules, and starts all counting afresh.
func (j *judge) set(rules []Rule) error {
	var list []*rule
	for i, r := range rules {
		c, err := compile(r)
		if err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
		list = append(list, c)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rules, j.asked = list, make(map[string]int)
	return nil
}

func compile(r Rule) (*rule, error) {
	c := &rule{Rule: r, matched: make(map[string]int), taken: make(map[string]int)}
	var err error
	if c.re, err = regexp.Compile(r.Path); err != nil {
		return nil, err
	}
	if r.Skip < 0 || r.Every < 0 || r.Times < 0 {
		return nil, fmt.Errorf("negative count in %+v", r)
	}
	if !(r.Chance >= 0 && r.Chance <= 1) {
		return nil, fmt.Errorf("chance %v is not a probability", r.Chance)
	}
	if len(r.Faults) == 0 {
		return nil, fmt.Errorf("no fault for %q", r.Path)
	}
	for i, f := range r.Faults {
		parsed, err := f.parse()
		if err != nil {
			return nil, err
		}
		conn := parsed.kind.conn != nil
		if i > 0 && conn != c.conn {
			return nil, fmt.Errorf("%s is a fault of connections or of requests, unlike %s before it", f, r.Faults[0])
		}
		c.conn = conn
		c.faults = append(c.faults, parsed)
	}
	if c.conn && r.Path != "" {
		return nil, fmt.Errorf("%s strikes before there is a path to match %q", r.Faults[0], r.Path)
	}
	return c, nil
}

// request returns what the next request for path suffers, or nil.
func (j *judge) request(path string) *fault { return j.next(path, false) }

// connection returns what the next connection suffers, or nil.
func (j *judge) connection() *fault { return j.next("", true) }

func (j *judge) next(path string, conn bool) *fault {
	j.mu.Lock()
	defer j.mu.Unlock()
	nth := j.asked[path]
	j.asked[path]++
	for i, r := range j.rules {
		if r.conn != conn || !r.re.MatchString(path) {
			continue
		}
		chance, pick := draw(j.seed, i, path, nth)
		if !r.takes(path, chance) {
			continue
		}
		f := &r.faults[int(pick*float64(len(r.faults)))]
		if f.kind.name == Pass {
			return nil
		}
		return f
	}
	return nil
}

// takes counts a match and reports whether the rule takes it.
func (r *rule) takes(path string, chance float64) bool {
	key := ""
	if r.PerPath {
		key = path
	}
	n := r.matched[key] - r.Skip
	r.matched[key]++
	switch {
	case n < 0,
		r.Every > 1 && n%r.Every != 0,
		r.Times > 0 && r.taken[key] >= r.Times,
		r.Chance > 0 && chance >= r.Chance:
		return false
	}
	r.taken[key]++
	return true
}

// draw returns two numbers in [0, 1) that depend on its arguments alone.
func draw(seed uint64, rule int, path string, nth int) (chance, pick float64) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", seed, rule, nth, path))
	unit := func(b []byte) float64 { return float64(binary.BigEndian.Uint64(b)>>11) / (1 << 53) }
	return unit(sum[:8]), unit(sum[8:16])
}
