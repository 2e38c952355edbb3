package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gosafe/gosafe-doctor/userfile"
)

// staleAfter is how old a lock of git's has to be before it counts as left
// behind: a git that runs makes and removes one within a moment.
const staleAfter = 10 * time.Second

// checkClones looks at the clones that go keeps of repositories.
func checkClones(ctx context.Context, p *patient) []finding {
	root := filepath.Join(p.get("GOMODCACHE"), "cache", "vcs")
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil
	}
	held := p.heldLocks()
	var found []finding
	n := 0
	for _, e := range entries {
		if !e.IsDir() || len(e.Name()) != 64 || ctx.Err() != nil {
			continue
		}
		n++
		dir := filepath.Join(root, e.Name())
		if held[inode(dir+".lock")] != 0 {
			continue // a go is at work in it
		}
		if what := cloneDamage(dir); what != "" {
			found = append(found, fault(broken, "clone-damaged", "a clone in the module cache is damaged").saw("%s: %s", dir, what).saw("a clone of %s", cloneOf(dir)).
				do("rm -rf %s", shellQuote(dir)))
			continue
		}
		for _, lock := range cloneLocks(ctx, dir) {
			if fi, err := os.Stat(lock); err == nil && p.Now().Sub(fi.ModTime()) > staleAfter {
				found = append(found, fault(broken, "clone-locked", "a git that was killed has left a lock in the module cache").saw("%s, made %s", lock, fi.ModTime().UTC().Format(time.RFC3339)).
					saw("a clone of %s", cloneOf(dir)).do("rm -f %s", shellQuote(lock)))
			}
		}
	}
	if found != nil {
		return found
	}
	if n == 0 {
		return nil
	}
	return fine("%s in the module cache, no lock left behind", were(uint64(n), "clone", "clones"))
}

// cloneDamage says what is wrong with a clone, as far as a look tells.
func cloneDamage(dir string) string {
	head, err := userfile.Read(filepath.Join(dir, "HEAD"))
	hgDir, hgErr := os.Stat(filepath.Join(dir, ".hg"))
	if hgErr == nil && hgDir.IsDir() {
		return ""
	}
	objects, objErr := os.Stat(filepath.Join(dir, "objects"))
	config, _ := userfile.Read(filepath.Join(dir, "config"))
	switch {
	case os.IsNotExist(err):
		return "it has no HEAD"
	case err == nil && len(bytes.TrimSpace(head)) == 0:
		return "its HEAD is empty"
	case objErr != nil || !objects.IsDir():
		return "it has no objects"
	case bytes.IndexByte(config, 0) >= 0:
		return "its config holds zero bytes"
	}
	return ""
}

// cloneLocks are the locks in a clone that keep git from fetching (refs, and
// what is shallow).
func cloneLocks(ctx context.Context, dir string) (locks []string) {
	if name := filepath.Join(dir, "shallow.lock"); isFile(name) {
		locks = append(locks, name)
	}
	filepath.WalkDir(filepath.Join(dir, "refs"), func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(name, ".lock") {
			locks = append(locks, name)
		}
		return nil
	})
	return locks
}

// cloneOf is what a clone is of: go writes it into the file beside it.
func cloneOf(dir string) string {
	data, err := userfile.Read(dir + ".info")
	if err != nil {
		return "an unknown repository"
	}
	_, name, _ := strings.Cut(strings.TrimSpace(string(data)), ":")
	return name
}
