package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed peak.go.txt
var peakText string

// peaks returns the rows of a table with the peak of each contender's own memory
// in both ways, or none where that cannot be told (peak.go.txt is for Linux). In
// place of the real go they call a program that looks at whom it was called by.
func (b *bench) peaks(ctx context.Context, all []contender, project string, runs int) (rows []string, err error) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		return nil, nil
	}
	goCommand := filepath.Join(b.scratch, "peak", "bin", "go")
	if err := b.buildText(ctx, goCommand, peakText); err != nil {
		return nil, err
	}
	envs, err := b.costEnvs(all, goCommand)
	if err != nil {
		return nil, err
	}
	for _, c := range costCommands {
		if !c.memory {
			continue
		}
		cells := []string{"–"}
		for i, one := range all[1:] {
			cell := "–"
			if one.Missing == nil {
				if cell, err = peak(ctx, one, envs[1+i], project, runs, c.args); err != nil {
					return nil, err
				}
			}
			cells = append(cells, cell)
		}
		rows = append(rows, fmt.Sprintf("| own memory in `go %s` | %s | %s |", strings.Join(c.args, " "), c.way, strings.Join(cells, " | ")))
	}
	return rows, nil
}

// peak returns the median of runs measurements, in MiB.
func peak(ctx context.Context, c contender, env []string, project string, runs int, args []string) (string, error) {
	var kib []float64
	for range runs {
		// A process keeps its peak when it becomes another program, and a new one
		// begins with that of whoever started it, if that is a Go program (vfork(2));
		// a shell forks.
		cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", `BENCH_SHELL=$$ "$0" "$@"; exit $?`, c.program}, args...)...)
		cmd.Dir, cmd.Env = project, env
		out, err := cmd.CombinedOutput()
		said := append([]string{""}, strings.Fields(string(out))...) // bazelisk tells its own version, too
		n, aerr := strconv.Atoi(said[len(said)-1])
		if err != nil || aerr != nil {
			return "", fmt.Errorf("%s %s: %v, %v\n%s", c.Name, strings.Join(args, " "), err, aerr, out)
		}
		kib = append(kib, float64(n))
	}
	return fmt.Sprintf("%.1f MiB", middle(kib)/1024), nil
}
