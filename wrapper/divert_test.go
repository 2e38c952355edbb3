//go:build unix

package wrapper

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// divert does to a toolchain what install.sh --divert does: our programs lie in
// the place of its go command, which is put aside.
func (p place) divert(root string) {
	p.t.Helper()
	p.toolchain(root)
	bin := filepath.Join(root, "bin")
	p.rename(filepath.Join(bin, "go"), filepath.Join(bin, DivertedName))
	p.holding(filepath.Join(bin, "gosafe"), "the whole of it")
	p.holding(filepath.Join(bin, "gosafe-shim"), "shim")
	p.holding(filepath.Join(bin, "go"), "shim")
}

func (p place) rename(from, to string) {
	p.t.Helper()
	if err := os.Rename(p.path(from), p.path(to)); err != nil {
		p.t.Fatal(err)
	}
}

// holding makes an executable file with something in it, in place of what has
// that name.
func (p place) holding(name, content string) {
	p.t.Helper()
	os.Remove(p.program(name))
	if err := os.WriteFile(p.path(name), []byte(content), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) remove(name string) {
	p.t.Helper()
	if err := os.Remove(p.path(name)); err != nil {
		p.t.Fatal(err)
	}
}

func TestDiverted(t *testing.T) {
	t.Parallel()
	const kept = "root/bin/" + DivertedName
	tests := []struct {
		name string
		make func(p place) Search // below a diverted GOROOT named root, and an installation in dir
		want string
	}{
		{"called below go, which puts GOROOT/bin first on PATH", func(p place) Search {
			return Search{Self: p.path("root/bin/go"), Path: p.path("root/bin") + ":" + p.path("dir") + ":" + p.path("root/bin")}
		}, kept},
		{"as the gosafe that the shim there becomes", func(p place) Search {
			return Search{Self: p.path("root/bin/gosafe"), Path: p.path("root/bin")}
		}, kept},
		{"called by its path, another go first on PATH and as GOROOT", func(p place) Search {
			p.toolchain("other")
			return Search{Self: p.path("root/bin/go"), Path: p.path("other/bin"), Goroot: p.path("other")}
		}, kept},
		{"called by its path, with another go as override", func(p place) Search {
			return Search{Self: p.path("root/bin/go"), Override: []string{p.toolchain("other")}}
		}, kept},
		{"called by its path, another diverted go first on PATH", func(p place) Search {
			p.divert("other")
			return Search{Self: p.path("root/bin/go"), Path: p.path("other/bin") + ":" + p.path("root/bin")}
		}, kept},
		{"from our own place on PATH", func(p place) Search {
			return Search{Self: p.path("dir/gosafe-shim"), Path: p.path("dir") + ":" + p.path("root/bin")}
		}, kept},
		{"from our own place on PATH, as gosafe", func(p place) Search {
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("root/bin")}
		}, kept},
		{"through a link as distributions have it", func(p place) Search {
			p.link("../../root/bin/go", "usr/bin/go")
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("usr/bin")}
		}, kept},
		{"through a link to the toolchain, unresolved", func(p place) Search {
			p.link("root", "current")
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("current/bin")}
		}, "current/bin/" + DivertedName},
		{"as GOROOT", func(p place) Search {
			return Search{Self: p.path("dir/gosafe"), Goroot: p.path("root")}
		}, kept},
		{"as the default place", func(p place) Search {
			return Search{Self: p.path("dir/gosafe"), Default: p.path("root/bin/go")}
		}, kept},
		{"as the recorded one", func(p place) Search {
			os.WriteFile(p.path("dir/"+RecordName), []byte(p.path("root/bin/go")+"\n"), 0o644)
			return Search{Self: p.path("dir/gosafe-shim")}
		}, kept},
		{"as the override", func(p place) Search {
			return Search{Self: p.path("dir/gosafe"), Override: []string{p.path("root/bin/go")}}
		}, kept},
		{"as the override, by the name it has now", func(p place) Search {
			return Search{Self: p.path("dir/gosafe"), Override: []string{p.path(kept)}}
		}, kept},
		{"a newer Go was installed over ours", func(p place) Search {
			p.holding("root/bin/go", "a new and longer go")
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"a newer Go was written into ours", func(p place) Search {
			os.WriteFile(p.path("root/bin/go"), []byte("a new and longer go"), 0o755)
			return Search{Self: p.path("root/bin/gosafe"), Path: p.path("root/bin")}
		}, "root/bin/go"},
		{"a newer Go was installed while we started", func(p place) Search {
			if runtime.GOOS != "linux" {
				p.t.Skip("only Linux tells which file was started")
			}
			p.holding("root/bin/go", "a new and longer go")
			return Search{Self: p.path("root/bin/go"), Path: p.path("root/bin")}
		}, "root/bin/go"},
		{"undone while we started", func(p place) Search {
			if runtime.GOOS != "linux" {
				p.t.Skip("only Linux tells which file was started")
			}
			p.rename(kept, "root/bin/go")
			p.remove("root/bin/gosafe-shim")
			p.remove("root/bin/gosafe")
			return Search{Self: p.path("root/bin/go"), Path: p.path("root/bin")}
		}, "root/bin/go"},
		{"half way, called in its place", func(p place) Search {
			p.remove("root/bin/gosafe-shim")
			return Search{Self: p.path("root/bin/go"), Path: p.path("root/bin")}
		}, kept},
		{"half way, as the gosafe there", func(p place) Search {
			p.remove("root/bin/gosafe-shim")
			return Search{Self: p.path("root/bin/gosafe"), Path: p.path("root/bin")}
		}, kept},
		{"half way, from elsewhere: it knows for itself", func(p place) Search {
			p.remove("root/bin/gosafe-shim")
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"gone, from elsewhere: it would come back to us", func(p place) Search {
			p.remove(kept)
			p.toolchain("other")
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("root/bin") + ":" + p.path("other/bin")}
		}, "other/bin/go"},
		{"a gosafe that somebody has put beside a toolchain's go", func(p place) Search {
			p.remove(kept)
			p.holding("root/bin/go", "the toolchain's own")
			p.toolchain("other")
			return Search{Self: p.path("root/bin/gosafe"), Path: p.path("root/bin") + ":" + p.path("other/bin")}
		}, "other/bin/go"},
		{"something of that name that is no program", func(p place) Search {
			p.remove(kept)
			p.mkdir(kept)
			p.holding("root/bin/go", "the toolchain's own")
			return Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.divert("root")
			p.holding("dir/gosafe", "the whole of it, of another version")
			p.holding("dir/gosafe-shim", "shim of another version")
			p.link("gosafe-shim", "dir/go")
			s := tt.make(p)
			if s.Default == "" {
				s.Default = p.path("no such")
			}
			if err := s.CheckOverride(); err != nil {
				t.Error(err)
			}
			got, err := s.Find()
			if err != nil || got.Path != p.path(tt.want) {
				t.Fatalf("found %q, %v; want %q", got.Path, err, p.path(tt.want))
			}
			if root := filepath.Dir(filepath.Dir(got.Path)); got.Root != root {
				t.Errorf("its GOROOT is %q, want %q", got.Root, root)
			}
			if got.mark != "" || got.Inner {
				t.Errorf("a toolchain's go is marked %q, inner %v", got.mark, got.Inner)
			}
		})
	}
}

