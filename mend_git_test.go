//go:build unix

package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A gitCache is a module cache with two clones in it, one of which is damaged.
type gitCache struct {
	t           *testing.T
	env         []string
	dir, repo   string
	root, clone string // of all clones, and of the one that is damaged
}

// preparedClones holds what all the cases begin with, made once.
var preparedClones struct {
	sync.Once
	dir string
}

// newGitCache makes a cache in which v1.0.0 of a module, and another module,
// were downloaded straight from their repositories. v1.1.0 was there by then;
// v1.2.0 was tagged afterwards.
func newGitCache(t *testing.T) *gitCache {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	preparedClones.Do(func() {
		dir := filepath.Join(filepath.Dir(aloneDir()), "clones") // testscript.Main removes it
		g := &gitCache{t: t, dir: dir, env: gitEnv(t, dir)}
		g.repo = filepath.Join(dir, "repos", "gosafe-test", "m")
		newRepo(t, g.repo, g.env)
		g.add("v1.1.0")
		newRepo(t, filepath.Join(dir, "repos", "gosafe-test", "n"), g.env)
		newGitHost(t, filepath.Join(dir, "repos"), 0, 0).configure(t, dir)
		if out, err := g.goRun("github.com/gosafe-test/m@v1.0.0"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		g.goRun("github.com/gosafe-test/n@v1.0.0") // its go.mod says m: that fails, but leaves a clone
		g.add("v1.2.0")
		preparedClones.dir = dir
	})
	g := &gitCache{t: t, dir: t.TempDir()}
	if err := os.CopyFS(g.dir, os.DirFS(preparedClones.dir)); err != nil {
		t.Fatal(err)
	}
	g.env = with(gitEnv(t, g.dir), []string{"GOCACHE=" + filepath.Join(g.dir, "builds")}) // repair would look through the user's
	g.repo = filepath.Join(g.dir, "repos", "gosafe-test", "m")
	newGitHost(t, filepath.Join(g.dir, "repos"), 0, 0).configure(t, g.dir)
	g.root = filepath.Join(g.dir, "gopath", "pkg", "mod", "cache", "vcs")
	g.clone = filepath.Join(g.root, fmt.Sprintf("%x", sha256.Sum256([]byte("git3:https://github.com/gosafe-test/m"))))
	return g
}

// add commits something and tags it.
func (g *gitCache) add(tag string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.repo, tag+".go"), []byte("package m\n"), 0o666); err != nil {
		g.t.Fatal(err)
	}
	commit(g.t, g.repo, g.env, tag)
}

// goRun downloads a version through gosafe.
func (g *gitCache) goRun(what string) (string, error) {
	return g.command("go", "mod", "download", what)
}

func (g *gitCache) command(name string, args ...string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(shimDir(), name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = g.dir, g.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// put writes a file of the clone behind git's back.
func (g *gitCache) put(name, text string) {
	g.t.Helper()
	name = filepath.Join(g.clone, filepath.FromSlash(name))
	os.Chmod(name, 0o666)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		g.t.Fatal(err)
	}
}

// lock leaves a lock behind, an hour ago.
func (g *gitCache) lock(name string) {
	g.t.Helper()
	g.put(name, "")
	ago := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(g.clone, filepath.FromSlash(name)), ago, ago); err != nil {
		g.t.Fatal(err)
	}
}

