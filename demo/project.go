package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"gosafe/internal/faultproxy"
)

// A project is a main module with an empty cache and an environment of its own.
type project struct {
	dir   string
	env   []string
	cache string // the module cache
	log   string // where gosafe logs what it did
}

// newProject makes a project that requires mods and gets them from proxy.
func (s *scratch) newProject(name string, mods []faultproxy.Module, proxy *faultproxy.Server) (project, error) {
	home := filepath.Join(s.dir, name)
	p := project{
		dir:   filepath.Join(home, "project"),
		cache: filepath.Join(home, "mod"),
		log:   filepath.Join(home, "gosafe.log"),
	}
	env, err := proxy.Environ(home)
	if err != nil {
		return p, err
	}
	// Not the go on PATH, which may be another gosafe.
	p.env = append(env, "GOSAFE_GO="+s.goCommand, "GOSAFE_LOG="+p.log)
	files, err := faultproxy.Program(mods)
	if err != nil {
		return p, err
	}
	if err := os.MkdirAll(p.dir, 0o777); err != nil {
		return p, err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o666); err != nil {
			return p, err
		}
	}
	return p, nil
}

// grace is how long an interrupted command gets to end by itself.
const grace = 3 * time.Second

// run runs program as if it were go, shows that in the transcript, and returns
// its exit status, -1 for a death by signal. The error is a command that could
// not be run, or an interrupt.
func (p project) run(ctx context.Context, t *transcript, program string, args ...string) (int, error) {
	t.command(args)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	cmd.Stdout, cmd.Stderr = t, t
	cmd.WaitDelay = grace
	cmd.Cancel = func() error {
		if cmd.Process.Signal(os.Interrupt) == nil {
			return nil
		}
		return cmd.Process.Kill() // Windows knows no interrupt
	}
	err := cmd.Run()
	t.flush()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, fmt.Errorf("running %s: %w", program, err)
	}
	t.status(cmd.ProcessState)
	return cmd.ProcessState.ExitCode(), nil
}

// complete counts the modules whose zip is in the cache and was found good:
// only then go writes the hash beside it.
func (p project) complete() (int, error) {
	found, err := filepath.Glob(filepath.Join(p.cache, "cache", "download", "demo.test", "*", "@v", "*.ziphash"))
	return len(found), err
}

// attempts returns how often gosafe ran go, as the last event of its log says
// it; without a log, once.
func (p project) attempts() (int, error) {
	data, err := os.ReadFile(p.log)
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	event := struct{ Attempts int }{Attempts: 1}
	for line := range bytes.Lines(data) {
		if err := json.Unmarshal(line, &event); err != nil {
			return 0, fmt.Errorf("gosafe's log: %w", err)
		}
	}
	return event.Attempts, nil
}
