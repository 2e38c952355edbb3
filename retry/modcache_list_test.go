package retry

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

func TestModuleOf(t *testing.T) {
	t.Parallel()
	c := ModCache{Dir: t.TempDir()}
	for path, want := range map[string]string{
		"cache/download/example.com/!leaf/@v/v1.0.0.zip":                     "example.com/Leaf@v1.0.0",
		"cache/download/example.com/!leaf/@v/v1.0.0.ziphash":                 "example.com/Leaf@v1.0.0",
		"cache/download/example.com/!leaf/@v/v1.0.0-2.!r!c.mod":              "example.com/Leaf@v1.0.0-2.RC",
		"cache/download/gopkg.in/yaml.v3/@v/v3.0.1.lock":                     "gopkg.in/yaml.v3@v3.0.1",
		"example.com/!leaf@v1.0.0":                                           "example.com/Leaf@v1.0.0",
		"example.com/!leaf@v1.0.0/sub/x@y.go":                                "example.com/Leaf@v1.0.0",
		"example.com/old@v2.0.0+incompatible/old.go":                         "example.com/old@v2.0.0+incompatible",
		"cache/download/example.com/!leaf/@v/list":                           "",
		"cache/download/example.com/!leaf/@v/main.info":                      "",
		"cache/download/example.com/!leaf/@v/v1.info":                        "",
		"cache/download/example.com/!leaf/@v/v1.0.0.zip123.tmp":              "",
		"cache/download/example.com/!leaf/@v/v1.0.0/x.zip":                   "",
		"cache/download/sumdb/sum.golang.org/lookup/example.com/leaf@v1.0.0": "",
		"cache/vcs/" + hash + "/HEAD":                                        "",
		"cache/lock":                                                         "",
		"../elsewhere@v1.0.0/x.go":                                           "",
		".":                                                                  "",
	} {
		m, ok := c.ModuleOf(filepath.Join(c.Dir, filepath.FromSlash(path)))
		if got := m.String(); ok != (want != "") || ok && got != want {
			t.Errorf("ModuleOf(%s): %s, %v, want %q", path, got, ok, want)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.write(filepath.Join(f.cache.Dir, "cache", "download", "sumdb", "x", "lookup", "example.com", "y@v1.0.0"), "")
	old := module.Version{Path: "example.com/old", Version: "v2.0.0+incompatible"}
	if got, err := f.cache.Versions(""); err != nil || !slices.Equal(got, []module.Version{leaf, old}) {
		t.Errorf("all: %v (%v)", got, err)
	}
	if got, err := f.cache.Versions(leaf.Path); err != nil || !slices.Equal(got, []module.Version{leaf}) {
		t.Errorf("of leaf: %v (%v)", got, err)
	}
	if got, err := f.cache.Versions("example.com/none"); err != nil || len(got) > 0 {
		t.Errorf("of none: %v (%v)", got, err)
	}
	if _, err := f.cache.Versions("../x"); err == nil {
		t.Error("Versions accepts a path that leads out of the cache")
	}
	if !f.cache.Holds(leaf) || f.cache.Holds(module.Version{Path: leaf.Path, Version: "v1.0.1"}) {
		t.Error("Holds")
	}
	f.remove(f.file("ziphash"))
	if got := f.cache.Unhashed([]module.Version{leaf, old}); !slices.Equal(got, []module.Version{leaf}) {
		t.Errorf("Unhashed: %v", got)
	}
}

// TestTorn: what a crash does to a file is told from what a person does.
func TestTorn(t *testing.T) {
	t.Parallel()
	whole := sources[leaf]["leaf.go"]
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"sound", whole, false},
		{"cut", whole[:20], true},
		{"empty", "", true},
		{"NULs at the end", whole[:20] + strings.Repeat("\x00", 10), true},
		{"edited", strings.ReplaceAll(whole, "name", "nam"), false},
		{"added to", whole + "\nfunc More() {}\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.damage(f.tree("leaf.go"), tt.text)
			if got := f.cache.Torn(leaf); got != tt.want {
				t.Errorf("Torn: %v", got)
			}
			// One that is edited is enough to leave all as it is.
			f.remove(f.tree("name.go"))
			if got := f.cache.Torn(leaf); got != (tt.want || tt.name == "sound") {
				t.Errorf("Torn, and a file is gone: %v", got)
			}
		})
	}
}
