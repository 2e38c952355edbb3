package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// heldLocks are the processes that hold an flock, by the number of the file
// (/proc/locks; proc(5)). None where that cannot be read.
func (p *patient) heldLocks() map[uint64]int {
	held := map[uint64]int{}
	data, err := os.ReadFile(filepath.Join(p.Proc, "locks"))
	if err != nil {
		return held
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 6 || f[1] != "FLOCK" {
			continue
		}
		pid, err1 := strconv.Atoi(f[4])
		number, err2 := strconv.ParseUint(f[5][strings.LastIndexByte(f[5], ':')+1:], 10, 64)
		if err1 == nil && err2 == nil && number != 0 {
			held[number] = pid
		}
	}
	return held
}

// checkLocks looks for go commands that wait for another one without a word.
func checkLocks(ctx context.Context, p *patient) []finding {
	held := p.heldLocks()
	cache := p.get("GOMODCACHE")
	files := []string{filepath.Join(cache, "cache", "lock")}
	for _, m := range p.module().remote() {
		if base, _, err := downloadBase(cache, m); err == nil {
			files = append(files, base+".lock")
		}
	}
	clones, _ := filepath.Glob(filepath.Join(cache, "cache", "vcs", "*.lock"))
	files = append(files, clones...)
	byPid := map[string][]string{}
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		if pid, is := held[inode(file)]; is && isFile(file) {
			byPid[strconv.Itoa(pid)] = append(byPid[strconv.Itoa(pid)], file)
		}
	}
	var found []finding
	for _, pid := range sortedKeys(byPid) {
		name, state := p.process(pid)
		f := fault(note, "lock-held", "process %s (%s) holds a lock of the module cache: other go commands wait for it, silently", pid, name).saw("%s", byPid[pid][0])
		if state == "T" || state == "t" {
			f = fault(broken, "lock-stopped", "process %s (%s) holds a lock of the module cache and is stopped: other go commands wait for ever", pid, name).saw("%s", byPid[pid][0]).
				do("kill -CONT %s to let it go on, or kill %s && kill -CONT %s to end it", pid, pid, pid)
		}
		found = append(found, f)
	}
	if found != nil {
		return found
	}
	return fine("no lock of the module cache is held")
}

// process returns name and state of a process.
func (p *patient) process(pid string) (name, state string) {
	data, err := os.ReadFile(filepath.Join(p.Proc, pid, "stat"))
	if err != nil {
		return "unknown", ""
	}
	text := string(data)
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return "unknown", ""
	}
	state, _, _ = strings.Cut(strings.TrimSpace(text[end+1:]), " ")
	return text[open+1 : end], state
}
