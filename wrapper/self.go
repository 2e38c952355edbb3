package wrapper

import (
	"os"
	"path/filepath"
	"strings"
)

// The programs of an installation lie beside each other; its go is a link to
// one of them. Each takes both for itself: the one becomes the other.
const (
	mainName = "gosafe" + exeSuffix
	shimName = "gosafe-shim" + exeSuffix
)

// A self recognises our own programs under any name and through any link.
type self struct {
	path  string        // of our executable, links resolved as far as the system does
	image string        // a path that leads to the file we were started from, whatever is at path by now
	info  os.FileInfo   // of the file at path; nil if it cannot be told
	kin   []os.FileInfo // of the file we were started from, and of both programs beside it
	asked bool          // whether kin has been filled
}

func newSelf(executable string) *self {
	me := &self{}
	me.path, me.image = whereabouts(executable)
	me.info, _ = os.Stat(me.path)
	return me
}

// same reports whether fi is the file at our own path: as a rule the one that
// we were started from, else the one that has just taken its place (an update by
// rename while we run).
func (me *self) same(fi os.FileInfo) bool { return me.info != nil && os.SameFile(fi, me.info) }

// is reports whether fi is ourselves: the file at our own path, the one that
// runs, or the other program of our installation.
func (me *self) is(fi os.FileInfo) bool {
	if me.same(fi) {
		return true
	}
	if !me.asked {
		me.asked = true
		paths := []string{me.image}
		if me.path != "" {
			paths = append(paths, me.beside(mainName), me.beside(shimName))
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil {
				me.kin = append(me.kin, info)
			}
		}
	}
	for _, info := range me.kin {
		if os.SameFile(fi, info) {
			return true
		}
	}
	return false
}

// beside returns the path of a file in the directory of our executable.
func (me *self) beside(name string) string { return join(filepath.Dir(me.path), name) }

// in reports whether a directory of PATH is our own place: it is where we lie,
// or it has us in it as go or gosafe. What lies there may be a link; what is no
// link and not the file at our path is not ours, which needs no further look.
func (me *self) in(dir string) bool {
	if dir == filepath.Dir(me.path) && me.named() {
		return true
	}
	for _, name := range []string{goName, mainName} {
		if p, ok := look(join(dir, name)); ok && (me.same(p.info) || p.link && me.is(p.info)) {
			return true
		}
	}
	return false
}

// named reports whether our executable has one of the names that it is installed
// under.
func (me *self) named() bool {
	switch filepath.Base(me.path) {
	case goName, mainName, shimName:
		return true
	}
	return false
}

// recorded returns the path in the file that the installation left beside us,
// or the empty string.
func (me *self) recorded() string {
	if me.path == "" {
		return ""
	}
	data, err := os.ReadFile(me.beside(RecordName))
	if err != nil {
		return ""
	}
	path := strings.TrimRight(string(data), "\r\n")
	if !filepath.IsAbs(path) {
		return ""
	}
	return path
}
