package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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
	c := retry.ModCache{Dir: s.env.Get("GOMODCACHE"), BuildCache: s.env.Get("GOCACHE"), GoVersion: s.env.Version(), Offline: s.env.Get("GOPROXY") == "off"}
	if set, ok := readModules(s.env, s.dir(), ""); ok {
		c.Sums = retry.ReadSums(set.sums...)
	}
	return c
}

// progress counts what is finished in the module cache.
func (g *guarded) progress() int { return retry.ModCache{Dir: g.env.Get("GOMODCACHE")}.Finished() }

// mend mends what the verdict says is damaged, and tells what it did.
func (g *guarded) mend(v classify.Verdict) (done []string, err error) {
	cache := g.cache()
	if cache.Dir == "" {
		return nil, errors.New("the module cache is not known: neither GOMODCACHE nor GOPATH nor HOME is set")
	}
	ctx, cancel := context.WithTimeoutCause(g.sig.Context(), mendTimeout, errors.New("another go command holds the lock"))
	defer cancel()
	var repairs []retry.Repair
	if v.Cause == classify.ModcacheCorrupt {
		repairs, err = g.mendModules(ctx, cache, v)
	} else {
		w := v.Where
		repairs, err = cache.MendVCS(ctx, w.Path, module.Version{Path: w.Module, Version: w.Version})
	}
	for _, r := range repairs {
		if r.Action != "" {
			name := filepath.Base(r.Path)
			if len(name) > 60 {
				name = name[:12] + "…" // a clone's is a hash
			}
			done = append(done, fmt.Sprintf("%s %s of %s (%s)", r.Action, name, r.Module, r.Damage))
		}
	}
	if err == nil && len(done) == 0 && strings.Contains(v.Evidence, "mismatch") {
		return nil, retry.ErrSound // then it is not the cache that is wrong
	}
	return done, err
}

// mendModules verifies the modules that the verdict names, or all that the main
// module requires if it names none, and mends those that are damaged.
func (g *guarded) mendModules(ctx context.Context, cache retry.ModCache, v classify.Verdict) (all []retry.Repair, err error) {
	mods := named(v)
	if len(mods) == 0 {
		mods = g.damaged(ctx, cache)
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

// named returns the module versions that the deciding findings name.
func named(v classify.Verdict) (mods []module.Version) {
	seen := map[module.Version]bool{}
	for _, f := range v.Findings {
		m := module.Version{Path: f.Where.Module, Version: strings.TrimSuffix(f.Where.Version, "/go.mod")}
		if f.Cause == v.Cause && m.Path != "" && m.Version != "" && !seen[m] {
			seen[m] = true
			mods = append(mods, m)
		}
	}
	return mods
}

// damaged verifies every module that the command's go.mod requires.
func (g *guarded) damaged(ctx context.Context, cache retry.ModCache) (mods []module.Version) {
	set, ok := readModules(g.env, g.dir(), "")
	if !ok {
		return nil
	}
	found, _ := cache.Damaged(ctx, set.requires) // what cannot be read is for Mend, or for go, to tell
	seen := map[module.Version]bool{}
	for _, r := range found {
		if !seen[r.Module] {
			seen[r.Module] = true
			mods = append(mods, r.Module)
		}
	}
	return mods
}
