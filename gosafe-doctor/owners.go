package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
)

// downloadBase is the path of the files of a module version in the cache, less
// their suffixes (cmd/go/internal/modfetch, CachePath).
func downloadBase(cache string, m module.Version) (base, tree string, err error) {
	path, err1 := module.EscapePath(m.Path)
	vers, err2 := module.EscapeVersion(m.Version)
	if err1 != nil || err2 != nil {
		return "", "", fmt.Errorf("%s: no name for the cache", m)
	}
	path = filepath.FromSlash(path)
	return filepath.Join(cache, "cache", "download", path, "@v", vers), filepath.Join(cache, path+"@"+vers), nil
}

// checkOwners looks for what another user has left in the caches: a go command
// run by sudo, a container with another user.
func checkOwners(ctx context.Context, p *patient) []finding {
	var found []finding
	for _, key := range []string{"GOMODCACHE", "GOCACHE"} {
		root := p.get(key)
		if !filepath.IsAbs(root) || denied(root) {
			continue // cache/places tells
		}
		var bad []string
		for _, path := range p.written(ctx, key, root) {
			if denied(path) {
				bad = append(bad, path)
			}
		}
		if bad == nil {
			continue
		}
		owner, us := ownerOf(bad[0])
		f := fault(broken, "cache-foreign", "%s holds what you may not write: %s to %s", key, were(uint64(len(bad)), "place belongs", "places belong"), owner).saw("%s: you are %s", bad[0], us)
		do := "sudo chown -R " + us + " " + shellQuote(root)
		if owner == us {
			f = fault(broken, "cache-read-only", "%s holds directories that may not be written", key).saw("%s", bad[0])
			do = "chmod -R u+w " + shellQuote(root)
		}
		found = append(found, f.do("%s", do))
	}
	if home := p.home(); home != "" {
		if owner, us := ownerOf(home); us == "root" && owner != "root" {
			found = append(found, fault(warning, "root-in-home", "you are root in the home directory of %s: what go writes there, %s cannot change later", owner, owner).saw("HOME=%s", home).
				do("run go without sudo, or with: sudo -H"))
		}
	}
	if found != nil {
		return found
	}
	return fine("the caches are yours")
}

// written are the directories and locks in a cache that go writes to for the
// modules of go.mod, as far as there are any.
func (p *patient) written(ctx context.Context, key, root string) (paths []string) {
	seen := map[string]bool{}
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			if _, err := os.Lstat(path); err == nil {
				paths = append(paths, path)
			}
		}
	}
	if key == "GOCACHE" {
		for i := range 256 {
			add(filepath.Join(root, fmt.Sprintf("%02x", i)))
		}
		add(filepath.Join(root, "trim.txt"))
		return paths
	}
	add(filepath.Join(root, "cache", "lock"))
	add(filepath.Join(root, "cache", "vcs"))
	for _, m := range p.module().remote() {
		if ctx.Err() != nil {
			break
		}
		base, tree, err := downloadBase(root, m)
		if err != nil {
			continue
		}
		if _, err := os.Stat(tree); err == nil && isFile(base+".ziphash") && isFile(base+".mod") && isFile(base+".info") {
			continue // complete: it is not written again
		}
		add(base + ".lock")
		for _, leaf := range []string{filepath.Dir(base), filepath.Dir(tree)} {
			for dir := leaf; len(dir) > len(root); dir = filepath.Dir(dir) {
				add(dir)
			}
		}
	}
	return paths
}