// objects changes every object and pack of the clone.
func (g *gitCache) objects(change func([]byte) []byte) {
	g.t.Helper()
	err := filepath.WalkDir(filepath.Join(g.clone, "objects"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		os.Chmod(name, 0o666)
		return os.WriteFile(name, change(data), 0o666)
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// A cloneInjury is a kind of damage to a clone.
type cloneInjury struct {
	name   string
	damage func(*gitCache)
	asked  string // the version; "v1.0.0" is the one that was there
	gone   string // what is removed or replaced: "" for the clone itself, or below or beside it
	passes bool   // go gets over it at a second attempt
}

// cloneInjuries are those that go does not get over, at the first attempt at
// least.
var cloneInjuries = []cloneInjury{
	{"HEAD missing", func(g *gitCache) { os.Remove(filepath.Join(g.clone, "HEAD")) }, "v1.1.0", "", false},
	{"HEAD empty", func(g *gitCache) { g.put("HEAD", "") }, "v1.1.0", "", false},
	{"config NULs", func(g *gitCache) { g.put("config", strings.Repeat("\x00", 60)) }, "v1.1.0", "", false},
	{"config empty", func(g *gitCache) { g.put("config", "") }, "v1.2.0", "", false},
	{"ref empty", func(g *gitCache) { g.put("refs/tags/v1.2.0", "") }, "v1.2.0", "", true},
	{"objects missing", func(g *gitCache) { os.RemoveAll(filepath.Join(g.clone, "objects")) }, "v1.1.0", "", true},
	{"objects empty, same version", func(g *gitCache) { g.objects(emptied) }, "v1.0.0", "", false},
	{"objects empty, other version", func(g *gitCache) { g.objects(emptied) }, "v1.1.0", "", false},
	{"objects empty, new version", func(g *gitCache) { g.objects(emptied) }, "v1.2.0", "", false},
	{"objects flipped, same version", func(g *gitCache) { g.objects(flipped) }, "v1.0.0", "", false},
	{"objects flipped, new version", func(g *gitCache) { g.objects(flipped) }, "v1.2.0", "", false},
	{"objects cut, same version", func(g *gitCache) { g.objects(halved) }, "v1.0.0", "", false},
	{"objects cut, other version", func(g *gitCache) { g.objects(halved) }, "v1.1.0", "", false},
	{"shallow garbage", func(g *gitCache) { g.put("shallow", "garbage\n") }, "v1.1.0", "", false},
	{"info empty", func(g *gitCache) { g.put("../"+filepath.Base(g.clone)+".info", "") }, "v1.1.0", ".info", false},
	{"info of another", func(g *gitCache) { g.put("../"+filepath.Base(g.clone)+".info", "git3:https://else") }, "v1.1.0", ".info", false},
	{"shallow.lock", func(g *gitCache) { g.lock("shallow.lock") }, "v1.2.0", "/shallow.lock", true},
	{"lock of a ref", func(g *gitCache) { g.lock("refs/tags/v1.2.0.lock") }, "v1.2.0", "/refs/tags/v1.2.0.lock", true},
}

// TestMendClones: each is healed by go mod download through gosafe, at the
// expense of no more than has to be.
func TestMendClones(t *testing.T) {
	t.Parallel()
	for _, tt := range cloneInjuries {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGitCache(t)
			tt.damage(g)
			os.RemoveAll(filepath.Join(g.dir, "gopath", "pkg", "mod", "cache", "download", "github.com", "gosafe-test", "m"))
			before := g.sound(tt.gone)
			if out, err := g.command("gosafe", "repair", "-n", "all"); err == nil || !strings.HasPrefix(out, g.clone+tt.gone+": ") {
				t.Errorf("repair -n: %v\n%s", err, out)
			}
			what := "github.com/gosafe-test/m@" + tt.asked
			if !tt.passes {
				if out, err := g.command(filepath.Join(realGo().goroot, "bin", "go"), "mod", "download", what); err == nil {
					t.Fatalf("the real go gets over it by itself:\n%s", out)
				}
			}
			out, err := g.goRun(what)
			mended := strings.Contains(out, "deleted ") || strings.Contains(out, "replaced ")
			if err != nil || !strings.Contains(out, "gosafe: ") || !mended && !tt.passes {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Log(out)
			for name, was := range before {
				if now, err := os.Lstat(name); err != nil || !os.SameFile(was, now) {
					t.Errorf("%s was sound, and is gone: %v\n%s", name, err, out)
				}
			}
			if out, err := g.goRun(what); err != nil || out != "" {
				t.Errorf("again: %v\n%s", err, out)
			}
		})
	}
}

// sound lists the files that the removal of gone leaves alone.
func (g *gitCache) sound(gone string) map[string]fs.FileInfo {
	g.t.Helper()
	list := map[string]fs.FileInfo{}
	filepath.WalkDir(g.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			g.t.Fatal(err)
		}
		if name == g.clone && gone == "" {
			return fs.SkipDir
		}
		// Of the clone itself git changes files as it works; that it is the same one is enough.
		inside := strings.HasPrefix(name, g.clone+"/") && name != filepath.Join(g.clone, "HEAD")
		if fi, err := d.Info(); err == nil && !inside && name != g.clone+gone {
			list[name] = fi
		}
		return nil
	})
	return list
}

