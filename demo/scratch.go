package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A scratch is the directory that holds all that the demo writes.
type scratch struct {
	dir       string
	goCommand string // the real go
}

// newScratch makes the directory and finds the real go. The caller must call
// its remove.
func newScratch(ctx context.Context) (*scratch, error) {
	real, err := findGo(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding the real go: %w", err)
	}
	dir, err := os.MkdirTemp("", "gosafe-demo-")
	if err != nil {
		return nil, err
	}
	return &scratch{dir: dir, goCommand: real}, nil
}

// findGo returns the go command of the toolchain in use. The go on PATH may be
// gosafe, or another shim: it knows where the toolchain is.
func findGo(ctx context.Context) (string, error) {
	onPath, err := exec.LookPath("go")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, onPath, "env", "GOROOT")
	cmd.Env = append(os.Environ(), "GOSAFE=off")
	root, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	// With the extension of the one on PATH: go.exe, on Windows.
	real := filepath.Join(strings.TrimSpace(string(root)), "bin", "go"+filepath.Ext(onPath))
	if _, err := os.Stat(real); err != nil {
		return "", err
	}
	return real, nil
}

// buildGosafe builds the gosafe of the module that the demo is run in, and
// returns its path. It takes the user's settings and caches, as `go run ./demo`
// itself does, but not those that would build something else.
func (s *scratch) buildGosafe(ctx context.Context) (string, error) {
	program := filepath.Join(s.dir, "gosafe"+filepath.Ext(s.goCommand))
	cmd := exec.CommandContext(ctx, s.goCommand, "build", "-buildvcs=false", "-o", program, "gosafe")
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building gosafe (the demo runs inside its repository): %w\n%s", err, out)
	}
	return program, nil
}

// remove removes the directory with all that is in it.
func (s *scratch) remove() error {
	if os.RemoveAll(s.dir) == nil {
		return nil
	}
	// Directories of the module cache are read-only unless go was told so.
	walk := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return err
	})
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("removing the scratch directory: %w", errors.Join(err, walk))
	}
	return nil
}
