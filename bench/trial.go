package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A result is what one trial showed.
type result struct {
	ok       bool
	hung     bool // it was ended at the limit
	struck   bool // the fault was met
	wall     time.Duration
	requests int
	output   []byte // of all attempts
}

// A trial is one policy under one fault. With sound set, the fault stays away.
type trial struct {
	fault  fault
	policy policy
	seed   uint64
	sound  bool
}

// run runs a trial in dir, which it makes and removes. The error is one of the
// measurement, or an interrupt.
func (t trial) run(ctx context.Context, b *bench, dir string) (r result, err error) {
	w, err := b.newWorld(ctx, t, dir)
	if err != nil {
		return r, err
	}
	limited, cancel := context.WithTimeout(ctx, b.limit)
	defer func() {
		cancel()
		err = errors.Join(err, w.close())
	}()
	program := t.equip(w, b)
	if !t.sound {
		w.begin(limited, t.fault.outage(t.seed))
	}
	began := time.Now()
	r.ok, err = t.policy.run(limited, func(ctx context.Context) (bool, []byte, error) {
		ok, output, err := w.attempt(ctx, program)
		r.output = append(r.output, output...)
		return ok, output, err
	})
	r.wall = time.Since(began)
	if err != nil || ctx.Err() != nil {
		return r, errors.Join(err, ctx.Err())
	}
	for _, s := range w.sources {
		if err := s.failed(); err != nil {
			return r, err
		}
	}
	r.hung = limited.Err() != nil && !r.ok
	r.requests, r.struck = w.requests(), w.struck()
	if r.ok {
		var whole bool
		if whole, err = w.complete(); err == nil && !whole {
			err = fmt.Errorf("%s under %q, seed %d: it says it succeeded, but modules are missing", t.policy.name, t.fault.name, t.seed)
		}
	}
	return r, err
}

// equip gives the policy what it has in the environment, and returns its go.
func (t trial) equip(w *world, b *bench) (program string) {
	path := filepath.Dir(b.goCommand) + string(filepath.ListSeparator) + w.get("PATH")
	program = b.goCommand
	if t.policy.safe {
		path = filepath.Dir(b.gosafe) + string(filepath.ListSeparator) + path
		program = b.gosafe
		w.env = append(w.env, t.fault.settings...)
	}
	w.set("PATH", path)
	if t.policy.pipe {
		w.set("GOPROXY", strings.ReplaceAll(w.get("GOPROXY"), ",", "|"))
	}
	return program
}

// command returns a command in the world's project, in a process group of its
// own, which is killed when ctx ends.
func (w *world) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = w.project, w.env
	cmd.WaitDelay = 2 * time.Second
	ownGroup(cmd)
	return cmd
}

// attempt runs the go command once.
func (w *world) attempt(ctx context.Context, program string) (ok bool, output []byte, err error) {
	var out bytes.Buffer
	cmd := w.command(ctx, program, w.fault.args()...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true, out.Bytes(), nil
	case ctx.Err() != nil || errors.As(err, &exit):
		return false, out.Bytes(), nil
	}
	return false, out.Bytes(), fmt.Errorf("running %s: %w", program, err)
}