// In the place of a toolchain's go, with that one gone, nothing else is run: a
// search would come back to us.
func TestDivertedGone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.divert("root")
	p.remove("root/bin/" + DivertedName)
	s := Search{Self: p.path("root/bin/gosafe"), Path: p.path("root/bin") + ":" + p.path("dir"), Default: p.path("root/bin/go")}
	gone := func() {
		t.Helper()
		if got, err := s.Find(); err == nil || errors.Is(err, ErrNoGo) || !strings.Contains(err.Error(), "install Go again") {
			t.Errorf("found %q, %v; want to be told what is gone", got.Path, err)
		}
	}
	gone()
	p.remove("root/bin/go")
	exe := executablePath(t)
	if err := os.Link(exe, p.path("root/bin/go")); err != nil {
		t.Skip(err) // we are known by our file
	}
	p.link(exe, "dir/go")
	s.Self = p.path("root/bin/go")
	gone()
}

// A version manager between one of us and a diverted go: the inner one passes.
func TestDivertedBelowHop(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.divert("root")
	p.program("dir/gosafe")
	p.program("asdf/go")
	outer := Search{Self: p.path("dir/gosafe"), Path: p.path("dir") + ":" + p.path("asdf") + ":" + p.path("root/bin"), Default: p.path("none")}
	hop, err := outer.Find()
	if err != nil || hop.Path != p.path("asdf/go") || hop.mark == "" {
		t.Fatalf("found %q with mark %q, %v; want the hop", hop.Path, hop.mark, err)
	}
	inner := Search{Self: p.path("root/bin/go"), Path: outer.Path, Mark: hop.mark}
	got, err := inner.Find()
	if err != nil || got.Path != p.path("root/bin/"+DivertedName) || !got.Inner || got.mark != "" {
		t.Errorf("below the hop: %+v, %v", got, err)
	}
}
