package retry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/module"
)

// mustMend mends leaf and wants what was done in the words of a harm.
func (f *fixture) mustMend(want string) {
	f.t.Helper()
	repairs, err := f.cache.Mend(f.t.Context(), leaf)
	if got := f.describe(repairs); err != nil || got != want {
		f.t.Fatalf("Mend: %s (%v), want %s\n%v", got, err, want, repairs)
	}
}

// A build that met the damage has put its view of it into the build cache,
// where it would outlive the damage.
func TestMendDropsTheModuleIndex(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cache.BuildCache = filepath.Join(f.app, "..", "another build cache")
	f.env = append(f.env, "GOCACHE="+f.cache.BuildCache)
	version, err := f.goCommand("env", "GOVERSION")
	if err != nil {
		t.Fatal(err, version)
	}
	f.damage(f.tree("name.go"), "")
	if out, err := f.goCommand("build", "."); err == nil {
		t.Fatalf("a build with an empty file succeeds: %s", out)
	}
	f.cache.GoVersion = strings.TrimSpace(version)
	repairs, err := f.cache.Mend(t.Context(), leaf)
	if err != nil || len(repairs) != 2 || !strings.HasPrefix(repairs[1].Path, f.cache.BuildCache) {
		t.Fatalf("Mend: %v (%v), want the tree replaced and its index deleted", repairs, err)
	}
	f.mustGo("GOPROXY=off", "build", ".")
}

func TestMendOfWhatGoSumDoesNotKnow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustGo("build", ".")
	// The cache agrees with itself, and not with go.sum.
	f.cache.Sums = Sums{leaf: {wrongSum}}
	repairs, err := f.cache.Mend(t.Context(), leaf)
	if err != nil || len(repairs) != 0 {
		t.Fatalf("Mend: %s (%v)", f.describe(repairs), err)
	}
	f.cache.Sums = Sums{{Path: leaf.Path, Version: leaf.Version + "/go.mod"}: {wrongSum}}
	if repairs, err := f.cache.Mend(t.Context(), leaf); err != nil || len(repairs) != 0 {
		t.Fatalf("Mend by a wrong line for go.mod: %s (%v)", f.describe(repairs), err)
	}
	f.mustGo("GOPROXY=off", "build", ".")
}

// TestMendOffline: what cannot be fetched again is not deleted, be it damaged.
func TestMendOffline(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustGo("build", ".")
	f.damage(f.file("zip"), "")
	f.cache.Offline = true
	if repairs, err := f.cache.Mend(t.Context(), leaf); err == nil || len(repairs) != 0 {
		t.Errorf("Mend: %s (%v)", f.describe(repairs), err)
	}
	if _, err := os.Stat(f.file("zip")); err != nil {
		t.Error(err)
	}
	f.mustGo("GOPROXY=off", "build", ".")
}

func TestMendKeepsModcacheRW(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustGo("clean", "-modcache")
	f.mustGo("mod", "download", "-modcacherw")
	if err := os.RemoveAll(f.tree("sub")); err != nil {
		t.Fatal(err)
	}
	f.mustMend("replaced tree")
	for _, name := range []string{"", "sub"} {
		if fi, err := os.Stat(f.tree(name)); err != nil || fi.Mode().Perm()&0o200 == 0 {
			t.Errorf("%s is not writable after the repair (%v)", f.tree(name), err)
		}
	}
}

func TestMendThroughLinks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	link := filepath.Join(f.app, "..", "link")
	if err := os.Symlink(f.cache.Dir, link); err != nil {
		t.Skip(err)
	}
	f.damage(f.tree("leaf.go"), "")
	through := f.cache
	through.Dir = link
	if repairs, err := through.Mend(t.Context(), leaf); err != nil || len(repairs) != 1 {
		t.Errorf("Mend through a linked cache: %v (%v)", repairs, err)
	}
	f.mustGo("GOPROXY=off", "build", ".")

	// A tree that is a link leads to somebody's work: the link goes, the work stays.
	work := filepath.Join(f.app, "..", "work")
	f.write(filepath.Join(work, "leaf.go"), "package leaf // edited")
	f.remove(f.tree(""))
	if err := os.Symlink(work, filepath.Clean(f.tree(""))); err != nil {
		t.Fatal(err)
	}
	f.mustMend("deleted tree")
	data, err := os.ReadFile(filepath.Join(work, "leaf.go"))
	if err != nil || string(data) != "package leaf // edited" {
		t.Errorf("Mend went through the link: %q (%v)", data, err)
	}
	f.mustGo("GOPROXY=off", "build", ".")

	// A link inside a tree is not followed either.
	f.remove(f.tree("sub"))
	f.unlocked(f.tree("sub"), func() error { return os.Symlink(work, f.tree("sub")) })
	f.mustMend("replaced tree")
	if _, err := os.Stat(filepath.Join(work, "sub.go")); err == nil {
		t.Error("Mend wrote through a link inside the tree")
	}
	f.mustGo("GOPROXY=off", "build", ".")
}

