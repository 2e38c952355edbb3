package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"gosafe/classify"
	"gosafe/retry"
)

// mendTimeout bounds the wait for cmd/go's lock on a module, which another go
// command holds as long as it downloads it, and the hashing.
const mendTimeout = 2 * time.Minute

func (s *shim) cache() retry.ModCache {
	c := retry.ModCache{
		Dir:        s.Env.Get("GOMODCACHE"),
		BuildCache: s.Env.Get("GOCACHE"),
		GoVersion:  s.Env.Version(),
		Offline:    s.Env.Get("GOPROXY") == "off",
		Fsck:       s.fsck,
	}
	if set, ok := readModules(s.Env, s.Dir(), ""); ok {
		c.Sums = retry.ReadSums(set.sums...)
	}
	return c
}

// sums is what go keeps of checksum databases.
func (s *shim) sums() retry.SumCache {
	c := retry.SumCache{Dir: s.Env.Get("GOMODCACHE"), Setting: s.Env.Get("GOSUMDB"), Offline: s.Env.Get("GOPROXY") == "off"}
	if list := filepath.SplitList(s.Env.Get("GOPATH")); len(list) > 0 && list[0] != "" {
		c.Latest = filepath.Join(list[0], "pkg", "sumdb")
	}
	return c
}

// progress counts what is finished in the module cache.
func (g *guarded) progress() int { return retry.ModCache{Dir: g.Env.Get("GOMODCACHE")}.Finished() }

// mend mends what the verdict says is damaged, and tells what it did.
func (g *guarded) mend(v classify.Verdict) (done []string, err error) {
	ctx, cancel := context.WithTimeoutCause(g.sig.Context(), mendTimeout, errors.New("it took too long, or another go command holds the lock"))
	defer cancel()
	if v.Cause == classify.BuildcacheCorrupt {
		return g.mendBuilds(ctx, v)
	}
	cache := g.cache()
	if cache.Dir == "" {
		return nil, errors.New("the module cache is not known: neither GOMODCACHE nor GOPATH nor HOME is set")
	}
	var repairs []retry.Repair
	switch w := v.Where; {
	case v.Cause != classify.ModcacheCorrupt:
		repairs, err = cache.MendVCS(ctx, w.Path, module.Version{Path: w.Module, Version: w.Version})
		if err == nil && len(repairs) == 0 && w.Path == "" {
			return nil, retry.ErrSound // git has verified the clone
		}
	case ofSumdb(v.Evidence):
		repairs, err = g.sums().Mend(ctx)
	default:
		repairs, err = g.mendModules(ctx, cache, v)
	}
	for _, r := range repairs {
		if r.Action != "" {
			done = append(done, told(r))
		}
	}
	if err == nil && len(done) == 0 && strings.Contains(v.Evidence, "mismatch") {
		return nil, retry.ErrSound // then it is not the cache that is wrong
	}
	return done, err
}

// mendBuilds mends the build cache. An entry that vanished while go ran was
// cleaned away by somebody, and is made again.
func (g *guarded) mendBuilds(ctx context.Context, v classify.Verdict) (done []string, err error) {
	if v.Decision != classify.Repair || strings.Contains(v.Evidence, ": no such file") {
		return nil, nil
	}
	if g.Env.Get("GOCACHEPROG") != "" {
		return nil, errors.New("GOCACHEPROG keeps the build cache, and has to mend it itself")
	}
	repairs, err := retry.BuildCache{Dir: g.Env.Get("GOCACHE")}.Mend(ctx)
	switch n := len(repairs); {
	case err == nil && n == 0:
		return nil, retry.ErrSound
	case n == 1:
		done = append(done, "deleted a damaged entry of the build cache")
	case n > 1:
		done = append(done, fmt.Sprintf("deleted %d damaged entries of the build cache", n))
	}
	return done, err
}

// ofSumdb reports whether go's words are about the checksum database, rather
// than about a module (modfetch.lookupSumDB).
func ofSumdb(evidence string) bool {
	return (strings.Contains(evidence, ": verifying module: ") || strings.Contains(evidence, ": verifying go.mod: ")) &&
		!strings.Contains(evidence, "checksum mismatch")
}

// told says what a repair did.
func told(r retry.Repair) string {
	name := filepath.Base(r.Path)
	if len(name) > 60 {
		name = name[:12] + "…" // a clone's is a hash
	}
	if _, in, ok := strings.Cut(filepath.ToSlash(r.Path), "/download/sumdb/"); ok {
		name = in
	} else if r.Module.Path != "" {
		name += " of " + r.Module.String()
	}
	return fmt.Sprintf("%s %s (%s)", r.Action, name, r.Damage)
}

// mendModules verifies the modules that the verdict names, or all that the main
// module uses if it names none, and mends those that are damaged.
func (g *guarded) mendModules(ctx context.Context, cache retry.ModCache, v classify.Verdict) (all []retry.Repair, err error) {
	mods := g.named(cache, v)
	if len(mods) == 0 {
		mods = damagedOf(ctx, cache, g.used())
	}
	for _, m := range mods {
		repairs, err := cache.Mend(ctx, m)
		all = append(all, repairs...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// named returns the module versions that the deciding findings name, in words
// or by a path in the cache. An importer may be named where the path is that
// of what it imports.
func (g *guarded) named(cache retry.ModCache, v classify.Verdict) (mods []module.Version) {
	seen := map[module.Version]bool{}
	add := func(m module.Version) {
		if m.Path != "" && m.Version != "" && !seen[m] {
			seen[m] = true
			mods = append(mods, m)
		}
	}
	for _, f := range v.Findings {
		if f.Cause != v.Cause {
			continue
		}
		add(module.Version{Path: f.Where.Module, Version: strings.TrimSuffix(f.Where.Version, "/go.mod")})
		if m, ok := cache.ModuleOf(g.absolute(f.Where.Path)); ok {
			add(m)
		}
	}
	return mods
}

// absolute makes a path absolute that go has shortened, as it likes to.
func (g *guarded) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(g.Dir(), path)
}

// used are the module versions that the command may read: those that its go.mod
// requires, and those in its go.sum, of which an older go.mod names only some,
// and whose go.mod files are read to build the graph.
func (s *shim) used() (mods []module.Version) {
	set, ok := readModules(s.Env, s.Dir(), "")
	if !ok {
		return nil
	}
	seen := map[module.Version]bool{}
	add := func(m module.Version) {
		m.Version = strings.TrimSuffix(m.Version, "/go.mod")
		if !seen[m] {
			seen[m] = true
			mods = append(mods, m)
		}
	}
	for _, m := range set.requires {
		add(m)
	}
	for m := range retry.ReadSums(set.sums...) {
		add(m)
	}
	module.Sort(mods)
	return mods
}

// damagedOf verifies versions, and returns those that are damaged. What cannot
// be read is for Mend, or for go, to tell.
func damagedOf(ctx context.Context, cache retry.ModCache, mods []module.Version) (damaged []module.Version) {
	found, _ := cache.Damaged(ctx, mods)
	for _, r := range found {
		if !slices.Contains(damaged, r.Module) {
			damaged = append(damaged, r.Module)
		}
	}
	return damaged
}
