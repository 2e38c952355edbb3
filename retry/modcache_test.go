package retry

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

const wrongSum = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// A harm is a way to damage a cache, and what must be done about it. The paths
// of want are suffixes of leaf's downloaded files, or "tree". touched are the
// files of the tree that may have changed.
type harm struct {
	name    string
	inject  func(f *fixture)
	want    string // with a go.sum
	wantNo  string // without one; "" if it is the same, "none" if nothing is done
	touched []string
	online  bool // what was deleted must be fetched before a build succeeds
}

func cut(name string) string {
	data, _ := os.ReadFile(name)
	return string(data[:len(data)/2])
}

func flipped(name string) string {
	data, _ := os.ReadFile(name)
	data[len(data)/3] ^= 0x40
	return string(data)
}

// otherZip is a sound zip file of another version.
func otherZip(f *fixture) string {
	data, err := os.ReadFile(filepath.Join(f.app, "..", "proxy", "example.com", "!leaf", "@v", "v1.1.0.zip"))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

// The rows of GO-FACTS 6.4, and more of the kind.
var harms = []harm{
	{name: "nothing", inject: func(f *fixture) {}, want: "none"},
	{name: "zip cut", inject: func(f *fixture) { f.damage(f.file("zip"), cut(f.file("zip"))) }, want: "deleted zip"},
	{name: "zip flipped", inject: func(f *fixture) { f.damage(f.file("zip"), flipped(f.file("zip"))) }, want: "deleted zip"},
	{name: "zip empty", inject: func(f *fixture) { f.damage(f.file("zip"), "") }, want: "deleted zip"},
	{name: "zip cut, tree absent", online: true, want: "deleted zip", inject: func(f *fixture) {
		f.damage(f.file("zip"), cut(f.file("zip")))
		f.remove(f.tree(""))
	}},
	{name: "zip cut, ziphash absent", online: true, want: "deleted zip", inject: func(f *fixture) {
		f.damage(f.file("zip"), cut(f.file("zip")))
		f.remove(f.file("ziphash"))
	}},
	{name: "zip of another version", online: true, want: "deleted zip", inject: func(f *fixture) {
		f.damage(f.file("zip"), otherZip(f))
		f.remove(f.tree(""))
	}},
	{name: "zip absent", inject: func(f *fixture) { f.remove(f.file("zip")) }, want: "none"},
	{name: "zip is a directory", want: "deleted zip", inject: func(f *fixture) {
		f.remove(f.file("zip"))
		os.Mkdir(f.file("zip"), 0o777)
	}},
	{name: "ziphash absent", inject: func(f *fixture) { f.remove(f.file("ziphash")) }, want: "none"},
	{name: "ziphash empty", inject: func(f *fixture) { f.damage(f.file("ziphash"), "") }, want: "replaced ziphash"},
	{name: "ziphash of zeros", inject: func(f *fixture) { f.damage(f.file("ziphash"), strings.Repeat("\x00", 47)) }, want: "replaced ziphash"},
	{name: "ziphash wrong", inject: func(f *fixture) { f.damage(f.file("ziphash"), wrongSum) }, want: "replaced ziphash"},
	{name: "ziphash wrong, tree absent", online: true, want: "replaced ziphash", wantNo: "deleted zip, deleted ziphash", inject: func(f *fixture) {
		f.damage(f.file("ziphash"), wrongSum)
		f.remove(f.tree(""))
	}},
	{name: "ziphash of zeros, zip absent", online: true, want: "replaced ziphash", wantNo: "deleted ziphash", inject: func(f *fixture) {
		f.damage(f.file("ziphash"), strings.Repeat("\x00", 47))
		f.remove(f.file("zip"))
	}},
	{name: "ziphash and zip wrong, tree absent", online: true, want: "deleted zip, deleted ziphash", inject: func(f *fixture) {
		f.damage(f.file("ziphash"), wrongSum)
		f.damage(f.file("zip"), otherZip(f))
		f.remove(f.tree(""))
	}, wantNo: "deleted zip"},
	{name: "mod cut", online: true, inject: func(f *fixture) { f.damage(f.file("mod"), cut(f.file("mod"))) }, want: "deleted mod", wantNo: "either"},
	{name: "mod empty", online: true, inject: func(f *fixture) { f.damage(f.file("mod"), "") }, want: "deleted mod"},
	{name: "mod of HTML", online: true, inject: func(f *fixture) { f.damage(f.file("mod"), "<!DOCTYPE html>\n<html></html>\n") }, want: "deleted mod"},
	{name: "mod absent", online: true, inject: func(f *fixture) { f.remove(f.file("mod")) }, want: "none"},
	{name: "info cut", inject: func(f *fixture) { f.damage(f.file("info"), cut(f.file("info"))) }, want: "deleted info"},
	{name: "info of another version", inject: func(f *fixture) { f.damage(f.file("info"), `{"Version":"v1.1.0"}`) }, want: "deleted info"},
	{name: "go file empty", inject: func(f *fixture) { f.damage(f.tree("name.go"), "") }, want: "replaced tree", touched: []string{"name.go"}},
	{name: "go file edited", inject: func(f *fixture) { f.damage(f.tree("sub/sub.go"), "package sub\n\nconst Sub = 9\n") }, want: "replaced tree", touched: []string{"sub/sub.go"}},
	{name: "go file absent", inject: func(f *fixture) { f.remove(f.tree("leaf.go")) }, want: "replaced tree", touched: []string{"leaf.go"}},
	{name: "file too many", inject: func(f *fixture) {
		f.unlocked(f.tree("x.go"), func() error { return os.WriteFile(f.tree("x.go"), []byte("package x"), 0o666) })
	}, want: "replaced tree"},
	{name: "directory absent", inject: func(f *fixture) { f.remove(f.tree("sub")) }, want: "replaced tree", touched: []string{"sub", "sub/sub.go"}},
	{name: "file for a directory", want: "replaced tree", touched: []string{"sub", "sub/sub.go"}, inject: func(f *fixture) {
		f.remove(f.tree("sub"))
		f.damageNew(f.tree("sub"))
	}},
	{name: "directory for a file", want: "replaced tree", touched: []string{"leaf.go"}, inject: func(f *fixture) {
		f.remove(f.tree("leaf.go"))
		f.unlocked(f.tree("leaf.go"), func() error { return os.MkdirAll(f.tree("leaf.go/a/b"), 0o555) })
	}},
	{name: "tree emptied", want: "replaced tree", touched: []string{"go.mod", "leaf.go", "name.go", "sub", "sub/sub.go", "empty", "empty/x.txt"}, inject: func(f *fixture) {
		for _, name := range []string{"go.mod", "leaf.go", "name.go", "sub", "empty"} {
			f.remove(f.tree(name))
		}
	}},
	{name: "tree absent", inject: func(f *fixture) { f.remove(f.tree("")) }, want: "none"},
	{name: "tree damaged, zip cut", online: true, want: "deleted zip, deleted tree", inject: func(f *fixture) {
		f.damage(f.tree("leaf.go"), "")
		f.damage(f.file("zip"), cut(f.file("zip")))
	}},
	{name: "tree damaged, ziphash wrong", want: "replaced ziphash, replaced tree", wantNo: "deleted zip, deleted ziphash, deleted tree", touched: []string{"leaf.go"}, inject: func(f *fixture) {
		f.damage(f.tree("leaf.go"), "")
		f.damage(f.file("ziphash"), wrongSum)
	}},
	{name: "partial left", want: "none", inject: func(f *fixture) {
		f.damage(f.tree("leaf.go"), "")
		f.damageNew(f.file("partial"))
	}},
	{name: "lock is a directory", want: "deleted lock", inject: func(f *fixture) {
		f.remove(f.file("lock"))
		os.Mkdir(f.file("lock"), 0o777)
		f.remove(f.tree(""))
	}},
}

func (f *fixture) damageNew(name string) {
	f.t.Helper()
	f.unlocked(name, func() error { return os.WriteFile(name, nil, 0o666) })
}

func TestMend(t *testing.T) {
	t.Parallel()
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.mend(h, h.want)
		})
		if h.wantNo == "either" {
			continue
		}
		t.Run(h.name+", no go.sum", func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.cache.Sums = nil
			want := h.want
			if h.wantNo != "" {
				want = h.wantNo
			}
			f.mend(h, want)
		})
	}
}

