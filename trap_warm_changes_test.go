package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gosafe/internal/goenv"
)

// TestWarm: when a prefetch is needed.
func TestWarm(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home) // of os.UserCacheDir
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("LOCALAPPDATA", home)
	for _, tt := range []struct {
		name       string
		n, missing int
		test       func(*warmCache)
	}{
		{"changes", 100, 0, changes},
		{"changes where some are never needed", 100, 2, changes},
		{"links", 100, 0, links},
		{"garbage", 100, 0, garbage},
		{"at once", 100, 0, atOnce},
		{"settings", 10, 2, otherSettings},
		{"sources", 10, 2, otherSources},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, environ := warmModule(t, tt.n, tt.missing)
			c := &warmCache{T: t, dir: dir, environ: environ}
			c.settle()
			tt.test(c)
		})
	}
}

// A warmCache is a module with its cache, and what is remembered of it.
type warmCache struct {
	*testing.T
	dir     string
	environ []string
}

func (c *warmCache) settle() { time.Sleep(settled + 50*time.Millisecond) }

// warm reports whether there would be no prefetch.
func (c *warmCache) warm() bool {
	ok, m := decide(c.dir, c.environ)
	return ok || m.has()
}

// prefetched remembers that one was finished.
func (c *warmCache) prefetched() {
	_, m := decide(c.dir, c.environ)
	m.add()
}

// memo is where the survey is written down.
func (c *warmCache) memo() string {
	s := newShim([]string{"go"}, c.environ)
	s.Env = goenv.New(c.environ, "")
	return s.surveyFile(findModuleFile(s.Env, c.dir, ""), false)
}

// cached is the path of a file in the module cache.
func (c *warmCache) cached(elem ...string) string {
	return filepath.Join(append([]string{c.dir, "mod"}, elem...)...)
}

func (c *warmCache) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// The fifth and the sixth module of warmModule.
var (
	extracted5 = filepath.Join("example.com", "organisation5", "module-with-a-name5@v1.5.0")
	download6  = filepath.Join("cache", "download", "example.com", "organisation6", "module-with-a-name6", "@v")
)

// changes: the quick look at a large module cache sees what comes and goes.
func changes(c *warmCache) {
	complete := c.warm()
	c.prefetched()
	if !c.warm() {
		c.Fatal("not warm after a prefetch")
	}
	if ok, _ := decide(c.dir, c.environ); ok != complete {
		c.Errorf("a prefetch has made everything complete: %v", ok)
	}
	if _, ok := readSurvey(c.memo(), c.cached()); !ok && runtime.GOOS != "windows" {
		c.Error("nothing is written down")
	}
	for _, tt := range []struct{ what, gone string }{
		{"an extracted module", extracted5},
		{"a file of a download", filepath.Join(download6, "v1.6.0.info")},
		{"a download", download6},
		{"the downloads of a module", filepath.Dir(download6)},
		{"all downloads", filepath.Join("cache", "download")},
		{"the whole cache", ""},
	} {
		from, to := c.cached(tt.gone), filepath.Join(c.dir, "away")
		before, err := os.Stat(filepath.Dir(from))
		c.must(err)
		c.must(os.Rename(from, to))
		c.must(os.Chtimes(filepath.Dir(from), before.ModTime(), before.ModTime())) // as tar and rsync do
		if c.warm() {
			c.Errorf("%s gone, and it counts as warm", tt.what)
		}
		c.must(os.Rename(to, from))
		if !c.warm() {
			c.Errorf("%s there again, and it is not warm", tt.what)
		}
	}
	c.must(os.Rename(c.cached(extracted5), filepath.Join(c.dir, "away")))
	if c.settle(); c.warm() {
		c.Error("an extracted module has been gone for a while, and it counts as warm")
	}
	c.must(os.Rename(filepath.Join(c.dir, "away"), c.cached(extracted5)))
	gomod, err := os.ReadFile(filepath.Join(c.dir, "go.mod"))
	c.must(err)
	c.settle()
	if !c.warm() { // and it is written down
		c.Error("everything is there, and it is not warm")
	}
	c.must(os.WriteFile(filepath.Join(c.dir, "go.mod"), append(gomod[:len(gomod):len(gomod)], "require example.com/new v1.0.0\n"...), 0o666))
	if c.warm() {
		c.Error("one module more is required, and it counts as warm")
	}
	c.must(os.WriteFile(filepath.Join(c.dir, "go.mod"), gomod, 0o666))
	if !complete {
		lock := c.cached("cache", "download", "example.com", "organisation19", "module-with-a-name99", "@v", "v1.9.0.lock")
		c.must(os.MkdirAll(filepath.Dir(lock), 0o777))
		c.must(os.WriteFile(lock, nil, 0o666))
		if c.warm() {
			c.Error("somebody has tried to fetch what was never needed, and it counts as warm")
		}
		c.prefetched()
	}
	c.must(os.WriteFile(c.cached(download6, "v1.6.0.partial"), nil, 0o666))
	if c.warm() {
		c.Error("a module that is extracted in part counts as there")
	}
}