// TestMendSoundClone: git is asked before a clone is removed for words that
// are no proof. Here the tag was moved to what is no commit.
func TestMendSoundClone(t *testing.T) {
	t.Parallel()
	g := newGitCache(t)
	info, err := os.Stat(g.clone)
	if err != nil {
		t.Fatal(err)
	}
	for i, version := range []string{"v9.9.9", "v1.1.0"} {
		out, err := g.goRun("github.com/gosafe-test/m@" + version)
		if (err == nil) != (i == 1) || strings.Contains(out, "gosafe: ") {
			t.Errorf("%s: %v\n%s", version, err, out)
		}
	}
	if now, err := os.Stat(g.clone); err != nil || !os.SameFile(info, now) {
		t.Errorf("the clone was removed: %v", err)
	}
}

// TestRepairClones: gosafe repair has git verify the clones, and mends them.
func TestRepairClones(t *testing.T) {
	t.Parallel()
	g := newGitCache(t)
	repair := func(args ...string) (string, bool) {
		t.Helper()
		out, err := g.command("gosafe", append([]string{"repair"}, args...)...)
		return out, err == nil
	}
	if out, ok := repair("all"); !ok || !strings.Contains(out, "2 clones, ") || !strings.Contains(out, "nothing is damaged") {
		t.Fatalf("before: %s", out)
	}
	for _, name := range []string{"shallow.lock", "info of another", "HEAD empty"} {
		tt := cloneInjuries[slices.IndexFunc(cloneInjuries, func(in cloneInjury) bool { return in.name == name })]
		tt.damage(g)
		before := g.sound(tt.gone)
		if out, ok := repair("-n", "all"); ok || !strings.HasPrefix(out, g.clone+tt.gone+": ") || strings.Count(out, "\n") != 2 {
			t.Errorf("%s: repair -n: %s", name, out)
		}
		if out, ok := repair("all"); !ok || !strings.HasPrefix(out, g.clone+tt.gone+": ") || !strings.Contains(out, ": 1 mended") {
			t.Errorf("%s: repair: %s", name, out)
		}
		for file, was := range before {
			if now, err := os.Lstat(file); err != nil || !os.SameFile(was, now) {
				t.Errorf("%s: %s was sound, and is gone: %v", name, file, err)
			}
		}
		if out, ok := repair("all"); !ok || !strings.Contains(out, "nothing is damaged") {
			t.Errorf("%s: again: %s", name, out)
		}
	}
	if out, ok := repair("all"); !ok || !strings.Contains(out, "1 clone, ") {
		t.Errorf("after: %s", out)
	}
}

// standIn has a script answer to git's name. It may hand over to $GIT.
func (g *gitCache) standIn(script string) {
	g.t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		g.t.Fatal(err)
	}
	bin := filepath.Join(g.dir, "bin")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		g.t.Fatal(err)
	}
	if err := writeProgram(filepath.Join(bin, "git"), "#!/bin/sh\nGIT="+real+"\n"+script); err != nil {
		g.t.Fatal(err)
	}
	path := slices.IndexFunc(g.env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=") })
	g.env = with(g.env, []string{"PATH=" + bin + ":" + strings.TrimPrefix(g.env[path], "PATH=")})
}

// kept checks that no clone has gone since before was taken.
func (g *gitCache) kept(before map[string]fs.FileInfo, out string) {
	g.t.Helper()
	for name, was := range before {
		if now, err := os.Lstat(name); err != nil || !os.SameFile(was, now) {
			g.t.Errorf("%s was sound, and is gone: %v\n%s", name, err, out)
		}
	}
}

// dirs are the directories of all clones.
func (g *gitCache) dirs() map[string]fs.FileInfo {
	list := g.sound("-")
	for name, fi := range list {
		if !fi.IsDir() {
			delete(list, name)
		}
	}
	return list
}

