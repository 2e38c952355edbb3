//go:build unix

package wrapper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A place is a scratch directory with programs in it. Our own program is the
// test binary: os.Executable, linked to where a case wants it.
type place struct {
	t   *testing.T
	dir string
}

func newPlace(t *testing.T) place {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return place{t, dir}
}

func (p place) path(name string) string { return filepath.Join(p.dir, name) }

// program makes an executable file.
func (p place) program(name string) string {
	p.t.Helper()
	p.mkdir(filepath.Dir(name))
	if err := os.WriteFile(p.path(name), []byte("#!/bin/sh\n"), 0o755); err != nil {
		p.t.Fatal(err)
	}
	return p.path(name)
}

// toolchain makes a GOROOT with a go in it.
func (p place) toolchain(root string) string {
	p.t.Helper()
	p.mkdir(filepath.Join(root, "pkg/tool"))
	return p.program(filepath.Join(root, "bin/go"))
}

func (p place) mkdir(name string) {
	p.t.Helper()
	if err := os.MkdirAll(p.path(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) link(target, name string) string {
	p.t.Helper()
	p.mkdir(filepath.Dir(name))
	if err := os.Symlink(target, p.path(name)); err != nil {
		p.t.Fatal(err)
	}
	return p.path(name)
}

func executablePath(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func TestFind(t *testing.T) {
	t.Parallel()
	exe := executablePath(t)
	tests := []struct {
		name string
		make func(p place) Search
		want string // below the place; empty: none
	}{
		{"below our own place", func(p place) Search {
			p.toolchain("above")
			p.link(exe, "shim/go")
			p.toolchain("root")
			return Search{Path: p.path("above/bin") + ":" + p.path("shim") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"not on PATH ourselves", func(p place) Search {
			p.toolchain("root")
			return Search{Path: p.path("root/bin")}
		}, "root/bin/go"},
		{"under the name of the alias", func(p place) Search {
			p.toolchain("above")
			p.link(exe, "shim/gosafe")
			p.toolchain("root")
			return Search{Path: p.path("above/bin") + ":" + p.path("shim") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"another link to ourselves", func(p place) Search {
			p.link(exe, "one/go")
			p.link(exe, "two/go")
			p.toolchain("root")
			return Search{Path: p.path("one") + ":" + p.path("two") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"a hard link to ourselves, and odd ways to write where it is", func(p place) Search {
			p.mkdir("hard/x")
			if err := os.Link(exe, p.path("hard/go")); err != nil {
				p.link(exe, "hard/go") // on another file system
			}
			p.toolchain("root")
			return Search{Path: p.path("hard") + "//:" + p.path("hard") + "/./:" + p.path("hard") + "/x/..:" + p.path("root/bin")}
		}, "root/bin/go"},
		{"sixty entries that are not there", func(p place) Search {
			p.toolchain("root")
			return Search{Path: strings.Repeat(p.path("gone")+":", 60) + p.path("root/bin")}
		}, "root/bin/go"},
		{"no PATH", func(p place) Search {
			return Search{Default: p.toolchain("usr/local/go")}
		}, "usr/local/go/bin/go"},
		{"the file that has just taken our place", func(p place) Search {
			p.program("shim/go") // where we were started from holds another file by now
			p.toolchain("root")
			return Search{Self: p.path("shim/go"), Path: p.path("shim") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"never the current directory", func(p place) Search {
			p.toolchain("root")
			return Search{Path: ":.:bin:./bin:" + p.path("root/bin")}
		}, "root/bin/go"},
		{"not a directory, not a file without x", func(p place) Search {
			p.mkdir("dir/go")
			os.WriteFile(p.path("plain"), nil, 0o644)
			p.mkdir("file")
			os.WriteFile(p.path("file/go"), nil, 0o644)
			p.toolchain("root")
			return Search{Path: p.path("dir") + ":" + p.path("file") + ":" + p.path("gone") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"through a link, unresolved", func(p place) Search {
			p.link(p.toolchain("lib/go-1.26"), "usr/bin/go")
			return Search{Path: p.path("usr/bin")}
		}, "usr/bin/go"},
		{"spaces, newlines and = in PATH", func(p place) Search {
			p.toolchain("a b=c\nd")
			return Search{Path: p.path("a b=c\nd/bin")}
		}, "a b=c\nd/bin/go"},
		{"GOROOT", func(p place) Search {
			p.toolchain("root")
			return Search{Path: p.path("nothing"), Goroot: p.path("root")}
		}, "root/bin/go"},
		{"a relative GOROOT is none", func(p place) Search {
			return Search{Goroot: "root"}
		}, ""},
		{"GOSAFE_GO before PATH", func(p place) Search {
			p.toolchain("root")
			return Search{Override: []string{p.toolchain("mine"), "-x"}, Path: p.path("root/bin")}
		}, "mine/bin/go"},
		{"the other program of our installation, by links: as gosafe", func(p place) Search {
			p.program("dir/gosafe-shim")
			p.link("gosafe-shim", "dir/go")
			p.link(p.path("dir/gosafe-shim"), "shim/go")
			p.toolchain("above")
			p.toolchain("root")
			return Search{Self: p.program("dir/gosafe"), Path: p.path("above/bin") + ":" + p.path("dir") + "/:" + p.path("shim") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"the other program of our installation, by links: as gosafe-shim", func(p place) Search {
			p.program("dir/gosafe")
			p.link(p.path("dir/gosafe"), "alias/gosafe")
			p.link(p.path("dir/gosafe"), "old/go")
			p.toolchain("above")
			p.toolchain("root")
			return Search{Self: p.program("dir/gosafe-shim"), Path: p.path("above/bin") + ":" + p.path("alias") + ":" + p.path("old") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"the other program of our installation, by a hard link", func(p place) Search {
			p.mkdir("hard")
			if err := os.Link(p.program("dir/gosafe-shim"), p.path("hard/go")); err != nil {
				p.t.Skip(err)
			}
			p.toolchain("root")
			return Search{Self: p.program("dir/gosafe"), Path: p.path("hard") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"a link to the other program where a toolchain's go belongs", func(p place) Search {
			p.toolchain("gone")
			os.Remove(p.path("gone/bin/go"))
			p.link(p.program("dir/gosafe-shim"), "gone/bin/go")
			p.toolchain("root")
			return Search{Self: p.program("dir/gosafe"), Path: p.path("dir") + ":" + p.path("gone/bin") + ":" + p.path("root/bin")}
		}, "root/bin/go"},
		{"a program beside us that is none of our installation", func(p place) Search {
			p.toolchain("root")
			p.link(p.path("root/bin/go"), "dir/go")
			return Search{Self: p.program("dir/gosafe-old"), Path: p.path("dir")}
		}, "dir/go"},
		{"none", func(p place) Search {
			p.link(exe, "shim/go")
			return Search{Path: p.path("shim")}
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			s := tt.make(p)
			if s.Self == "" {
				s.Self = exe
			}
			if s.Default == "" {
				s.Default = p.path("no such")
			}
			got, err := s.Find()
			if tt.want == "" {
				if !errors.Is(err, ErrNoGo) {
					t.Fatalf("found %q, %v; want ErrNoGo", got.Path, err)
				}
				return
			}
			if err != nil || got.Path != p.path(tt.want) {
				t.Fatalf("found %q, %v; want %q", got.Path, err, p.path(tt.want))
			}
			if got.mark != "" {
				t.Errorf("a toolchain's go is marked: %q", got.mark)
			}
		})
	}
}

func TestFindRecorded(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	want := p.toolchain("root")
	exe := p.program("opt/gosafe")
	if err := os.WriteFile(p.path("opt/"+RecordName), []byte(want+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Search{Self: exe, Default: p.path("none")}.Find()
	if err != nil || got.Path != want {
		t.Errorf("found %q, %v; want %q", got.Path, err, want)
	}
}

func TestCheckOverride(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	exe := executablePath(t)
	tests := []struct{ path, want string }{
		{p.toolchain("root"), ""},
		{"bin/go", "not an absolute path"},
		{p.path("gone"), "not an executable file"},
		{p.dir, "not an executable file"},
		{p.link(exe, "me/go"), "gosafe itself"},
	}
	for _, tt := range tests {
		err := Search{Self: exe, Override: []string{tt.path}}.CheckOverride()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("CheckOverride(%s) = %v, want %q", tt.path, err, tt.want)
		}
	}
}

// TestHops walks through what two shims do to each other: the hop is marked,
// and whoever enters with a mark of this very call goes on below it.
func TestHops(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	exe := executablePath(t)
	p.link(exe, "shim/go")
	p.program("asdf/go")
	p.program("mise/go")
	p.toolchain("root")
	path := strings.Join([]string{p.path("asdf"), p.path("shim"), p.path("mise"), p.path("asdf"), p.path("root/bin")}, ":")
	s := Search{Path: path, Self: exe, Default: p.path("none")}
	var visited []string
	for range 10 {
		g, err := s.Find()
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(p.dir, g.Path)
		visited = append(visited, rel)
		if g.Root != "" {
			break
		}
		env := g.Environ([]string{"A=1", HopVar + "=old"})
		if len(env) != 2 || !strings.HasPrefix(env[1], HopVar+"=") {
			t.Fatalf("environment of a hop: %q", env)
		}
		s.Mark = strings.TrimPrefix(env[1], HopVar+"=")
	}
	if got, want := strings.Join(visited, " "), "mise/go asdf/go root/bin/go"; got != want {
		t.Errorf("visited %s, want %s", got, want)
	}
}

func TestHopsForeignMark(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	exe := executablePath(t)
	p.program("asdf/go")
	p.toolchain("root")
	s := Search{Path: p.path("asdf") + ":" + p.path("root/bin"), Self: exe, Default: p.path("none")}
	for _, tt := range []struct{ mark, want string }{
		{"1:1:" + p.path("asdf/go"), "asdf/go"},                                  // init is nobody's hop
		{"garbage", "asdf/go"},                                                   //
		{"-1:1:x", "asdf/go"},                                                    //
		{fmt.Sprintf("%d:1:/moved/go", os.Getpid()), "root/bin/go"},              // ours, but PATH has changed
		{"999999999:" + fmt.Sprint(maxHops+1) + ":" + "/x/go", "root/bin/go"},    // a loop that the pids do not show
		{fmt.Sprintf("%d:1:%s", os.Getppid(), p.path("asdf/go")), "root/bin/go"}, // a guarded hop exec'd us
	} {
		s.Mark = tt.mark
		g, err := s.Find()
		if err != nil || g.Path != p.path(tt.want) {
			t.Errorf("mark %q: found %q, %v; want %q", tt.mark, g.Path, err, tt.want)
		}
	}
}

func TestArgv(t *testing.T) {
	t.Parallel()
	g := Go{Path: "/r/bin/go"}
	for _, tt := range []struct{ called, want string }{
		{"go build", "go build"},
		{"/shim/go build", "/shim/go build"},
		{"gosafe build", "/r/bin/go build"},
		{"", "/r/bin/go"},
	} {
		if got := strings.Join(g.Argv(strings.Fields(tt.called)), " "); got != tt.want {
			t.Errorf("Argv(%s) = %s, want %s", tt.called, got, tt.want)
		}
	}
	g.Args = []string{"-n", "5", "/r/bin/go"}
	if got := fmt.Sprint(g.Argv([]string{"go", "vet"})); got != "[/r/bin/go -n 5 /r/bin/go vet]" {
		t.Errorf("with arguments of GOSAFE_GO: %s", got)
	}
}

func TestEnvironUntouched(t *testing.T) {
	t.Parallel()
	env := []string{"A=1", "A=2", "odd", "=x", "B=\xff\n"}
	if got := (Go{}).Environ(env); &got[0] != &env[0] || len(got) != len(env) {
		t.Errorf("the environment of a toolchain's go was copied: %q", got)
	}
	if got := (Go{}).Environ(append(env, HopVar+"=1:1:x")); len(got) != len(env) {
		t.Errorf("the mark is left to a toolchain: %q", got)
	}
}
