package wrapper

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// whereabouts returns the path of our executable with its links resolved, and
// a path to ask for its identity. proc(5): the link /proc/self/exe leads to the
// file that was started even if another one has its name by now, and then reads
// with " (deleted)" at its end.
func whereabouts(executable string) (path, image string) {
	return strings.TrimSuffix(executable, " (deleted)"), "/proc/self/exe"
}

// parent returns the parent of process pid, or 0.
func parent(pid int) int {
	if pid == os.Getpid() {
		return os.Getppid()
	}
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// proc(5): pid (comm) state ppid ...; comm may hold anything, ')' included.
	f := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(f) < 2 {
		return 0
	}
	ppid, _ := strconv.Atoi(string(f[1]))
	return ppid
}
