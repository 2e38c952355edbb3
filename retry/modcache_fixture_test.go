package retry

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// A fixture is a module cache that the real go has filled from a directory of
// modules made for the test, and an app that needs them.
type fixture struct {
	t     *testing.T
	cache ModCache
	app   string
	env   []string
}

// leaf is the module that the tests damage; its path needs escaping.
var leaf = module.Version{Path: "example.com/Leaf", Version: "v1.0.0"}

var sources = map[module.Version]map[string]string{
	leaf: {
		"go.mod":      "module example.com/Leaf\n\ngo 1.18\n",
		"leaf.go":     "package leaf\n\nfunc Leaf() string { return name }\n",
		"name.go":     "package leaf\n\nconst name = \"leaf\"\n",
		"sub/sub.go":  "package sub\n\nconst Sub = 1\n",
		"empty/x.txt": "",
	},
	{Path: "example.com/Leaf", Version: "v1.1.0"}: {
		"go.mod":  "module example.com/Leaf\n\ngo 1.18\n",
		"leaf.go": "package leaf\n",
	},
	{Path: "example.com/old", Version: "v2.0.0+incompatible"}: {
		"old.go": "package old\n\nconst Old = 2\n",
	},
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	f := &fixture{t: t, app: filepath.Join(dir, "app")}
	f.cache.Dir = filepath.Join(dir, "a cache", "mod")
	t.Cleanup(func() { makeWritable(dir) }) // runs before that of TempDir
	proxy := filepath.Join(dir, "proxy")
	for m, files := range sources {
		f.publish(proxy, m, files)
	}
	f.write(filepath.Join(f.app, "go.mod"), `module app

go 1.18

require (
	example.com/Leaf v1.0.0
	example.com/old v2.0.0+incompatible
)
`)
	f.write(filepath.Join(f.app, "app.go"), `package app

import (
	leaf "example.com/Leaf"
	"example.com/Leaf/sub"
	"example.com/old"
)

var A = leaf.Leaf()

const B = sub.Sub + old.Old
`)
	// Without a home go starts no telemetry, which would write there behind the
	// back of TempDir's clean-up.
	f.env = append(os.Environ(), "HOME=", "XDG_CONFIG_HOME=", "GOPATH="+filepath.Join(dir, "gopath"),
		"GOENV=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "GOSUMDB=off",
		"GOPROXY="+fileURL(proxy), "GONOPROXY=none", "GOMODCACHE="+f.cache.Dir, "GOCACHE="+filepath.Join(dir, "build"))
	f.mustGo("mod", "tidy")
	f.mustGo("mod", "download")
	f.cache.Sums = ReadSums(filepath.Join(f.app, "go.sum"))
	return f
}

func fileURL(dir string) string {
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") { // Windows
		dir = "/" + dir
	}
	return "file://" + strings.ReplaceAll(dir, ",", "%2C") // a comma would end the entry of GOPROXY
}

// publish puts a module version into a directory that go takes as a proxy.
func (f *fixture) publish(proxy string, m module.Version, files map[string]string) {
	f.t.Helper()
	src := filepath.Join(proxy, "src", m.Version)
	for name, content := range files {
		f.write(filepath.Join(src, filepath.FromSlash(name)), content)
	}
	path, err := module.EscapePath(m.Path)
	if err != nil {
		f.t.Fatal(err)
	}
	base := filepath.Join(proxy, filepath.FromSlash(path), "@v", m.Version)
	var zip bytes.Buffer
	if err := modzip.CreateFromDir(&zip, m, src); err != nil {
		f.t.Fatal(err)
	}
	f.write(base+".zip", zip.String())
	f.write(base+".info", `{"Version":"`+m.Version+`","Time":"2020-01-01T00:00:00Z"}`)
	f.write(base+".mod", "module "+m.Path+"\n")
	if mod, ok := files["go.mod"]; ok {
		f.write(base+".mod", mod)
	}
}

func (f *fixture) write(name, content string) {
	f.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		f.t.Fatal(err)
	}
}

// goCommand runs the real go in the app. Assignments before the arguments are
// added to its environment.
func (f *fixture) goCommand(args ...string) (string, error) {
	env := f.env
	for strings.HasPrefix(args[0], "GO") {
		env, args = append(env[:len(env):len(env)], args[0]), args[1:]
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = f.app, env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (f *fixture) mustGo(args ...string) {
	f.t.Helper()
	if out, err := f.goCommand(args...); err != nil {
		f.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// file names a downloaded file of leaf, tree a file of the extracted leaf.
func (f *fixture) file(suffix string) string {
	return filepath.Join(f.cache.Dir, "cache", "download", "example.com", "!leaf", "@v", "v1.0.0."+suffix)
}

func (f *fixture) tree(name string) string {
	return filepath.Join(f.cache.Dir, "example.com", "!leaf@v1.0.0", filepath.FromSlash(name))
}

// damage writes to a file of the cache behind go's back, whatever its mode is.
func (f *fixture) damage(name, content string) {
	f.t.Helper()
	f.unlocked(name, func() error {
		if fi, err := os.Stat(name); err == nil {
			os.Chmod(name, 0o666)
			defer os.Chmod(name, fi.Mode().Perm())
		}
		return os.WriteFile(name, []byte(content), 0o666)
	})
}

func (f *fixture) remove(name string) {
	f.t.Helper()
	f.unlocked(name, func() error {
		if fi, err := os.Lstat(name); err == nil && fi.IsDir() {
			makeWritable(name)
		}
		return os.RemoveAll(name)
	})
}

// unlocked runs change while the directory of name is writable.
func (f *fixture) unlocked(name string, change func() error) {
	f.t.Helper()
	dir := filepath.Dir(name)
	fi, err := os.Stat(dir)
	if err != nil {
		f.t.Fatal(err)
	}
	os.Chmod(dir, 0o777)
	if err := change(); err != nil {
		f.t.Fatal(err)
	}
	os.Chmod(dir, fi.Mode().Perm())
}

func makeWritable(dir string) {
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(name, 0o777)
		}
		return nil
	})
}

// files describes everything in the cache but lock files.
func (f *fixture) files() map[string]fs.FileInfo {
	list := map[string]fs.FileInfo{}
	filepath.WalkDir(f.cache.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			f.t.Fatal(err)
		}
		if fi, err := d.Info(); err == nil && filepath.Ext(name) != ".lock" && d.Name() != "list" {
			list[name] = fi
		}
		return nil
	})
	return list
}
