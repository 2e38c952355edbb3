package retry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// lockAge is how old a lock of git's has to be before it counts as left behind.
// cmd/go's own lock keeps every other go away, but not a git that has outlived
// the go that started it.
const lockAge = 10 * time.Second

// MendVCS mends a repository in the cache of clones, cache/vcs, under the lock
// that cmd/go takes for all its work there (codehost.WorkDir), so that nobody
// else is at work in it. at is the path that git's words name: the repository,
// a lock in it, or the .info file beside it. If it is empty, or only a ref, the
// repository is looked for by the module it serves.
//
// The narrowest thing that helps is done: a lock that is left behind is removed,
// the .info file put right, or the repository removed, which go clones again.
// That is done only to one that has been looked at and found damaged: git's
// words may be the server's, or about something else. Nothing is returned if it
// is sound, and an error if that cannot be told.
func (c ModCache) MendVCS(ctx context.Context, at string, m module.Version) ([]Repair, error) {
	root := filepath.Join(c.Dir, "cache", "vcs")
	if at == "" || strings.HasPrefix(at, "refs/") {
		var err error
		if at, err = cloneOf(root, m.Path); err != nil {
			return nil, err
		}
	}
	name, inside, ok := splitVCS(root, at)
	if !ok {
		return nil, fmt.Errorf("%s is not in the module cache's %s, and is left alone", at, root)
	}
	repo := filepath.Join(root, name)
	unlock, err := lockFile(ctx, repo+".lock")
	if err != nil {
		return nil, explainPermission(err)
	}
	defer unlock()
	r := Repair{Module: m, Path: repo, Damage: "damaged clone", Action: "deleted"}
	switch {
	case strings.HasSuffix(inside, ".lock"):
		r.Path, r.Damage = at, "left behind by a git that is gone"
		err = removeOldLock(ctx, at)
	case at == repo+".info":
		r.Path, r.Damage = at, "names another repository"
		r.Action, err = mendInfo(repo)
	default:
		damage, lerr := c.lookAtClone(ctx, repo)
		switch {
		case errors.Is(lerr, os.ErrNotExist):
			return nil, nil
		case lerr != nil:
			return nil, fmt.Errorf("%s may be damaged, and is left alone: %w", repo, explainPermission(lerr))
		case damage == "":
			return nil, nil
		}
		err = removeClone(repo)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // somebody else was faster
	}
	if err != nil {
		return nil, fmt.Errorf("mending %s: %w", repo, explainPermission(err))
	}
	return []Repair{r}, nil
}

// splitVCS splits a path below root into the name of a repository, which is a
// SHA-256 in hexadecimal, and what is inside it.
func splitVCS(root, path string) (name, inside string, ok bool) {
	rel, err := filepath.Rel(root, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", "", false
	}
	name, inside, _ = strings.Cut(filepath.ToSlash(rel), "/")
	name = strings.TrimSuffix(name, ".info")
	if len(name) != 64 || strings.Trim(name, "0123456789abcdef") != "" {
		return "", "", false
	}
	return name, inside, true
}

// cloneOf finds the one repository that serves a module, by the URLs in the
// .info files: "git3:https://example.com/repo.git" serves example.com/repo and
// what is below it.
func cloneOf(root, path string) (string, error) {
	infos, err := filepath.Glob(filepath.Join(root, "*.info"))
	if err != nil {
		return "", err
	}
	var found []string
	for _, info := range infos {
		if serves(info, path) {
			found = append(found, strings.TrimSuffix(info, ".info"))
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%d clones in %s may be the one of %s; none is touched", len(found), root, path)
	}
	return found[0], nil
}

// serves reports whether the repository with that .info file serves a module.
func serves(info, path string) bool {
	data, err := os.ReadFile(info)
	if err != nil {
		return false
	}
	_, url, ok := strings.Cut(strings.TrimSpace(string(data)), "://")
	url = strings.TrimSuffix(url[strings.LastIndexByte(url, '@')+1:], ".git")
	return ok && (path == url || strings.HasPrefix(path, url+"/"))
}

// removeOldLock removes a lock file of git's once it is old enough.
func removeOldLock(ctx context.Context, path string) error {
	fi, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	if left := lockAge - time.Since(fi.ModTime()); left > 0 && left <= lockAge {
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return os.Remove(path)
}

// mendInfo puts right the .info file beside a repository, by the URL that git
// has of it: the repository's name is the hash of what belongs into it. Without
// an .info file go would clone everything again, which is what is left where
// git knows no URL either.
func mendInfo(repo string) (action string, err error) {
	config, err := os.ReadFile(filepath.Join(repo, "config"))
	for line := range strings.Lines(string(config)) {
		name, url, _ := strings.Cut(strings.TrimSpace(line), " = ")
		text := "git3:" + url
		if name == "url" && namedBy(repo, []byte(text)) {
			return "replaced", writeRenamed(repo+".info", text)
		}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return "deleted", os.Remove(repo + ".info")
}

// namedBy reports whether a repository has the name that belongs to the text
// of its .info file (codehost.WorkDir).
func namedBy(repo string, text []byte) bool {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]) == filepath.Base(repo)
}

// removeClone removes a repository as one step, as far as its readers see.
func removeClone(repo string) error {
	gone, err := os.MkdirTemp(filepath.Dir(repo), ".gosafe-removed-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(gone)
	return os.Rename(repo, filepath.Join(gone, "repo"))
}
