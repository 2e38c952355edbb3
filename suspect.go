package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"gosafe/classify"
	"gosafe/retry"
)

// suspect looks into the caches where go's words leave open whether what is
// wrong came over the network or lay there: a go.mod is fetched without a
// word, so that a checksum mismatch may be of either. cmd/go stores nothing
// that does not match, so that what is found to be damaged was damaged here.
// Then the verdict is that it be mended; if it comes back after that, it stands.
// Nothing is changed yet, and only what the verdict names is looked at.
func (g *guarded) suspect(v classify.Verdict) classify.Verdict {
	if !g.config.Repair || !g.Verb.Mends() || g.config.Mode == "observe" || g.Env.Get("GOMODCACHE") == "" {
		return v
	}
	ctx := g.sig.Context()
	var mods []module.Version
	switch v.Cause {
	case classify.ChecksumMismatch, classify.ServerError:
		if ofSumdb(v.Evidence) {
			if found, _ := g.sums().Damaged(ctx); len(found) > 0 {
				return damage(v, nil)
			}
		} else if cache := g.cache(); v.Cause == classify.ChecksumMismatch {
			mods = damagedOf(ctx, cache, g.named(cache, v))
		} else if v.Where.URL == "" && strings.Contains(v.Evidence, "zip: ") {
			mods = damagedOf(ctx, cache, cache.Unhashed(g.used()))
		}
	case classify.CompileError:
		if v := inCache(v); len(v.Findings) > 0 {
			cache := g.cache()
			mods = slices.DeleteFunc(g.named(cache, v), func(m module.Version) bool { return !cache.Torn(m) })
		}
	case classify.ToolchainCrash:
		return g.suspectBuilds(ctx, v)
	case classify.ImportError:
		if strings.HasSuffix(v.Evidence, ": cannot find package") { // modindex.errCannotFindPackage
			return g.suspectBuilds(ctx, v)
		}
		if strings.Contains(v.Evidence, " Go files in ") { // its directory may have lost some
			mods = g.damagedIn(ctx, v)
		}
		if _, pkg, ok := strings.Cut(v.Evidence, "no required module provides package "); ok { // it may have lost all
			pkg, _, _ = strings.Cut(pkg, ";")
			mods = damagedOf(ctx, g.cache(), g.providers(pkg))
		}
	}
	if len(mods) > 0 {
		return damage(v, mods)
	}
	return v
}

// suspectTime bounds how long such a failure is kept back for a look at the
// whole build cache.
const suspectTime = 3 * time.Second

// suspectBuilds looks whether what failed may have read a damaged output in the
// build cache: a compiler or linker that crashed, or go itself, which does not
// find a package in an index of zeros.
func (g *guarded) suspectBuilds(ctx context.Context, v classify.Verdict) classify.Verdict {
	ctx, cancel := context.WithTimeout(ctx, suspectTime)
	defer cancel()
	if found, _ := (retry.BuildCache{Dir: g.Env.Get("GOCACHE")}).Damaged(ctx); len(found) > 0 && g.Env.Get("GOCACHEPROG") == "" {
		v = damage(v, nil)
		v.Cause, v.Findings[0].Cause = classify.BuildcacheCorrupt, classify.BuildcacheCorrupt
	}
	return v
}

// providers returns the required modules that may hold a package, by its path.
func (g *guarded) providers(pkg string) (mods []module.Version) {
	set, _ := readModules(g.Env, g.Dir(), "")
	for _, m := range set.requires {
		if pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/") {
			mods = append(mods, m)
		}
	}
	return mods
}

// damagedIn returns the damaged ones of the extracted modules that a verdict's
// positions are in.
func (g *guarded) damagedIn(ctx context.Context, v classify.Verdict) []module.Version {
	if v = inCache(v); len(v.Findings) == 0 {
		return nil
	}
	cache := g.cache()
	return damagedOf(ctx, cache, g.named(cache, v))
}

// edited tells of a module in the cache that is not what was downloaded, where
// the code in it does not compile: somebody may have edited it, so that it is
// left as it is.
func (g *guarded) edited(v classify.Verdict) {
	if v.Cause != classify.CompileError {
		return
	}
	for _, m := range g.damagedIn(context.Background(), v) { // a signal ends us by now
		g.ui.line("hint: the files of %s in the module cache are not those that were downloaded; gosafe repair %s puts them right", m, m)
	}
}

// inCache keeps the findings that are at a position in an extracted module.
func inCache(v classify.Verdict) classify.Verdict {
	var kept []classify.Finding
	for _, f := range v.Findings {
		if strings.Contains(filepath.ToSlash(f.Where.Path), "@v") {
			kept = append(kept, f)
		}
	}
	v.Findings = kept
	return v
}

// damage makes a verdict one of damage to the module cache: in the modules, or
// as the verdict says if there are none.
func damage(v classify.Verdict, mods []module.Version) classify.Verdict {
	v.Cause, v.Decision = classify.ModcacheCorrupt, classify.Repair
	f := v.Finding
	v.Findings = []classify.Finding{f}
	for i, m := range mods {
		f.Where.Module, f.Where.Version = m.Path, m.Version
		if i == 0 {
			v.Finding, v.Findings = f, nil
		}
		v.Findings = append(v.Findings, f)
	}
	return v
}
