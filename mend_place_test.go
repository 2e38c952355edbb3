//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// places are where a cache may lie that make mending harder.
var places = []struct {
	name string
	make func(t *testing.T) *patient
}{
	{"another file system", func(t *testing.T) *patient {
		dir, err := os.MkdirTemp("/dev/shm", "gosafe-test")
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { writable(dir); os.RemoveAll(dir) })
		p := newPatientIn(t, dir)
		p.set("TMPDIR=" + t.TempDir())
		return p
	}},
	{"links", func(t *testing.T) *patient {
		p := newPatient(t)
		for _, v := range []struct{ name, dir string }{{"GOMODCACHE", "mod"}, {"GOCACHE", "builds"}, {"GOPATH", "gopath"}} {
			link := p.path("link-to-" + v.dir)
			if err := os.MkdirAll(p.path(v.dir), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(p.path(v.dir), link); err != nil {
				t.Fatal(err)
			}
			p.set(v.name + "=" + link)
		}
		return p
	}},
}

func TestMendPlaces(t *testing.T) {
	t.Parallel()
	for _, place := range places {
		for _, in := range []injury{
			{name: "go file", damage: changing(leafTree+"/m.go", zeroed), says: `replaced m01@v1.1.1`, also: []string{"builds/*/*-a"}},
			{name: "zip", damage: noTree(leafFiles+".zip", halved), says: `deleted v1.1.1.zip`, also: []string{leafFiles + ".ziphash"}},
			{name: "ziphash", damage: changing(leafFiles+".ziphash", becomes(wrongHash)), says: `replaced v1.1.1.ziphash`},
			{name: "lookup", command: "mod tidy", damage: changing(lookupOf, halved), says: `deleted sum.test/lookup/`},
			{name: "index", damage: func(p *patient) {
				for _, name := range p.outputs(isIndex) {
					p.change(name, zeroed)
				}
			}, says: `damaged entries of the build cache`, also: []string{"builds/*/*-a", ""}},
		} {
			t.Run(place.name+", "+in.name, func(t *testing.T) {
				t.Parallel()
				p := place.make(t)
				if in.name == "lookup" {
					p.withSumDB()
				}
				p.heal(&in)
			})
		}
	}
}

// stranger makes the caches ones that whoever runs gosafe may not write: another
// user's, if we may become one, or read-only.
func (p *patient) stranger() (explained string) {
	t := p.t
	t.Helper()
	if err := os.MkdirAll(p.path("own"), 0o777); err != nil {
		t.Fatal(err)
	}
	p.set("TMPDIR=" + p.path("own"))
	if os.Geteuid() != 0 {
		for _, root := range []string{"mod", "builds"} {
			filepath.WalkDir(p.path(root), func(name string, d os.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					os.Chmod(name, 0o555)
				}
				return err
			})
		}
		return " is mode 0"
	}
	// Another user has to reach our caches and our program.
	for dir := p.dir; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"own", "app", "app/go.mod", "app/go.sum"} {
		if err := os.Chown(p.path(name), nobody, nobody); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return " is owned by uid 0, not 65534, mode 0"
}

const nobody = 65534

// runAs runs one of our programs as the stranger.
func (p *patient) runAs(name string, args ...string) (string, error) {
	p.t.Helper()
	cmd := exec.Command(filepath.Join(aloneDir(), name), args...)
	if os.Geteuid() == 0 {
		cmd.Path = p.path(name)
		if err := copyFile(cmd.Path, filepath.Join(aloneDir(), name)); err != nil {
			p.t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Dir, cmd.Env = p.path("app"), p.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copyFile copies a program. Another process does it: a descriptor of ours
// that is open for writing would be in the children of other tests for a moment,
// and the program busy (go.dev/issue/22315).
func copyFile(to, from string) error { return exec.Command("cp", from, to).Run() }

// TestMendForeign: a cache that is not ours to write is left as it is, and the
// user is told whose it is. It is what a container's layer or a shared cache is.
func TestMendForeign(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		damage  func(*patient)
		command string
		says    string
	}{
		{"mod", changing(leafFiles+".mod", halved), "build -o own/x .", "mending demo.test/m01@v1.1.1: "},
		{"go file", changing(leafTree+"/m.go", zeroed), "build -o own/x .", "mending demo.test/m01@v1.1.1: "},
		{"lookup", func(p *patient) { p.withSumDB(); p.change(lookupOf, halved) }, "mod tidy", "mending the checksum database's cache: "},
		{"build cache", func(p *patient) {
			for _, name := range p.outputs(isIndex) {
				p.change(name, zeroed)
			}
		}, "build -o own/x .", ""}, // go may fail of something that it cannot write, first
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.injure(tt.damage)
			explained := p.stranger()
			if tt.name != "build cache" {
				p.set("GOCACHE=" + p.path("own/builds"))
			}
			p.settled = p.caches()
			out, err := p.runAs("go", strings.Fields(strings.ReplaceAll(tt.command, "own/", p.path("own")+"/"))...)
			told := tt.says == "" || strings.Contains(out, tt.says) && strings.Contains(out, explained)
			if err == nil || !strings.Contains(out, "permission denied") || !told {
				t.Errorf("%v, want %q and %q\n%s", err, tt.says, explained, out)
			}
			t.Log(out)
			out, err = p.runAs("gosafe", "repair", "all")
			if exit := (*exec.ExitError)(nil); !asExit(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, explained) {
				t.Errorf("repair: %v\n%s", err, out)
			}
			t.Log(out)
			if names := p.touched(); len(names) > 0 {
				t.Errorf("%v were touched", names)
			}
		})
	}
}
