package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gosafe/internal/faultproxy"
)

// A fault is a row of the page: what goes wrong, and when.
type fault struct {
	name string
	rule string // as faultproxy.ParseRule reads it

	within int           // a burst begins at one of so many requests; which, the seed says
	lasts  time.Duration // the rule is gone after that time at most; see outage
	down   time.Duration // nothing listens for that time at most

	dead       bool // nothing ever listens at the first source
	everywhere bool // the second source suffers the same
	tls        bool // TLS, and so HTTP/2

	hangs    bool // go waits for ever
	hopeless bool // no attempt can succeed

	modules  int      // in the graph; 0 means graphSize
	command  []string // the go command's arguments; nil means mod download
	settings []string // of gosafe's, for this fault

	// setUp makes what a module proxy cannot do, without the damage if sound
	// is set. strikes tells it.
	setUp   func(ctx context.Context, w *world, sound bool) error
	strikes string
}

// graphSize is how many modules the graph of most faults has.
const graphSize = 16

func (f fault) size() int {
	if f.modules == 0 {
		return graphSize
	}
	return f.modules
}

func (f fault) args() []string {
	if f.command == nil {
		return []string{"mod", "download"}
	}
	return f.command
}

// rules returns what a source suffers.
func (f fault) rules(seed uint64) ([]faultproxy.Rule, error) {
	if f.rule == "" {
		return nil, nil
	}
	r, err := faultproxy.ParseRule(f.rule)
	if err != nil {
		return nil, err
	}
	if f.within > 0 {
		r.Skip = rand.New(rand.NewPCG(seed, 0)).IntN(f.within)
	}
	return []faultproxy.Rule{r}, nil
}

// outage returns how long a fault that ends by itself lasts: a different tenth
// of the longest time for each of five seeds in a row, so that no wait of a loop
// happens to fit. It is 0 if the fault stays.
func (f fault) outage(seed uint64) time.Duration {
	return max(f.lasts, f.down) * time.Duration(2*((seed-1)%5)+1) / 10
}

// when tells how the fault strikes, from the fields that make it so.
func (f fault) when() string {
	if f.setUp != nil {
		return f.strikes
	}
	r, err := faultproxy.ParseRule(f.rule)
	if err != nil && f.rule != "" {
		return err.Error()
	}
	what := "requests"
	switch {
	case r.Path == `\.zip$`:
		what = "zips"
	case strings.HasSuffix(r.Path, `\.zip$`):
		what = "requests for one zip"
	case r.Path != "":
		what = "requests for one module"
	case strings.Contains(f.rule, "=conn-"):
		what = "connections"
	}
	where := "the first source"
	if f.everywhere {
		where = "both sources"
	}
	switch {
	case f.dead:
		return where + ", for good"
	case f.lasts > 0 || f.down > 0:
		return fmt.Sprintf("%s, for up to %s", where, seconds(max(f.lasts, f.down)))
	case r.Times == 1:
		return fmt.Sprintf("%s, one of the %s", where, what)
	case r.Times > 1:
		return fmt.Sprintf("%s, %d %s in a row", where, r.Times, what)
	case r.Chance > 0:
		return fmt.Sprintf("%s, %.0f %% of all %s", where, 100*r.Chance, what)
	case f.rule == "":
		return "never"
	}
	return fmt.Sprintf("%s, all %s, for good", where, what)
}