func TestMendWaitsForTheLock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.damage(f.file("zip"), "")
	unlock, err := lockedfile.MutexAt(f.file("lock")).Lock()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	repairs, err := f.cache.Mend(ctx, leaf)
	if !errors.Is(err, context.DeadlineExceeded) || len(repairs) != 0 || !strings.Contains(err.Error(), f.file("lock")) {
		t.Errorf("Mend beside the holder of the lock: %v (%v)", repairs, err)
	}
	if _, err := os.Stat(f.file("zip")); err != nil {
		t.Error(err)
	}
	unlock()
	f.mustMend("deleted zip") // the wait that was given up does not keep the lock
}

func TestMendRefusesNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.files()
	for _, m := range []module.Version{
		{},
		{Path: "example.com/Leaf"},
		{Path: "example.com/Leaf", Version: "v1"},
		{Path: "example.com/Leaf", Version: "latest"},
		{Path: "example.com/Leaf", Version: "v1.0.0/../../x"},
		{Path: "../Leaf", Version: "v1.0.0"},
		{Path: "/etc", Version: "v1.0.0"},
		{Path: "example.com/../Leaf", Version: "v1.0.0"},
		{Path: "example.com/a\nb", Version: "v1.0.0"},
	} {
		if repairs, err := f.cache.Mend(t.Context(), m); err == nil || len(repairs) != 0 {
			t.Errorf("Mend(%q): %v (%v), want an error", m, repairs, err)
		}
	}
	if names := changed(before, f.files()); len(names) != 0 {
		t.Errorf("refused names have changed %q", names)
	}
	absent := module.Version{Path: "example.com/absent", Version: "v1.0.0"}
	for _, dir := range []string{f.cache.Dir, filepath.Join(f.app, "nowhere")} {
		if repairs, err := (ModCache{Dir: dir}).Mend(t.Context(), absent); err != nil || len(repairs) != 0 {
			t.Errorf("Mend of what is not in %s: %v (%v)", dir, repairs, err)
		}
	}
	if _, err := (ModCache{Dir: "mod"}).Mend(t.Context(), leaf); err == nil {
		t.Error("Mend accepts a relative cache")
	}
}

func TestMendExplainsPermissions(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("whoever runs this may write everywhere")
	}
	f := newFixture(t)
	f.damage(f.file("zip"), "")
	dir := filepath.Dir(f.file("zip"))
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	repairs, err := f.cache.Mend(t.Context(), leaf)
	if !errors.Is(err, fs.ErrPermission) || len(repairs) != 0 {
		t.Fatalf("Mend in a read-only directory: %v (%v)", repairs, err)
	}
	for _, want := range []string{f.file("zip"), dir + " is mode 0555"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not tell %q: %v", want, err)
		}
	}
}

func TestDamagedOfMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old := module.Version{Path: "example.com/old", Version: "v2.0.0+incompatible"}
	f.damage(f.file("zip"), "")
	f.damage(filepath.Join(f.cache.Dir, "example.com", "old@v2.0.0+incompatible", "old.go"), "")
	mods := []module.Version{{Path: "example.com/absent", Version: "v1.0.0"}, leaf, old}
	found, err := f.cache.Damaged(t.Context(), mods)
	if err != nil || len(found) != 2 || found[0].Module != leaf || found[1].Module != old {
		t.Errorf("Damaged: %v (%v), want leaf and old", found, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found, err := f.cache.Damaged(ctx, mods); !errors.Is(err, context.Canceled) || len(found) != 0 {
		t.Errorf("Damaged after the end: %v (%v)", found, err)
	}
	if repairs, err := f.cache.Mend(t.Context(), old); err != nil || len(repairs) != 1 {
		t.Errorf("Mend of %s: %v (%v)", old, repairs, err)
	}
}

func TestFinished(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	n := f.cache.Finished()
	if want := 2 * len([]string{"info", "mod", "zip", "ziphash"}); n != want {
		t.Errorf("Finished: %d, want %d", n, want)
	}
	f.write(filepath.Join(f.cache.Dir, "cache", "vcs", "ab", "objects", "pack", "pack-1.pack"), "")
	f.write(filepath.Join(f.cache.Dir, "cache", "download", "sumdb", "x.zip"), "")
	f.write(f.file("zip123.tmp"), "")
	if got := f.cache.Finished(); got != n+1 {
		t.Errorf("Finished with one pack more: %d, want %d", got, n+1)
	}
	if got := (ModCache{Dir: f.app}).Finished(); got != 0 {
		t.Errorf("Finished of no cache: %d", got)
	}
}

func TestReadSums(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "go.sum")
	text := strings.ReplaceAll("a.com v1.0.0 H\r\na.com v1.0.0/go.mod H\n\na.com v1.0.0 h2:x\nnonsense\na.com v1.0.0 H", "H", wrongSum)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	sums := ReadSums(name, name+".absent")
	if len(sums) != 2 || len(sums[module.Version{Path: "a.com", Version: "v1.0.0"}]) != 1 {
		t.Errorf("ReadSums: %v", sums)
	}
}
