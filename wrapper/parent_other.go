//go:build !linux

package wrapper

import (
	"os"
	"path/filepath"
)

// whereabouts returns the path of our executable with its links resolved, and
// a path to ask for its identity: the same, since only Linux can tell which
// file was started once another one has its name.
func whereabouts(executable string) (path, image string) {
	if resolved, err := filepath.EvalSymlinks(executable); err == nil {
		executable = resolved
	}
	return executable, executable
}

// parent returns the parent of process pid, or 0. Only our own is known here;
// maxHops bounds what that misses.
func parent(pid int) int {
	if pid == os.Getpid() {
		return os.Getppid()
	}
	return 0
}
