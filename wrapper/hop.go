package wrapper

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// maxHops bounds a loop that the process ids do not show (a shim that starts
// us through other programs): honest nesting of hops does not come near it.
const maxHops = 16

// A mark says which process of ours started which hop, and how many hops were
// already marked above it: "pid:depth:path".
type mark struct {
	pid, depth int
	hop        string
}

func newMark(hop string, depth int) string {
	return fmt.Sprintf("%d:%d:%s", os.Getpid(), depth+1, hop)
}

// parseMark reads a mark; garbage, which anybody can put into an environment,
// is no mark.
func parseMark(s string) (mark, bool) {
	f := strings.SplitN(s, ":", 3)
	if len(f) != 3 {
		return mark{}, false
	}
	pid, err1 := strconv.Atoi(f[0])
	depth, err2 := strconv.Atoi(f[1])
	if err1 != nil || err2 != nil || pid <= 0 || depth <= 0 {
		return mark{}, false
	}
	return mark{pid, depth, f[2]}, true
}

// below returns the candidates after the marked hop. If it is not among them
// (PATH has changed under way), only toolchains are left: they do not come back.
func (m mark) below(all []Go) []Go {
	for i, c := range all {
		if c.Path == m.hop && m.depth <= maxHops {
			return all[i+1:]
		}
	}
	var roots []Go
	for _, c := range all {
		if c.Source == RecordName || toolchainRoot(c.Path) != "" { // install.sh records a toolchain's
			roots = append(roots, c)
		}
	}
	return roots
}

// isAncestor reports whether pid is this process (a hop that was exec'd and
// exec'd us), its parent (a guarded hop that exec'd us), or a few steps further
// up (a script that started us as a child of its own). It is not asked how far
// up for ever: a program that go runs may call go again, and is no loop.
func isAncestor(pid int) bool {
	p := os.Getpid()
	for range 4 {
		if p == pid {
			return true
		}
		if p = parent(p); p == 0 {
			return false
		}
	}
	return false
}
