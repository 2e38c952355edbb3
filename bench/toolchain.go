package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

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
	real := filepath.Join(strings.TrimSpace(string(root)), "bin", "go"+filepath.Ext(onPath))
	return real, isProgram(real, "cmd/go")
}

// isProgram checks that file was built from that package. What is measured as
// bare go must not be gosafe, nor the other way round.
func isProgram(file, pkg string) error {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return err
	}
	if info.Path != pkg {
		return fmt.Errorf("%s was built from %s, not from %s", file, info.Path, pkg)
	}
	return nil
}

// buildGosafe builds gosafe and gosafe-shim from the module that this is run in,
// puts a go beside them as install.sh does, and returns its path.
func buildGosafe(ctx context.Context, goCommand, dir string) (string, error) {
	args := []string{"build", "-buildvcs=false", "-o", dir + string(filepath.Separator), "gosafe"}
	if runtime.GOOS != "windows" { // there gosafe is alone
		args = append(args, "gosafe/gosafe-shim")
	}
	cmd := exec.CommandContext(ctx, goCommand, args...)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building gosafe (this runs inside its repository): %w\n%s", err, out)
	}
	program := filepath.Join(dir, filepath.Base(goCommand))
	if runtime.GOOS == "windows" {
		return program, os.Rename(filepath.Join(dir, "gosafe.exe"), program)
	}
	if err := os.Symlink("gosafe-shim", program); err != nil {
		return "", err
	}
	return program, isProgram(program, "gosafe/gosafe-shim")
}

// firstLine returns the first line that a program prints, or why there is none.
func firstLine(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		return fmt.Sprintf("no %s: %v", filepath.Base(program), err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// revision names the commit that is measured.
func revision(ctx context.Context) string {
	commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", "*.go", "go.mod").Output()
	if err != nil || len(changed) > 0 {
		return strings.TrimSpace(string(commit)) + " with changes"
	}
	return strings.TrimSpace(string(commit))
}

// remove removes dir with all that is in it, read-only directories included.
func remove(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	walk := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return err
	})
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing the scratch directory: %w", errors.Join(err, walk))
	}
	return nil
}