// TestRepairWithoutGit: what stands in git's way is no damage to a clone.
func TestRepairWithoutGit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		env      string
		config   string // the user's
		git      string // a script
		says     string
		verified bool
	}{
		{name: "bad config of the user's", config: "[user\n", verified: true},
		{name: "bad value in it", config: "[core]\n\tbare = what\n\tcompression = 77\n", verified: true},
		{name: "count", env: "GIT_CONFIG_COUNT=x", verified: true},
		{name: "parameters", env: "GIT_CONFIG_PARAMETERS=x", verified: true},
		{name: "config file", env: "GIT_CONFIG_GLOBAL=/none/none", verified: true},
		{name: "objects", env: "GIT_OBJECT_DIRECTORY=/none", verified: true},
		{name: "directory", env: "GIT_DIR=/none", verified: true},
		{name: "namespace", env: "GIT_NAMESPACE=:", verified: true},
		{name: "trace", env: "GIT_TRACE=1", verified: true},
		{name: "old directory", env: "GIT_COMMON_DIR=/none", verified: true},
		{name: "library missing", git: "echo 'git: error while loading shared libraries: libz.so.1' >&2; exit 127", says: "did not say why"},
		{name: "memory", git: "echo 'error: packfile ./objects/pack/p.pack cannot be accessed'; echo 'fatal: Out of memory, malloc failed (tried to allocate 9 bytes)' >&2; exit 128", says: "Out of memory"},
		{name: "files", git: "echo 'missing blob 0123456789012345678901234567890123456789'; echo 'error: unable to open x: Too many open files' >&2; exit 2", says: "Too many open files"},
		{name: "killed", git: "echo 'error: 01: object corrupt or missing: x'; kill -9 $$", says: "signal: killed"},
		{name: "not a repository", git: "echo \"fatal: not a git repository: '.'\" >&2; exit 128", says: "not a git repository"},
		{name: "bad config elsewhere", git: "echo 'fatal: bad config line 1 in file /etc/gitconfig' >&2; exit 128", says: "/etc/gitconfig"},
		{name: "newer format", git: "echo 'fatal: Expected git repo version <= 1, found 9' >&2; exit 128", says: "found 9"},
		{name: "old commits", git: "echo 'error in commit 0123: badEmail: invalid author/committer line' >&2; exit 1", verified: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGitCache(t)
			if tt.config != "" {
				if err := os.WriteFile(filepath.Join(g.dir, ".gitconfig"), []byte(tt.config), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if tt.env != "" {
				g.env = append(g.env, tt.env)
			}
			if tt.git != "" {
				g.standIn(tt.git)
			}
			before := g.dirs()
			out, err := g.command("gosafe", "repair", "all")
			g.kept(before, out)
			if (err == nil) != tt.verified || !strings.Contains(out, "damaged\n") || !strings.Contains(out, tt.says) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestRepairOtherClones: a clone of another version control system's is none
// of git's.
func TestRepairOtherClones(t *testing.T) {
	t.Parallel()
	g := newGitCache(t)
	text := "hg:https://example.com/hg"
	repo := filepath.Join(g.root, fmt.Sprintf("%x", sha256.Sum256([]byte(text))))
	if err := os.MkdirAll(filepath.Join(repo, ".hg"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(repo+".info", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	before := g.dirs()
	out, err := g.command("gosafe", "repair", "all")
	g.kept(before, out)
	if err != nil || !strings.Contains(out, "3 clones, ") || !strings.Contains(out, "nothing is damaged") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFetchWords: words about damage may be the server's. Only git's own look
// at the clone counts, and if that cannot be had, the clone stays.
func TestFetchWords(t *testing.T) {
	t.Parallel()
	words := "echo 'error: https://github.com/gosafe-test/m did not send all necessary objects' >&2; exit 1"
	for _, tt := range []struct {
		name, git string
		passes    bool
		says      string
	}{
		// go itself tries a failed shallow fetch once more, as a full one
		{"once", `case "$*" in *fetch*) mkdir "$HOME/1" 2>/dev/null && { ` + words + `; }; mkdir "$HOME/2" 2>/dev/null && { ` + words + "; };; esac", true, "trying again"},
		{"for good", `case "$*" in *fetch*) ` + words + ";; esac", false, "did not send all"},
		{"git fsck fails", `case "$*" in *fetch*) ` + words + ";; *fsck*) echo 'fatal: what now' >&2; exit 128;; esac", false, "left alone: git fsck: fatal: what now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGitCache(t)
			g.standIn(tt.git + "\nexec $GIT \"$@\"\n")
			before := g.dirs()
			out, err := g.goRun("github.com/gosafe-test/m@v1.2.0")
			g.kept(before, out)
			if (err == nil) != tt.passes || !strings.Contains(out, tt.says) || strings.Contains(out, "deleted") {
				t.Errorf("%v\n%s", err, out)
			}
			t.Log(out)
		})
	}
}

// TestRepairSeesDamage: what go seldom meets is found, too, in a clone whose
// objects are in a pack.
func TestRepairSeesDamage(t *testing.T) {
	t.Parallel()
	packs := func(ext string, change func([]byte) []byte) func(*gitCache) {
		return func(g *gitCache) {
			names, err := filepath.Glob(filepath.Join(g.clone, "objects", "pack", "*"+ext))
			if err != nil || len(names) == 0 {
				g.t.Fatalf("no %s: %v", ext, err)
			}
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					g.t.Fatal(err)
				}
				rel, _ := filepath.Rel(g.clone, name)
				g.put(rel, string(change(data)))
			}
		}
	}
	remove := func(name string) func(*gitCache) {
		return func(g *gitCache) { os.RemoveAll(filepath.Join(g.clone, name)) }
	}
	put := func(name, text string) func(*gitCache) { return func(g *gitCache) { g.put(name, text) } }
	for _, tt := range []struct {
		name   string
		damage func(*gitCache)
		says   string
	}{
		{"pack cut", packs(".pack", halved), "git fsck says"},
		{"pack flipped", packs(".pack", flipped), "git fsck says"},
		{"pack empty", packs(".pack", emptied), "git fsck says"},
		{"pack zero", packs(".pack", zeroed), "git fsck says"},
		{"index cut", packs(".idx", halved), "git fsck says"},
		{"index flipped", packs(".idx", flipped), "git fsck says"},
		{"index empty", packs(".idx", emptied), "git fsck says"},
		{"index zero", packs(".idx", zeroed), "git fsck says"},
		{"packs gone", remove("objects/pack"), "git fsck says"},
		{"packed refs garbage", put("packed-refs", "garbage\n"), "git fsck says"},
		{"packed refs zero", put("packed-refs", strings.Repeat("\x00", 100)), "git fsck says"},
		{"ref empty", put("refs/tags/v1.0.0", ""), "git fsck says"},
		{"ref astray", put("refs/tags/v1.0.0", strings.Repeat("01", 20)+"\n"), "git fsck says"},
		{"config value", func(g *gitCache) {
			g.put("config", "[core]\n\tbare = what\n[remote \"origin\"]\n\turl = https://github.com/gosafe-test/m\n")
		}, "git fsck says"},
		{"config line", put("config", "[remote \"origin\"]\n\turl = x\n[core\n"), "git fsck says"},
		{"config empty", put("config", ""), "names no origin"},
		{"config gone", remove("config"), "names no origin"},
		{"refs gone", remove("refs"), "has no refs"},
		{"HEAD zero", put("HEAD", strings.Repeat("\x00", 23)), "names nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGitCache(t)
			for _, args := range [][]string{{"repack", "-adq"}, {"pack-refs", "--all"}} {
				if out, err := g.command("/usr/bin/env", append([]string{"git", "-C", g.clone}, args...)...); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			tt.damage(g)
			if out, err := g.command("gosafe", "repair", "-n", "all"); err == nil || !strings.HasPrefix(out, g.clone+": ") || !strings.Contains(out, tt.says) {
				t.Errorf("%v\n%s", err, out)
			} else {
				t.Log(out)
			}
		})
	}
}

// TestRepairUnreadable: a pack that may not be read is a matter of permission.
func TestRepairUnreadable(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may read all")
	}
	g := newGitCache(t)
	if out, err := g.command("/usr/bin/env", "git", "-C", g.clone, "repack", "-adq"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names, _ := filepath.Glob(filepath.Join(g.clone, "objects", "pack", "*.pack"))
	for _, name := range names {
		if err := os.Chmod(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	before := g.dirs()
	out, err := g.command("gosafe", "repair", "all")
	g.kept(before, out)
	if err == nil || !strings.Contains(out, "permission denied") && !strings.Contains(out, "Permission denied") {
		t.Errorf("%v\n%s", err, out)
	}
}
