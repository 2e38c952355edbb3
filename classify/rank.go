package classify

import "strings"

// decide chooses the finding that decides: the first of the gravest decision,
// after those have been put aside that only follow from another one.
func decide(o *output, hits []hit) Verdict {
	hits = dropWeak(hits)
	consequences(hits)
	v := Verdict{Finding: Finding{Decision: Fail, Cause: Unknown}}
	best := -1
	for i := range hits {
		if len(v.Findings) < maxFindings {
			v.Findings = append(v.Findings, hits[i].Finding)
		}
		if hits[i].follows {
			continue
		}
		if best < 0 || hits[i].Decision < hits[best].Decision {
			best = i
		}
	}
	if best >= 0 {
		v.Finding = hits[best].Finding
	}
	return v
}

// dropWeak removes what says only that something broke where something else
// says what: inside a VCS block a line of the same block; elsewhere any line.
func dropWeak(hits []hit) []hit {
	strong := false
	var heads []int // of VCS blocks that hold a strong finding, ascending
	for i := range hits {
		if hits[i].weak {
			continue
		}
		strong = true
		if n := len(heads); n == 0 || heads[n-1] != hits[i].head {
			heads = append(heads, hits[i].head)
		}
	}
	kept := hits[:0]
	for _, h := range hits {
		if h.weak && (strong && !h.block && h.Cause != Unknown || contains(heads, h.head)) {
			continue
		}
		kept = append(kept, h)
	}
	return lastWeak(kept)
}

// lastWeak drops "exit status 128:" where a weak line of its block says more.
func lastWeak(hits []hit) []hit {
	var kept []hit
	for i, h := range hits {
		if h.weak && h.Cause == Unknown && (i+1 < len(hits) && hits[i+1].head == h.head || i > 0 && hits[i-1].head == h.head) {
			continue
		}
		kept = append(kept, h)
	}
	return kept
}

// consequences marks the findings that follow from a curable one: "unknown
// revision" of a module whose fetch broke off, an import of a package of a
// module that could not be fetched, errors in the tree of a module that is
// damaged, anything that a damaged build cache makes of sound code.
func consequences(hits []hit) {
	var curable, damaged []string // modules
	buildcache := false
	for i := range hits {
		h := &hits[i]
		switch {
		case h.Decision == Fail:
		case h.Cause == BuildcacheCorrupt:
			buildcache = true
		case h.Where.Module != "":
			curable = append(curable, h.Where.Module)
			if h.Cause == ModcacheCorrupt {
				damaged = append(damaged, h.Where.Module)
			}
		}
	}
	for i := range hits {
		h := &hits[i]
		switch h.Cause {
		case NotFound, ModfileStale:
			h.follows = withinAny(h.Evidence, curable) && !h.answered(curable)
		case UsageError:
			h.follows = buildcache
		case ImportError:
			// go doc asks go list first, and says only this when that broke.
			h.follows = buildcache || withinAny(h.Evidence, curable) || len(curable) > 0 && strings.HasPrefix(h.Evidence, "doc: ")
		case CompileError:
			h.follows = buildcache || withinAny(h.Evidence, damaged)
		case ToolchainCrash:
			h.follows = buildcache && h.weak
		}
		h.follows = h.follows && h.Decision == Fail
	}
}

// answered reports whether a server said 404 or 410 of a module of its own, be
// its path below that of one that could not be fetched.
func (h *hit) answered(curable []string) bool {
	if !strings.Contains(h.Evidence, "404 Not Found") && !strings.Contains(h.Evidence, "410 Gone") || h.Where.Module == "" {
		return false
	}
	for _, m := range curable {
		if m == h.Where.Module {
			return false
		}
	}
	return true
}

func withinAny(line string, modules []string) bool {
	for _, m := range modules {
		if within(line, m) {
			return true
		}
	}
	return false
}

// within reports whether line names the module or a package of it.
func within(line, module string) bool {
	for rest := line; ; {
		i := strings.Index(rest, module)
		if i < 0 {
			return false
		}
		end := i + len(module)
		starts := i == 0 || strings.IndexByte(" \t\"'(:/=", rest[i-1]) >= 0
		if starts && (end == len(rest) || strings.IndexByte("@/ :\";,)", rest[end]) >= 0) {
			return true
		}
		rest = rest[end:]
	}
}

func contains(sorted []int, n int) bool {
	for _, h := range sorted {
		if h == n {
			return true
		}
	}
	return false
}
