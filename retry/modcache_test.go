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

func TestMend(t *testing.T) {
	t.Parallel()
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			newFixture(t).mend(h, h.want)
		})
		if h.wantNo == "unnoticed" {
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
	for _, injure := range h.injuries {
		injure(f)
	}
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
	if strings.Contains(want, "replaced tree") {
		f.readOnlyTree()
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

// readOnlyTree checks that the extracted tree has the modes that go gives it.
func (f *fixture) readOnlyTree() {
	filepath.WalkDir(f.tree(""), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			f.t.Fatal(err)
		}
		if fi, err := d.Info(); err != nil || fi.Mode().Perm()&0o222 != 0 {
			f.t.Errorf("%s has mode %v (%v), want none to write", name, fi.Mode(), err)
		}
		return nil
	})
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
	rel, err := filepath.Rel(f.tree(""), name)
	if err != nil || len(repairs) == 0 {
		return false
	}
	return slices.ContainsFunc(h.touched, func(touched string) bool {
		return rel == touched || strings.HasPrefix(rel, touched+string(filepath.Separator))
	})
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
