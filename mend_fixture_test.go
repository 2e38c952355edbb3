package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gosafe/internal/faultproxy"
)

// A patient is an app with caches of its own, filled by the real go from a
// proxy on loopback, to be damaged and then built through gosafe.
type patient struct {
	t       *testing.T
	dir     string
	env     []string // that of a user with gosafe first on PATH
	proxy   *faultproxy.Server
	settled map[string]fs.FileInfo // sound files, and what they were before gosafe ran
}

// warmBuilds makes a build cache in which what every program needs is compiled.
// The cases get copies of it: a build from nothing takes seconds.
var warmBuilds = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(filepath.Dir(aloneDir()), "builds") // testscript.Main removes it
	app := filepath.Join(dir, "app")
	if err := os.MkdirAll(app, 0o777); err != nil {
		return "", err
	}
	for name, text := range map[string]string{"go.mod": "module warm.test\n\ngo 1.18\n", "main.go": "package main\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "build", "-o", os.DevNull, ".")
	cmd.Dir = app
	cmd.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"), "GOFLAGS=", "GOENV=off", "GOWORK=off", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("filling a build cache: %v\n%s", err, out)
	}
	return filepath.Join(dir, "cache"), nil
})

// newPatient makes an app that needs three modules, and builds it once.
func newPatient(t *testing.T) *patient {
	t.Helper()
	return newPatientIn(t, t.TempDir())
}

// newPatientIn makes it in a directory that the caller has made for it.
func newPatientIn(t *testing.T, dir string) *patient {
	t.Helper()
	if realGo().goroot == "" {
		t.Skip("no go command")
	}
	builds, err := warmBuilds()
	if err != nil {
		t.Fatal(err)
	}
	p := &patient{t: t, dir: dir}
	t.Cleanup(func() { writable(p.dir) })
	graph := faultproxy.Graph(3)
	if p.proxy, err = faultproxy.Start(faultproxy.Config{Modules: graph, OneShot: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.proxy.Close() })
	files, err := faultproxy.Program(graph)
	if err != nil {
		t.Fatal(err)
	}
	files["main.go"] = "package main\n\nimport first \"demo.test/m00\"\n\nfunc main() { println(first.Count()) }\n" // quick to link: no fmt
	for name, text := range files {
		p.write(filepath.Join("app", name), text)
	}
	if err := linkTree(p.path("builds"), builds); err != nil {
		t.Fatal(err)
	}
	if err := faultproxy.NoTelemetry(p.path("home")); err != nil {
		t.Fatal(err)
	}
	p.env = []string{
		"PATH=" + strings.Join([]string{shimDir(), filepath.Join(realGo().goroot, "bin"), "/usr/local/bin", "/usr/bin", "/bin"}, string(os.PathListSeparator)),
		"HOME=" + p.path("home"), "TMPDIR=" + p.dir, "XDG_CONFIG_HOME=", "GIT_CONFIG_NOSYSTEM=1",
		"GOPATH=" + p.path("gopath"), "GOMODCACHE=" + p.path("mod"), "GOCACHE=" + p.path("builds"),
		"GOENV=off", "GOFLAGS=", "GOWORK=off", "GOPROXY=" + p.proxy.URL(), "GOSUMDB=off", "GOTOOLCHAIN=local",
		"GOSAFE_PATIENCE=20s",
	}
	p.must("mod", "download")
	p.must("build", "-o", "x", ".")
	return p
}

// linkTree makes a copy of a build cache that costs little: go itself never
// changes a sound output, and an entry only for one that says the same.
func linkTree(to, from string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(to, rel), 0o777))
		}
		if os.Link(name, filepath.Join(to, rel)) == nil {
			return nil
		}
		data, err := os.ReadFile(name) // on another file system
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o666)
	})
}

func (p *patient) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *patient) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// set sets a variable for all that is run from now on.
func (p *patient) set(assignment string) { p.env = with(p.env, []string{assignment}) }

