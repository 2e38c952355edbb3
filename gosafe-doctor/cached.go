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
	cache := retry.ModCache{Dir: dir, Sums: retry.ReadSums(p.module().sums...)}
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
			return []finding{fault(note, "modules-unverified", "%d of %d modules in the cache were verified in time, and are sound", i, len(mods)).do("go mod verify looks at all of them")}
		}
	}
	if damaged == nil {
		return fine("%d of %d modules are in the cache, and sound", there, len(mods))
	}
	f := fault(broken, "cache-damaged", "the module cache holds damaged files of %s", damaged[0].Module)
	if n := countModules(damaged); n > 1 {
		f.Summary += fmt.Sprintf(" and %d more modules", n-1)
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
