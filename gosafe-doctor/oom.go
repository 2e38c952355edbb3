package main

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// killed matches what the kernel says when it kills a process for memory
// (mm/oom_kill.c).
var killed = regexp.MustCompile(`(?:Out of memory|out of memory): Kill(?:ed)? process \d+ \(([^)]*)\)`)

func checkOOM(_ context.Context, p *patient) []finding {
	for _, dir := range p.cgroupDirs("memory") {
		for _, name := range []string{"memory.events", "memory.oom_control"} {
			n, has := field(filepath.Join(dir, name), "oom_kill")
			if !has || n == 0 {
				continue
			}
			if limit, _ := number(dir, "memory.limit_in_bytes"); limit == 0 || limit >= 1<<60 {
				if _, bounded := number(dir, "memory.max"); !bounded {
					continue // not for this group's limit
				}
			}
			f := fault(warning, "oom-kills", "%s killed for the memory limit of this control group", were(n, "process was", "processes were")).saw("%s: oom_kill %d", filepath.Join(dir, name), n)
			if names := p.kernelKilled(); len(names) > 0 {
				f = f.saw("killed: %s", strings.Join(names, ", "))
			}
			return []finding{f.do("give it more memory, or export GOFLAGS=-p=1")}
		}
	}
	names := p.kernelKilled()
	if i := slices.IndexFunc(names, isToolName); i >= 0 {
		return []finding{fault(warning, "oom-kills", "the kernel has killed %s for lack of memory since this machine was started", names[i]).saw("kernel log: killed %s", strings.Join(names, ", ")).
			do("give the machine more memory or swap, or export GOFLAGS=-p=1")}
	}
	if n, has := field(filepath.Join(p.Proc, "vmstat"), "oom_kill"); has && n > 0 {
		return []finding{fault(note, "oom-kills-elsewhere", "%s killed for lack of memory since this machine was started", were(n, "process was", "processes were")).saw("%s: oom_kill %d", filepath.Join(p.Proc, "vmstat"), n)}
	}
	return fine("no process was killed for memory")
}

// isToolName reports whether a process is one that go starts.
func isToolName(name string) bool {
	return slices.Contains([]string{"go", "compile", "link", "asm", "cgo", "vet", "cc1", "cc1plus", "ld", "gcc", "git", "gopls", "golangci-lint"}, name) || strings.HasSuffix(name, ".test")
}

// kernelKilled are the names of the processes that the kernel's log says it has
// killed, each once; none where the log may not be read.
func (p *patient) kernelKilled() (names []string) {
	for _, m := range killed.FindAllStringSubmatch(readKernelLog(p.Kmsg), -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}
