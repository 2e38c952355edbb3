package retry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
)

const hash = "32196a713830732ba1a630719046607ae31f4f75879c9d0dfec5544eefce6479"

// clones makes a cache with two clones.
func clones(t *testing.T) (c ModCache, repo, other string) {
	t.Helper()
	c.Dir = t.TempDir()
	root := filepath.Join(c.Dir, "cache", "vcs")
	repo, other = filepath.Join(root, hash), filepath.Join(root, strings.Repeat("0", 64))
	for dir, url := range map[string]string{repo: "git3:https://example.com/team/lib.git", other: "git3:https://example.com/team/library"} {
		if err := os.MkdirAll(filepath.Join(dir, "objects"), 0o777); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{filepath.Join(dir, "HEAD"), filepath.Join(dir, "shallow.lock"), dir + ".info", dir + ".lock"} {
			if err := os.WriteFile(file, []byte(url), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(dir, "shallow.lock"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	return c, repo, other
}

func TestMendVCS(t *testing.T) {
	t.Parallel()
	lib := module.Version{Path: "example.com/team/lib/v2/sub", Version: "v2.0.0"}
	for _, tt := range []struct {
		name string
		at   string   // below the clone; "-" for none
		gone []string // of the clone and beside it
		err  string
	}{
		{name: "the clone", at: "", gone: []string{""}},
		{name: "the clone, by module", at: "-", gone: []string{""}},
		{name: "a lock", at: "/shallow.lock", gone: []string{"/shallow.lock"}},
		{name: "the info", at: ".info", gone: []string{".info"}},
		{name: "a lock that is gone", at: "/refs/tags/v1.lock"},
		{name: "somewhere else", at: "/../../download", err: "left alone"},
		{name: "above", at: "/../../../..", err: "left alone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, repo, other := clones(t)
			at := repo + filepath.FromSlash(tt.at)
			if tt.at == "-" {
				at = ""
			}
			repairs, err := c.MendVCS(context.Background(), at, lib)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if len(repairs) != len(tt.gone) {
				t.Errorf("repairs %v", repairs)
			}
			for _, left := range []string{"", "/HEAD", "/shallow.lock", ".info", ".lock"} {
				want := true
				for _, gone := range tt.gone {
					want = want && left != gone && !(gone == "" && strings.HasPrefix(left, "/"))
				}
				if _, err := os.Stat(repo + left); (err == nil) != want {
					t.Errorf("%q is left: %v", left, err == nil)
				}
			}
			if _, err := os.Stat(filepath.Join(other, "HEAD")); err != nil {
				t.Error("another clone was touched")
			}
			if rest, _ := filepath.Glob(filepath.Join(filepath.Dir(repo), ".gosafe*")); len(rest) > 0 {
				t.Errorf("left behind: %v", rest)
			}
		})
	}
}

// TestMendVCSUnclear: two clones that may be meant, or none.
func TestMendVCSUnclear(t *testing.T) {
	t.Parallel()
	c, _, _ := clones(t)
	for _, path := range []string{"example.com/other", "example.com/team"} {
		if _, err := c.MendVCS(context.Background(), "", module.Version{Path: path}); err == nil {
			t.Errorf("a clone was found for %s", path)
		}
	}
}

// TestMendVCSLooks: a clone is removed only if it has been seen to be damaged,
// whatever was named.
func TestMendVCSLooks(t *testing.T) {
	t.Parallel()
	says := func(damage string, err error) func(context.Context, string) (string, error) {
		return func(context.Context, string) (string, error) { return damage, err }
	}
	for _, tt := range []struct {
		name string
		fsck func(context.Context, string) (string, error)
		file string // written over
		text string
		hg   bool
		gone bool
		err  string
	}{
		{name: "sound", fsck: says("", nil)},
		{name: "damaged", fsck: says("a pack is cut short", nil), gone: true},
		{name: "cannot tell", fsck: says("", errors.New("no git")), err: "left alone: no git"},
		{name: "nobody to tell", err: "left alone"},
		{name: "no HEAD, and no git", file: "HEAD", fsck: says("", errors.New("no git")), gone: true},
		{name: "a commit as HEAD", file: "HEAD", text: strings.Repeat("0a", 20) + "\n", fsck: says("", nil)},
		{name: "an empty config", file: "config", fsck: says("", nil), gone: true},
		{name: "Mercurial's", hg: true, fsck: says("no git repository", nil)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, repo, _ := clones(t)
			put := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if tt.hg {
				repo = filepath.Join(filepath.Dir(repo), fmt.Sprintf("%x", sha256.Sum256([]byte("hg:https://example.com"))))
				put(repo+".info", "hg:https://example.com")
			}
			if err := os.MkdirAll(filepath.Join(repo, "refs"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(repo, "objects"), 0o777); err != nil {
				t.Fatal(err)
			}
			put(filepath.Join(repo, "HEAD"), "ref: refs/heads/main\n")
			put(filepath.Join(repo, "config"), "[remote \"origin\"]\n\turl = https://example.com/team/lib.git\n")
			if tt.file != "" {
				put(filepath.Join(repo, tt.file), tt.text)
			}
			c.Fsck = tt.fsck
			repairs, err := c.MendVCS(context.Background(), repo, module.Version{})
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if _, err := os.Stat(repo); (err != nil) != tt.gone || (len(repairs) > 0) != tt.gone {
				t.Errorf("gone: %v, want %v; repairs %v", err != nil, tt.gone, repairs)
			}
		})
	}
}
