package main

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"gosafe/internal/goenv"
)

// memoryLimit is the least that the control group and those above it allow, and
// what of it is in use; no limit if it is none or more than there is.
func (p *patient) memoryLimit() (limit, used uint64, where string) {
	for _, dir := range p.cgroupDirs("memory") {
		for _, names := range [][3]string{{"memory.max", "memory.current", "inactive_file"}, {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}} {
			n, has := number(dir, names[0])
			if !has || n >= 1<<60 || limit != 0 && n >= limit {
				continue
			}
			limit, where = n, filepath.Join(dir, names[0])
			used, _ = number(dir, names[1])
			cached, _ := field(filepath.Join(dir, "memory.stat"), names[2])
			used -= min(used, cached) // the cache of files gives way
		}
	}
	return limit, used, where
}

// cpus is how many programs go starts at once: GOMAXPROCS, which since go1.25
// keeps to the control group's share, unless GOFLAGS says otherwise.
func (p *patient) cpus() (n int, why string) {
	for _, f := range strings.Fields(p.get("GOFLAGS")) {
		if v, is := strings.CutPrefix(strings.TrimLeft(f, "-"), "p="); is {
			if n, err := strconv.Atoi(v); err == nil && n > 0 {
				return n, "GOFLAGS=" + f
			}
		}
	}
	if n, err := strconv.Atoi(p.environ("GOMAXPROCS")); err == nil && n > 0 {
		return n, "GOMAXPROCS"
	}
	n = runtime.NumCPU()
	local := goenv.New(nil, p.found().real.root).Version()
	if version.IsValid(local) && version.Compare(local, "go1.25") < 0 {
		return n, "cores"
	}
	for _, dir := range p.cgroupDirs("cpu") {
		var share float64
		if quota, has := number(dir, "cpu.cfs_quota_us"); has {
			if period, has := number(dir, "cpu.cfs_period_us"); has && period > 0 {
				share = float64(quota) / float64(period)
			}
		} else if data, err := os.ReadFile(filepath.Join(dir, "cpu.max")); err == nil {
			var quota, period float64
			if c, _ := fmt.Sscan(string(data), &quota, &period); c == 2 && period > 0 {
				share = quota / period
			}
		}
		if share > 0 && share < float64(n) {
			n = max(2, int(share+0.999)) // runtime, cgroup_linux.go: rounded up, two at least
		}
	}
	return n, "cores"
}

// perJob is what one compiler or linker of a larger project takes; a linker
// may take several times that.
const perJob = 512 << 20

func checkMemory(_ context.Context, p *patient) []finding {
	meminfo := filepath.Join(p.Proc, "meminfo")
	total, known := field(meminfo, "MemTotal")
	if !known {
		return nil
	}
	total <<= 10
	available, _ := field(meminfo, "MemAvailable")
	swap, _ := field(meminfo, "SwapFree")
	free := (available + swap) << 10
	limit, used, where := p.memoryLimit()
	n, why := p.cpus()
	what := size(total) + " of memory"
	if limit != 0 && limit < total {
		total, what = limit, "the control group allows "+size(limit)
		if left := limit - min(limit, used); left < free {
			free = left
		}
	} else {
		where = meminfo
	}
	jobs := max(1, int(total/perJob))
	if jobs < n {
		return []finding{fault(warning, "memory-per-core", "too little memory for what go starts at once: a parallel build or link may be killed").
			saw("%s: %s", where, what).saw("%d at once (%s)", n, why).do("export GOFLAGS=-p=%d, or give it %s", jobs, size(uint64(n)*perJob))}
	}
	if free < perJob/2 {
		return []finding{fault(warning, "memory-low", "little memory is left: %s", size(free)).saw("%s: %s", where, what).do("end what takes it, or export GOFLAGS=-p=1")}
	}
	return fine("%s for %s at once; %s free", what, were(uint64(n), "program", "programs"), size(free))
}
