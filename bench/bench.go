package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// A bench is one measurement of everything.
type bench struct {
	command  string // as it was called
	seeds    int
	only     *regexp.Regexp // nil: every fault
	limit    time.Duration
	atOnce   int
	verbose  bool
	progress io.Writer

	scratch    string
	goCommand  string // the real go
	gosafe     string
	buildCache string // of all trials: the standard library is compiled once

	begin  time.Time
	worlds atomic.Int64 // made so far, for the names of their directories
}

// A row is what was measured about one fault.
type row struct {
	fault  fault
	sound  []result   // fault-free, of bare go
	struck [][]result // by policy and seed

	left atomic.Int64 // trials still to run
}

// run measures everything and returns the page.
func (b *bench) run(ctx context.Context) (page string, err error) {
	b.begin = time.Now()
	if b.goCommand, err = findGo(ctx); err != nil {
		return "", fmt.Errorf("finding the real go: %w", err)
	}
	if b.scratch, err = os.MkdirTemp("", "gosafe-bench-"); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, remove(b.scratch)) }()
	if b.gosafe, err = buildGosafe(ctx, b.goCommand, filepath.Join(b.scratch, "bin")); err != nil {
		return "", err
	}
	b.buildCache = filepath.Join(b.scratch, "cache")
	rows, large := b.rows(faults, b.seeds), b.rows(largeGraphs, 4*b.seeds)
	if err := b.warm(ctx, rows); err != nil {
		return "", err
	}
	if err := b.measure(ctx, append(rows[:len(rows):len(rows)], large...)); err != nil {
		return "", err
	}
	return b.page(ctx, rows, large)
}

// rows makes a row for each fault that is asked for.
func (b *bench) rows(faults []fault, seeds int) (rows []*row) {
	for _, f := range faults {
		if b.only != nil && !b.only.MatchString(f.name) {
			continue
		}
		r := &row{fault: f, sound: make([]result, b.seeds), struck: make([][]result, len(policies))}
		for p := range policies {
			r.struck[p] = make([]result, seeds)
		}
		r.left.Store(int64(len(r.sound) + len(policies)*seeds))
		rows = append(rows, r)
	}
	return rows
}

// warm compiles the standard library if any fault's command builds.
func (b *bench) warm(ctx context.Context, rows []*row) error {
	for _, r := range rows {
		if len(r.fault.args()) == 0 || r.fault.args()[0] != "build" {
			continue
		}
		b.say("compiling the standard library")
		res, err := trial{fault: fault{name: "none", command: build}, policy: bare, sound: true}.run(ctx, b, b.newDir())
		if err == nil && !res.ok {
			err = fmt.Errorf("the fault-free build fails:\n%s", res.output)
		}
		return err
	}
	return nil
}

func (b *bench) newDir() string { return filepath.Join(b.scratch, fmt.Sprint("w", b.worlds.Add(1))) }

// settle is how long a command that will hang is busy before it does.
const settle = 3 * time.Second

// measure runs all trials, so many at the same time as b says. One that will
// hang makes room for another meanwhile.
func (b *bench) measure(ctx context.Context, rows []*row) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, b.atOnce)
	var work sync.WaitGroup
	start := func(t trial, r *row, into *result) {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		leave := sync.OnceFunc(func() { <-slots })
		if t.fault.hangs && !t.sound && !t.policy.safe {
			time.AfterFunc(settle, leave)
		}
		work.Add(1)
		go func() {
			defer work.Done()
			defer leave()
			var err error
			if *into, err = t.run(ctx, b, b.newDir()); err != nil {
				cancel(err)
				return
			}
			b.told(t, *into)
			if r.left.Add(-1) == 0 {
				b.say("%s", r.line())
			}
		}()
	}
	for _, r := range rows {
		// Seed by seed, so that what else the machine does meets all policies alike.
		for i := range r.struck[0] {
			if i < len(r.sound) {
				start(trial{r.fault, bare, uint64(i + 1), true}, r, &r.sound[i])
			}
			for p := range policies {
				start(trial{r.fault, policies[p], uint64(i + 1), false}, r, &r.struck[p][i])
			}
		}
	}
	work.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		for _, res := range r.sound {
			if !res.ok {
				return fmt.Errorf("%s: the fault-free run fails:\n%s", r.fault.name, res.output)
			}
		}
	}
	return nil
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "%5.0fs  %s\n", time.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

// told shows what a trial's commands said, if that is wanted.
func (b *bench) told(t trial, r result) {
	if b.verbose && !t.sound {
		b.say("%s, %s, seed %d: ok %v, hung %v, %v, %d requests\n%s", t.fault.name, t.policy.name, t.seed, r.ok, r.hung, r.wall.Round(time.Millisecond), r.requests, r.output)
	}
}
