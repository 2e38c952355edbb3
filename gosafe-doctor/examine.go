package main

import (
	"context"
	"fmt"
	"time"

	"gosafe/classify"
)

// bound is how long the whole may take, whatever does not answer.
const bound = 9 * time.Second

// An examination is one run of some checks.
type examination struct {
	patient *patient
	checks  []check
	verdict *classify.Verdict // of the log that it started from; nil without one
	partial bool              // only named groups of what matters for the log are looked at

	results []result // in the order of checks
	elapsed time.Duration
}

// A result is what one check has found.
type result struct {
	check    check
	findings []finding
	elapsed  time.Duration
}

// level is that of the worst finding.
func (r result) level() level {
	worst := ok
	for _, f := range r.findings {
		worst = max(worst, f.Level)
	}
	return worst
}

// run runs all checks at once and hands each group to the printer when it and
// those before it are complete. The printer may be nil.
func (e *examination) run(pr *printer) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	e.patient.choose(e.checks)
	ready := make(chan bool)
	go func() { e.patient.found(); close(ready) }()
	select {
	case <-ready: // all checks need it, and a shim may take its time
	case <-time.After(2 * time.Second): // PATH leads to a dead file server; each check waits as long as it may
	}
	type done struct {
		i int
		r result
	}
	results := make(chan done, len(e.checks))
	for i, c := range e.checks {
		go func() { results <- done{i, e.patient.apply(ctx, c)} }()
	}
	e.results = make([]result, len(e.checks))
	finished := make([]bool, len(e.checks))
	shown := 0
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for left := len(e.checks); left > 0; {
		select {
		case d := <-results:
			e.results[d.i], finished[d.i] = d.r, true
			left--
		case <-tick.C:
		}
		if pr == nil {
			continue
		}
		if to := complete(e.checks, finished, shown); to > shown {
			pr.groups(e.results[shown:to])
			shown = to
		}
		var waiting []string
		for i, c := range e.checks {
			if !finished[i] {
				waiting = append(waiting, e.patient.waitsFor(c))
			}
		}
		pr.progress(waiting)
	}
	e.elapsed = time.Since(start)
}

// complete returns the end of the groups, from the check at from on, all of
// whose checks are finished.
func complete(all []check, finished []bool, from int) int {
	end := from
	for i := from; i < len(all) && finished[i]; i++ {
		if i+1 == len(all) || all[i+1].group != all[i].group {
			end = i + 1
		}
	}
	return end
}

// apply runs one check until its deadline. What it does not end in time is
// left behind: a directory on a dead file server cannot be interrupted.
func (p *patient) apply(ctx context.Context, c check) result {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	found := make(chan []finding, 1)
	go func() { found <- c.run(ctx, p) }()
	var findings []finding
	end, _ := ctx.Deadline()
	late := time.NewTimer(time.Until(end) + 300*time.Millisecond) // a check that ends with its context is heard
	defer late.Stop()
	select {
	case findings = <-found:
	case <-late.C:
		findings = []finding{fault(warning, "no-answer", "looking at %s took longer than %v", c.looks, c.deadline).
			do("gosafe doctor -v %s, once the machine is idle; a file system or a program that hangs is the likely reason", c.group)}
	}
	clean := make([]finding, len(findings))
	for i, f := range findings {
		clean[i] = f.clean()
	}
	return result{c, clean, time.Since(start)}
}

// exit is the exit status that the findings ask for.
func (e *examination) exit() int {
	if l, _, _ := e.worst(); l == broken {
		return exitBroken
	}
	return exitWell
}

// worst returns the worst level, the first finding that has it, and how many
// have: the checks are in the order in which one thing needs another.
func (e *examination) worst() (worst level, first finding, n int) {
	for _, r := range e.results {
		for _, f := range r.findings {
			if f.Level > worst {
				worst, first, n = f.Level, f, 0
			}
			if f.Level == worst {
				n++
			}
		}
	}
	return worst, first, n
}

// closing is the verdict in one sentence: what is wrong, and the one thing to
// do first.
func (e *examination) closing() string {
	l, first, n := e.worst()
	if l < warning {
		s := fmt.Sprintf("nothing is wrong: %s in %.1f s", were(uint64(len(e.results)), "check", "checks"), e.elapsed.Seconds())
		if e.verdict != nil && !e.partial {
			s = "nothing of what the failure may come from is wrong now" + s[len("nothing is wrong"):]
		}
		return s
	}
	s := first.Summary
	if n > 1 {
		s += fmt.Sprintf(" (and %d more)", n-1)
	}
	if f := e.protects(); f.Remedy != "" && f.Summary != first.Summary {
		s += "; do first, before a private name goes to strangers: " + firstLine(f.Remedy)
	} else if first.Remedy != "" {
		s += "; do first: " + firstLine(first.Remedy)
	}
	if l == warning {
		return "works, with warnings: " + s
	}
	return "broken: " + s
}

// protects is the first finding by which the name of a private module would go
// to strangers: a command that mends something else may send it there.
func (e *examination) protects() finding {
	for _, r := range e.results {
		for _, f := range r.findings {
			if f.Fault == "private-leak" || f.Fault == "private-pattern" {
				return f
			}
		}
	}
	return finding{}
}