// links: a cache that is a link, and one that holds links.
func links(c *warmCache) {
	c.must(os.Rename(c.cached(), c.cached()+"1"))
	if err := os.Symlink("mod1", c.cached()); err != nil {
		c.Skip(err)
	}
	if !c.warm() {
		c.Fatal("not warm behind a link")
	}
	c.must(os.Mkdir(c.cached()+"2", 0o777))
	c.must(os.Remove(c.cached()))
	c.must(os.Symlink("mod2", c.cached()))
	if c.warm() {
		c.Error("the link leads to an empty cache, and it counts as warm")
	}
	c.must(os.Remove(c.cached()))
	c.must(os.Symlink("mod1", c.cached()))

	store := filepath.Join(c.dir, "store")
	c.must(os.Rename(c.cached(extracted5), store))
	c.must(os.Symlink(store, c.cached(extracted5)))
	c.settle()
	if !c.warm() {
		c.Error("not warm with a module that is a link")
	}
	c.must(os.Rename(store, store+".away"))
	if c.warm() {
		c.Error("what the link of a module leads to is gone, and it counts as warm")
	}
}

// garbage: what is written down counts as it was written, or not at all.
func garbage(c *warmCache) {
	if runtime.GOOS == "windows" {
		c.Skip("nothing is written down")
	}
	if !c.warm() {
		c.Fatal("not warm")
	}
	memo := c.memo()
	good, err := os.ReadFile(memo)
	c.must(err)
	if _, ok := readSurvey(memo, c.cached()); !ok {
		c.Fatal("what was written down does not count")
	}
	bad := map[string][]byte{"nothing": nil, "no list": good[:32], "zeros": make([]byte, 1000), "twice": append(good[:len(good):len(good)], good...),
		"too much": append(good[:len(good):len(good)], make([]byte, maxSurvey)...), "another list": append(good[:32:32], "d/\x00d..\x00f/dev/zero\x00"...)}
	for i := 0; i < len(good); i += 97 {
		bad[fmt.Sprintf("%d bytes of it", i)] = good[:i]
		flipped := slices.Clone(good)
		flipped[i] ^= 1 << (i % 8)
		bad[fmt.Sprintf("another byte %d", i)] = flipped
	}
	for what, data := range bad {
		c.must(os.WriteFile(memo, data, 0o666))
		if _, ok := readSurvey(memo, c.cached()); ok {
			c.Errorf("%s counts", what)
		}
		if _, ok := readHeads(memo, c.dir); ok {
			c.Errorf("%s counts as heads", what)
		}
	}
	if !c.warm() {
		c.Error("not warm after garbage")
	}
	if now, err := os.ReadFile(memo); err != nil || string(now) != string(good) {
		c.Errorf("the garbage was not replaced: %v", err)
	}
	c.must(os.Remove(memo))
	c.must(os.Mkdir(memo, 0o777)) // nothing can be written
	if !c.warm() {
		c.Error("not warm with a directory in the way")
	}
}

// atOnce: many commands look, while the cache changes and is whole again; none is
// told what is not so.
func atOnce(c *warmCache) {
	var wg sync.WaitGroup
	stop := make(chan bool)
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
					c.warm()
				}
			}
		}()
	}
	for range 40 {
		c.must(os.Rename(c.cached(extracted5), filepath.Join(c.dir, "away")))
		if c.warm() {
			c.Error("an extracted module is gone, and it counts as warm")
		}
		c.must(os.Rename(filepath.Join(c.dir, "away"), c.cached(extracted5)))
		if !c.warm() {
			c.Error("everything is there, and it is not warm")
		}
	}
	close(stop)
	wg.Wait()
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(c.memo()), ".new-*")); err != nil || len(left) > 0 {
		c.Errorf("left behind: %q, %v", left, err)
	}
}

