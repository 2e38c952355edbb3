package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"

	"gosafe/retry"
)

// chunk is how many modules are verified between two looks at the clock.
const chunk = 8

// checkModules verifies what is in the cache of the modules in go.mod.
func checkModules(ctx context.Context, p *patient) []finding {
	dir := p.get("GOMODCACHE")
	mods := p.module().remote()
	if !filepath.IsAbs(dir) || len(mods) == 0 {
		return nil
	}
	cache := retry.ModCache{Dir: dir, Sums: p.module().readSums()}
	var damaged []retry.Repair
	there := 0
	for _, m := range mods {
		if base, tree, err := downloadBase(dir, m); err == nil {
			if _, err := os.Stat(tree); err == nil || isFile(base+".zip") {
				there++
			}
		}
	}
	for i := 0; i < len(mods); i += chunk {
		p.waiting("modules", fmt.Sprintf("modules in the cache (%d of %d)", i, len(mods)))
		repairs, _ := cache.Damaged(ctx, mods[i:min(i+chunk, len(mods))]) // what may not be read: cache/owners, and go, tell
		damaged = append(damaged, repairs...)
		if ctx.Err() != nil {
			if damaged != nil {
				break
			}
			return []finding{fault(note, "modules-unverified", "%d of %s were verified in time, and are sound", i, were(uint64(len(mods)), "module", "modules")).do("go mod verify looks at all of them")}
		}
	}
	switch {
	case damaged != nil:
	case there == 0:
		return []finding{fault(note, "modules-absent", "nothing that go.mod requires is in the module cache yet: go has to fetch %s", were(uint64(len(mods)), "module", "modules"))}
	case there == len(mods):
		return fine("all that go.mod requires is in the module cache, and sound (%s)", were(uint64(there), "module", "modules"))
	default:
		return fine("%s of the %d that go.mod requires in the module cache, and sound", were(uint64(there), "module is", "modules are"), len(mods))
	}
	f := fault(broken, "cache-damaged", "the module cache holds damaged files of %s", damaged[0].Module)
	if n := countModules(damaged); n > 1 {
		f.Summary += " and " + were(uint64(n-1), "module more", "modules more")
	}
	for _, r := range damaged[:min(5, len(damaged))] {
		f = f.saw("%s %s", r.Path, r.Damage)
	}
	return []finding{f.do("gosafe repair")}
}

func countModules(repairs []retry.Repair) int {
	seen := map[module.Version]bool{}
	for _, r := range repairs {
		seen[r.Module] = true
	}
	return len(seen)
}
