package wrapper

import (
	"os"
	"path/filepath"
	"strings"
)

// A self recognises our own program under any name and through any link.
type self struct {
	path string      // of our executable, links resolved as far as the system does
	info os.FileInfo // nil if it cannot be told
}

func newSelf(executable string) self {
	path, image := whereabouts(executable)
	info, err := os.Stat(image)
	if err != nil {
		info = nil
	}
	return self{path, info}
}

// same reports whether fi is the file that this process was started from.
func (me self) same(fi os.FileInfo) bool { return me.info != nil && os.SameFile(fi, me.info) }

// is reports whether the program at path is ourselves: the same file, or the
// file that has just taken our place (an update by rename while we run).
func (me self) is(path string, fi os.FileInfo) bool {
	if me.same(fi) {
		return true
	}
	resolved, err := filepath.EvalSymlinks(path)
	return err == nil && me.path != "" && resolved == me.path
}

// place returns the index of the first directory below our own place on PATH:
// 0 if we are not on it (called by path, or through an alias).
func (me self) place(dirs []string) int {
	for i, dir := range dirs {
		for _, name := range []string{goName, "gosafe" + exeSuffix} {
			if fi, err := os.Stat(join(dir, name)); err == nil && me.is(join(dir, name), fi) {
				return i + 1
			}
		}
	}
	return 0
}

// recorded returns the path in the file that the installation left beside us,
// or the empty string.
func (me self) recorded() string {
	if me.path == "" {
		return ""
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(me.path), RecordName))
	if err != nil {
		return ""
	}
	path := strings.TrimRight(string(data), "\r\n")
	if !filepath.IsAbs(path) {
		return ""
	}
	return path
}