// otherSettings: a finished prefetch is one of these settings and these files.
func otherSettings(c *warmCache) {
	settings := filepath.Join(c.dir, "settings")
	c.environ = append(slices.DeleteFunc(c.environ, func(kv string) bool { return kv == "GOENV=off" }), "GOENV="+settings, "GOOS=linux", "GOSAFE_QUIET=1", "EDITOR=ed")
	c.prefetched()
	if !c.warm() {
		c.Fatal("not warm after a prefetch")
	}
	for _, tt := range []struct {
		setting string
		warm    bool
	}{
		{"GOOS=plan9", false}, {"GOARCH=arm", false}, {"GOPROXY=https://proxy.example", false}, {"GOFLAGS=-tags=x", false}, {"CGO_ENABLED=0", false}, {"CC=cc", false},
		{"GOTOOLCHAIN=local", false}, {"GOPRIVATE=example.com", false}, {"GOSAFE_QUIET=0", true}, {"EDITOR=vi", true},
	} {
		name, _, _ := strings.Cut(tt.setting, "=")
		other := append(slices.DeleteFunc(slices.Clone(c.environ), func(kv string) bool { return strings.HasPrefix(kv, name+"=") }), tt.setting)
		if warm := (&warmCache{c.T, c.dir, other}).warm(); warm != tt.warm {
			c.Errorf("with %s, warm: %v", tt.setting, warm)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "settings"} {
		file := filepath.Join(c.dir, name)
		old, _ := os.ReadFile(file)
		c.must(os.WriteFile(file, append(old[:len(old):len(old)], "\n"...), 0o666))
		if c.warm() {
			c.Errorf("%s has changed, and it counts as warm", name)
		}
		c.must(os.WriteFile(file, old, 0o666))
		if name != "settings" && !c.warm() {
			c.Errorf("%s is as it was, and it is not warm", name)
		}
	}
}

// otherSources: a finished prefetch is one of what the user's files import, and
// not of what they do with it.
func otherSources(c *warmCache) {
	write := func(name, text string) {
		file := filepath.Join(c.dir, filepath.FromSlash(name))
		c.must(os.MkdirAll(filepath.Dir(file), 0o777))
		c.must(os.WriteFile(file, []byte(text), 0o666))
	}
	first := "// Package m is one.\npackage m\n\nimport (\n\t. \"fmt\" // here\n)\n\nfunc F() { Println() }\n"
	write("m.go", first)
	write("README.md", "one")
	for range 2 { // read, and written down
		c.prefetched()
		if !c.warm() {
			c.Fatal("not warm after a prefetch")
		}
		c.settle()
	}
	for _, tt := range []struct {
		what, name, text string
		warm             bool
	}{
		{"another body", "m.go", strings.ReplaceAll(first, "Println()", "Println(1)"), true},
		{"something at the end", "m.go", first + "\nvar x = 1\n", true},
		{"another text", "README.md", "import", true},
		{"a file of another language", "x.py", "import", true},
		{"one in a directory that go does not look into", ".x/x.go", "package x\n", true},
		{"one in another module's", "other/go.mod", "module other.test\n", true},
		{"which imports something", "other/x.go", "package x\n\nimport \"fmt\"\n", true},
		{"another import", "m.go", strings.ReplaceAll(first, "fmt", "example.com/fmt"), false},
		{"one import more", "m.go", strings.ReplaceAll(first, ")\n\nf", ")\n\nimport \"os\"\n\nf"), false},
		{"a constraint", "m.go", "//go:build x\n\n" + first, false},
		{"another file", "m2.go", "package m\n", false},
		{"a file in a new directory", "x/y/z.go", "package y\n", false},
	} {
		file := filepath.Join(c.dir, filepath.FromSlash(tt.name))
		old, err := os.ReadFile(file)
		write(tt.name, tt.text)
		for range 2 {
			if c.warm() != tt.warm {
				c.Errorf("%s, and warm: %v", tt.what, !tt.warm)
			}
		}
		if tt.warm && tt.name != "m.go" {
			continue
		}
		if c.must(os.Remove(file)); err == nil {
			c.must(os.WriteFile(file, old, 0o666))
		}
		if !c.warm() {
			c.Errorf("%s no more, and not warm", tt.what)
		}
	}
	c.must(os.Rename(filepath.Join(c.dir, "m.go"), filepath.Join(c.dir, "m_plan9.go")))
	if c.warm() {
		c.Error("a file is for another system now, and warm")
	}
	c.must(os.Rename(filepath.Join(c.dir, "m_plan9.go"), filepath.Join(c.dir, "m.go")))
	c.settle()
	for range 2 { // written down, and read
		if !c.warm() {
			c.Error("nothing has changed, and not warm")
		}
	}
	write("m.go", strings.ReplaceAll(first, "fmt", "io"))
	if c.settle(); c.warm() {
		c.Error("another import for a while, and warm")
	}
	linked := &warmCache{c.T, c.dir + "-linked", c.environ}
	if err := os.Symlink(c.dir, linked.dir); err != nil {
		return
	}
	defer os.Remove(linked.dir)
	linked.prefetched()
	if !linked.warm() {
		c.Error("not warm after a prefetch, where the module is a link")
	}
	if write("m.go", strings.ReplaceAll(first, "fmt", "os")); linked.warm() {
		c.Error("another import, where the module is a link, and warm")
	}
}
