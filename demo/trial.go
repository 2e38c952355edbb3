package main

import (
	"context"
	"fmt"
	"time"

	"gosafe/internal/faultproxy"
)

// A trial is one `go mod download` through a proxy of its own.
type trial struct {
	project  project
	exit     int
	wall     time.Duration
	runs     int // of the real go
	requests int
	spoiled  int
	complete int // modules that are whole in the module cache
}

// trial runs `go mod download` with program in place of go. A failure of the
// command is a result; the error is a failure of the demo.
func (d *demo) trial(ctx context.Context, s *scratch, name, program string) (*trial, error) {
	conf := faultproxy.Config{
		Modules: faultproxy.Graph(d.modules),
		Seed:    d.seed,
		OneShot: true, // so that a seed tells the same story each time
	}
	if d.fail > 0 {
		conf.Rules = []faultproxy.Rule{{Chance: d.fail, Faults: faults}}
	}
	proxy, err := faultproxy.Start(conf)
	if err != nil {
		return nil, err
	}
	defer proxy.Close()
	t := new(trial)
	if t.project, err = s.newProject(name, conf.Modules, proxy); err != nil {
		return nil, err
	}
	begin := time.Now()
	if t.exit, err = t.project.run(ctx, &transcript{out: d.out}, program, "mod", "download"); err != nil {
		return nil, err
	}
	t.wall = time.Since(begin)
	for _, r := range proxy.Requests() {
		t.requests++
		if r.Fault != "" {
			t.spoiled++
		}
		if d.verbose {
			d.printf("%7.3fs %s\n", r.Time.Sub(begin).Seconds(), r)
		}
	}
	if t.runs, err = t.project.attempts(); err != nil {
		return nil, err
	}
	t.complete, err = t.project.complete()
	return t, err
}

// verify runs the real `go mod verify` on what a trial left in the cache, and
// reports whether it is content.
func (d *demo) verify(ctx context.Context, s *scratch, t *trial) (bool, error) {
	exit, err := t.project.run(ctx, &transcript{out: d.out}, s.goCommand, "mod", "verify")
	return exit == 0, err
}

func (d *demo) summarise(bare, safe *trial) {
	d.printf("%-24s%12s%12s\n", "", "bare go", "gosafe")
	seconds := func(t *trial) string { return fmt.Sprintf("%.1f s", t.wall.Seconds()) }
	modules := func(t *trial) string { return fmt.Sprintf("%d of %d", t.complete, d.modules) }
	for _, row := range []struct {
		name       string
		bare, safe any
	}{
		{"exit status", bare.exit, safe.exit},
		{"runs of go", bare.runs, safe.runs},
		{"requests", bare.requests, safe.requests},
		{"  of them spoiled", bare.spoiled, safe.spoiled},
		{"modules complete", modules(bare), modules(safe)},
		{"time", seconds(bare), seconds(safe)},
	} {
		d.printf("%-24s%12v%12v\n", row.name, row.bare, row.safe)
	}
}
