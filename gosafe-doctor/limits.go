package main

import (
	"context"
	"os"
	"path/filepath"
)

// A limit is one of the limits that the system sets a process.
type limit int

const (
	openFiles limit = iota
	processes
	fileSize
	addressSpace
)

func checkLimits(_ context.Context, p *patient) []finding {
	var found []finding
	if n, has := p.Rlimit(openFiles); has && n < 1024 {
		found = append(found, fault(warning, "limit-files", "a process may open %d files only: builds fail with \"too many open files\"", n).saw("ulimit -Hn: %d", n).do("ulimit -n 4096 (or LimitNOFILE=, --ulimit nofile=4096)"))
	}
	if n, has := p.Rlimit(fileSize); has && n < 1<<30 {
		found = append(found, fault(warning, "limit-filesize", "no file may be larger than %s: the linker fails", size(n)).saw("ulimit -f: %d bytes", n).do("ulimit -f unlimited"))
	}
	if n, has := p.Rlimit(addressSpace); has && n < 4<<30 {
		found = append(found, fault(warning, "limit-memory", "a process may use %s of address space only: Go programs reserve more than they use", size(n)).saw("ulimit -v: %d KiB", n>>10).do("ulimit -v unlimited"))
	}
	if n, has := p.Rlimit(processes); has && os.Geteuid() != 0 {
		if have := p.threads(); n < have+256 {
			found = append(found, fault(warning, "limit-processes", "you may run %d processes and threads, and have %d: go may fail to start its programs", n, have).saw("ulimit -u: %d", n).do("ulimit -u 4096 (or LimitNPROC=)"))
		}
	}
	for _, dir := range p.cgroupDirs("pids") {
		most, has := number(dir, "pids.max")
		have, _ := number(dir, "pids.current")
		if has && most < have+128 {
			found = append(found, fault(warning, "limit-pids", "the control group may have %d processes and threads, and has %d: go may fail to start its programs", most, have).saw("%s: %d", filepath.Join(dir, "pids.max"), most).
				do("give it more: --pids-limit, TasksMax="))
			break
		}
	}
	if found != nil {
		return found
	}
	return fine("limits of files, processes and memory leave room")
}

// threads is how many threads the user has (they count for the limit of
// processes, setrlimit(2)).
func (p *patient) threads() (sum uint64) {
	files, _ := filepath.Glob(filepath.Join(p.Proc, "[0-9]*", "status"))
	for _, file := range files {
		if uid, has := field(file, "Uid"); has && int(uid) == os.Geteuid() {
			n, _ := field(file, "Threads")
			sum += n
		}
	}
	return sum
}