// mend injects a harm, mends it, and looks whether that was the least that
// heals it.
func (f *fixture) mend(h harm, want string) {
	t := f.t
	t.Helper()
	f.mustGo("build", ".")
	h.inject(f)
	before := f.files()
	seen, err := f.cache.Damaged(t.Context(), []module.Version{leaf})
	if err != nil {
		t.Errorf("Damaged: %v", err)
	}
	if after := f.files(); len(changed(before, after)) != 0 {
		t.Errorf("Damaged changed %q", changed(before, after))
	}
	repairs, err := f.cache.Mend(t.Context(), leaf)
	if got := f.describe(repairs); err != nil || got != want && want+got != "none" {
		t.Fatalf("Mend: %s (%v), want %s\n%v", got, err, want, repairs)
	}
	if len(seen) != len(repairs) {
		t.Errorf("Damaged found %v, Mend did %v", seen, repairs)
	}
	for _, name := range changed(before, f.files()) {
		if !f.mayChange(name, h, repairs) {
			t.Errorf("%s was not damaged, and has changed", name)
		}
	}
	if h.online || strings.Contains(want, "deleted ziphash") {
		f.mustGo("build", ".")
	} else {
		f.mustGo("GOPROXY=off", "build", ".")
	}
	f.mustGo("mod", "download")
	f.mustGo("mod", "verify")
	if again, err := f.cache.Mend(t.Context(), leaf); err != nil || len(again) > 0 {
		t.Errorf("Mend again: %v (%v)", again, err)
	}
}

// describe puts repairs into the words of a harm.
func (f *fixture) describe(repairs []Repair) string {
	var s []string
	for _, r := range repairs {
		name := strings.TrimPrefix(r.Path, f.file(""))
		if r.Path == f.tree("") {
			name = "tree"
		}
		if r.Module != leaf || r.Damage == "" {
			f.t.Errorf("a repair that does not tell what was wrong: %v", r)
		}
		s = append(s, r.Action+" "+name)
	}
	return strings.Join(s, ", ")
}

// mayChange reports whether a harm and its repairs account for a change.
func (f *fixture) mayChange(name string, h harm, repairs []Repair) bool {
	for _, r := range repairs {
		if r.Path == name || r.Action == "deleted" && strings.HasPrefix(name, r.Path+string(filepath.Separator)) {
			return true
		}
	}
	if len(repairs) == 0 {
		return false
	}
	rel, err := filepath.Rel(f.tree(""), name)
	return err == nil && (slices.Contains(h.touched, filepath.ToSlash(rel)) || strings.Contains(rel, "leaf.go") || rel == "x.go")
}

// changed lists the files that are new, gone, or other than before. Of
// directories only the mode counts: what is in them has names of its own.
func changed(before, after map[string]fs.FileInfo) (names []string) {
	for name, old := range before {
		now, ok := after[name]
		same := ok && now.Mode() == old.Mode() && os.SameFile(old, now)
		if same && !old.IsDir() {
			same = now.ModTime().Equal(old.ModTime()) && now.Size() == old.Size()
		}
		if !same {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}