// run runs a program in the app: "go" and "gosafe" are ours.
func (p *patient) run(name string, args ...string) (string, error) {
	if name == "go" || name == "gosafe" {
		name = filepath.Join(shimDir(), name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = p.path("app"), p.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must runs the real go, which has to succeed.
func (p *patient) must(args ...string) {
	p.t.Helper()
	if out, err := p.run(filepath.Join(realGo().goroot, "bin", "go"), args...); err != nil {
		p.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// caches describes every file in the caches, but for locks and what go may
// write at any time.
func (p *patient) caches() map[string]fs.FileInfo {
	list := map[string]fs.FileInfo{}
	for _, root := range []string{p.path("mod"), p.path("builds"), p.path("gopath")} {
		filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(name) == ".lock" || d.Name() == "list" || d.Name() == "trim.txt" {
				return nil
			}
			info, err := d.Info()
			if rel, _ := filepath.Rel(p.dir, name); err == nil {
				list[filepath.ToSlash(rel)] = info
			}
			return nil
		})
	}
	return list
}

// same reports whether a file is what it was. Entries of the build cache are
// written anew, in place, by go itself.
func same(name string, was, now fs.FileInfo) bool {
	return now != nil && os.SameFile(was, now) && was.Size() == now.Size() &&
		(strings.HasSuffix(name, "-a") || was.ModTime().Equal(now.ModTime()))
}

// injure runs damage, and keeps in mind what it left untouched.
func (p *patient) injure(damage func(*patient)) {
	p.settled = p.caches()
	damage(p)
	for _, name := range p.touched() {
		delete(p.settled, name)
	}
}

// settle takes what go has done to sound files in the meantime as given.
func (p *patient) settle() {
	now := p.caches()
	for name := range p.settled {
		if info, ok := now[name]; ok {
			p.settled[name] = info
		} else {
			delete(p.settled, name)
		}
	}
}

// touched lists the files that were sound and are not what they were.
func (p *patient) touched() (names []string) {
	after := p.caches()
	for name, was := range p.settled {
		if !same(name, was, after[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// glob finds files of the caches by a pattern, which must match.
func (p *patient) glob(pattern string) []string {
	p.t.Helper()
	names, err := filepath.Glob(p.path(pattern))
	if err != nil || len(names) == 0 {
		p.t.Fatalf("%s: nothing found (%v)", pattern, err)
	}
	return names
}

// change replaces the content of files behind go's back.
func (p *patient) change(pattern string, change func([]byte) []byte) {
	p.t.Helper()
	for _, name := range p.glob(pattern) {
		data, err := os.ReadFile(name)
		if err != nil {
			p.t.Fatal(err)
		}
		info, _ := os.Stat(name)
		os.Chmod(name, 0o666)
		if strings.HasPrefix(name, p.path("builds/")) {
			os.Remove(name) // it is a link: see linkTree
		}
		if err := os.WriteFile(name, change(data), 0o666); err != nil {
			p.t.Fatal(err)
		}
		os.Chmod(name, info.Mode().Perm())
	}
}

func (p *patient) remove(pattern string) {
	p.t.Helper()
	for _, name := range p.glob(pattern) {
		info, err := os.Stat(filepath.Dir(name))
		if err != nil {
			p.t.Fatal(err)
		}
		os.Chmod(filepath.Dir(name), 0o777)
		writable(name)
		if err := os.RemoveAll(name); err != nil {
			p.t.Fatal(err)
		}
		os.Chmod(filepath.Dir(name), info.Mode().Perm())
	}
}

// writable opens the directories of a tree for writing.
func writable(root string) {
	filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(name, 0o777)
		}
		return nil
	})
}

// Ways to damage a file.
func emptied([]byte) []byte  { return nil }
func halved(b []byte) []byte { return b[:len(b)/2] }
func zeroed(b []byte) []byte { return make([]byte, len(b)) }
func halfZero(b []byte) []byte {
	return append(bytes.Clone(b[:len(b)/2]), make([]byte, len(b)-len(b)/2)...)
}
func flipped(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) > 0 {
		b[len(b)/2] ^= 0xff
	}
	return b
}
func becomes(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
