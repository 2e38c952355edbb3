//go:build linux

package main

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestPipes: a file of go's that is a pipe, into which nobody writes, keeps
// nothing from being looked at.
func TestPipes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		want  []string // of any level
		never string
		make  func(l *lab) (pipe string)
	}{
		{"GOENV", []string{"goenv-special"}, "no-answer", func(l *lab) string { l.env["GOENV"] = l.path("pipe"); return "pipe" }},
		{"go.mod", []string{"modfile-invalid"}, "no-answer", func(l *lab) string { return "mod/go.mod" }},
		{"go.work", []string{"modfile-invalid"}, "no-answer", func(l *lab) string { return "mod/go.work" }},
		{"go.sum", []string{"gosum-unreadable"}, "no-answer", func(l *lab) string { return "mod/go.sum" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			pipe := l.path(tt.make(l))
			if err := syscall.Unlink(pipe); err != nil && err != syscall.ENOENT {
				t.Fatal(err)
			}
			must(t, syscall.Mkfifo(pipe, 0o600))
			start := time.Now()
			r := l.examine()
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			var faults []string
			for _, c := range r.Checks {
				for _, f := range c.Findings {
					faults = append(faults, f.Fault)
				}
			}
			for _, want := range tt.want {
				if !slices.Contains(faults, want) {
					t.Errorf("no %s: %+v", want, faults)
				}
			}
			if slices.Contains(faults, tt.never) {
				t.Errorf("%s: %+v", tt.never, r.Checks)
			}
			if stdout, _, status := l.run("settings", "module"); stdout == "" || status == -1 {
				t.Errorf("status %d: %s", status, stdout)
			}
		})
	}
}
