package retry

import (
	"os"
	"path/filepath"
	"strings"
)

const wrongSum = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// A harm is a way to damage a cache, and what Mend must do about it.
type harm struct {
	name     string
	injuries []injury
	want     string   // with a go.sum
	wantNo   string   // without one, if that is not the same; "unnoticed" if it cannot be seen then
	touched  []string // what may have changed in the tree
	online   bool     // what was deleted must be fetched before a build succeeds
}

// An injury damages one file: of leaf's downloaded files that with a suffix, or
// one in the tree.
type injury func(*fixture)

func (f *fixture) path(name string) string {
	if in, ok := strings.CutPrefix(name, "tree"); ok {
		return f.tree(strings.TrimPrefix(in, "/"))
	}
	return f.file(name)
}

func put(name, content string) injury {
	return func(f *fixture) { f.damage(f.path(name), content) }
}

func edit(name string, change func([]byte) []byte) injury {
	return func(f *fixture) {
		data, err := os.ReadFile(f.path(name))
		if err != nil {
			f.t.Fatal(err)
		}
		f.damage(f.path(name), string(change(data)))
	}
}

func cut(name string) injury {
	return edit(name, func(data []byte) []byte { return data[:len(data)/2] })
}

func flip(name string) injury {
	return edit(name, func(data []byte) []byte {
		data[len(data)/3] ^= 0x40
		return data
	})
}

// other puts a sound file of another version there.
func other(suffix string) injury {
	return func(f *fixture) {
		edit(suffix, func([]byte) []byte {
			data, err := os.ReadFile(filepath.Join(f.app, "..", "proxy", "example.com", "!leaf", "@v", "v1.1.0."+suffix))
			if err != nil {
				f.t.Fatal(err)
			}
			return data
		})(f)
	}
}

func absent(name string) injury {
	return func(f *fixture) { f.remove(f.path(name)) }
}

// directory puts a directory where a file was.
func directory(name string) injury {
	return func(f *fixture) {
		f.remove(f.path(name))
		f.unlocked(f.path(name), func() error { return os.Mkdir(f.path(name), 0o777) })
	}
}

var zeros = strings.Repeat("\x00", 47)

// The rows of GO-FACTS 6.4, and more of the kind.
var harms = []harm{
	{name: "nothing", want: "none"},

	{name: "zip cut", injuries: []injury{cut("zip")}, want: "deleted zip"},
	{name: "zip flipped", injuries: []injury{flip("zip")}, want: "deleted zip"},
	{name: "zip empty", injuries: []injury{put("zip", "")}, want: "deleted zip"},
	{name: "zip a directory", injuries: []injury{directory("zip")}, want: "deleted zip"},
	{name: "zip absent", injuries: []injury{absent("zip")}, want: "none"},
	{name: "zip cut, tree absent", injuries: []injury{cut("zip"), absent("tree")}, want: "deleted zip", online: true},
	{name: "zip cut, ziphash absent", injuries: []injury{cut("zip"), absent("ziphash")}, want: "deleted zip", online: true},
	{name: "zip of another version", injuries: []injury{other("zip"), absent("tree")}, want: "deleted zip", online: true},

	{name: "ziphash absent", injuries: []injury{absent("ziphash")}, want: "none"},
	{name: "ziphash empty", injuries: []injury{put("ziphash", "")}, want: "replaced ziphash"},
	{name: "ziphash zeros", injuries: []injury{put("ziphash", zeros)}, want: "replaced ziphash"},
	{name: "ziphash wrong", injuries: []injury{put("ziphash", wrongSum)}, want: "replaced ziphash"},
	{name: "ziphash wrong, tree absent", injuries: []injury{put("ziphash", wrongSum), absent("tree")},
		want: "replaced ziphash", wantNo: "deleted zip, deleted ziphash", online: true},
	{name: "ziphash zeros, zip absent", injuries: []injury{put("ziphash", zeros), absent("zip")},
		want: "replaced ziphash", wantNo: "deleted ziphash", online: true},
	{name: "ziphash wrong, zip of another version", injuries: []injury{put("ziphash", wrongSum), other("zip"), absent("tree")},
		want: "deleted zip, deleted ziphash", wantNo: "deleted zip", online: true},

	{name: "mod of another version", injuries: []injury{put("mod", "module example.com/Leaf\n")}, want: "deleted mod", wantNo: "unnoticed", online: true},
	{name: "mod empty", injuries: []injury{put("mod", "")}, want: "deleted mod", online: true},
	{name: "mod zeros", injuries: []injury{put("mod", zeros)}, want: "deleted mod", online: true},
	{name: "mod HTML", injuries: []injury{put("mod", "<!DOCTYPE html>\n<html></html>\n")}, want: "deleted mod", online: true},
	{name: "mod absent", injuries: []injury{absent("mod")}, want: "none", online: true},

	{name: "info cut", injuries: []injury{cut("info")}, want: "deleted info"},
	{name: "info empty", injuries: []injury{put("info", "")}, want: "deleted info"},
	{name: "info of another version", injuries: []injury{other("info")}, want: "deleted info"},

	{name: "go file empty", injuries: []injury{put("tree/name.go", "")}, want: "replaced tree", touched: []string{"name.go"}},
	{name: "go file cut", injuries: []injury{cut("tree/leaf.go")}, want: "replaced tree", touched: []string{"leaf.go"}},
	{name: "go file flipped", injuries: []injury{flip("tree/sub/sub.go")}, want: "replaced tree", touched: []string{"sub"}},
	{name: "go file absent", injuries: []injury{absent("tree/leaf.go")}, want: "replaced tree", touched: []string{"leaf.go"}},
	{name: "go.mod absent", injuries: []injury{absent("tree/go.mod")}, want: "replaced tree", touched: []string{"go.mod"}},
	{name: "file too many", injuries: []injury{put("tree/x.go", "")}, want: "replaced tree", touched: []string{"x.go"}},
	{name: "directory absent", injuries: []injury{absent("tree/sub")}, want: "replaced tree", touched: []string{"sub"}},
	{name: "file for a directory", injuries: []injury{absent("tree/sub"), put("tree/sub", "")}, want: "replaced tree", touched: []string{"sub"}},
	{name: "directory for a file", injuries: []injury{directory("tree/leaf.go"), directory("tree/leaf.go/a"), put("tree/leaf.go/a/b", "")},
		want: "replaced tree", touched: []string{"leaf.go"}},
	{name: "tree emptied", injuries: []injury{absent("tree/go.mod"), absent("tree/leaf.go"), absent("tree/name.go"), absent("tree/sub"), absent("tree/empty")},
		want: "replaced tree", touched: []string{"go.mod", "leaf.go", "name.go", "sub", "empty"}},
	{name: "tree absent", injuries: []injury{absent("tree")}, want: "none"},
	{name: "tree a file", injuries: []injury{absent("tree"), put("tree", "")}, want: "none"},
	{name: "tree and zip damaged", injuries: []injury{cut("tree/leaf.go"), cut("zip")}, want: "deleted zip, deleted tree", online: true},
	{name: "tree and ziphash damaged", injuries: []injury{cut("tree/leaf.go"), put("ziphash", wrongSum)},
		want: "replaced ziphash, replaced tree", wantNo: "deleted zip, deleted ziphash, deleted tree", touched: []string{"leaf.go"}},
	{name: "partial left", injuries: []injury{cut("tree/leaf.go"), put("partial", "")}, want: "none"},

	{name: "lock a directory", injuries: []injury{directory("lock"), absent("tree")}, want: "deleted lock"},
}
