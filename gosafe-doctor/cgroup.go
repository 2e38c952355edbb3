package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// cgroupDirs are the directories of the patient's own control group, from it
// up to the root, for a controller: of version 1, or of the one hierarchy of
// version 2 (cgroups(7)). In a container the path may be one that only the
// outside sees: then the root is all there is.
func (p *patient) cgroupDirs(controller string) (dirs []string) {
	data, err := os.ReadFile(filepath.Join(p.Proc, "self", "cgroup"))
	if err != nil {
		return nil
	}
	root, at := "", ""
	for line := range strings.Lines(string(data)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) < 3:
		case slices.Contains(strings.Split(f[1], ","), controller):
			root, at = filepath.Join(p.Cgroup, controller), f[2]
		case f[1] == "" && root == "":
			root, at = p.Cgroup, f[2]
			if _, err := os.Stat(filepath.Join(p.Cgroup, "unified")); err == nil {
				root = filepath.Join(p.Cgroup, "unified")
			}
		}
	}
	if root == "" {
		return nil
	}
	for dir := filepath.Join(root, filepath.FromSlash(at)); ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if dir == root || len(dir) <= len(root) {
			return dirs
		}
	}
}

// number reads a file that holds a number. It reports false if there is none,
// as where it is "max".
func number(dir, name string) (uint64, bool) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return 0, false
	}
	f := strings.Fields(string(data))
	if len(f) == 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(f[0], 10, 64)
	return n, err == nil
}

// field reads one number of a file of "name number" lines.
func field(name, key string) (uint64, bool) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) >= 2 && strings.TrimSuffix(f[0], ":") == key {
			n, err := strconv.ParseUint(f[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
