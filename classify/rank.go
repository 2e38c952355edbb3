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
	kept := hits[:0]
	for i, h := range hits {
		if h.weak && h.Cause == Unknown && i+1 < len(hits) && hits[i+1].head == h.head {
			continue
		}
		kept = append(kept, h)
	}
	return kept
}

// consequences marks the findings that follow from a curable one: "unknown
// revision" of a module whose fetch broke off, an import of a package of a
// module that could not be fetched.
func consequences(hits []hit) {
	var curable []string // modules
	for i := range hits {
		if hits[i].Decision != Fail && hits[i].Where.Module != "" {
			curable = append(curable, hits[i].Where.Module)
		}
	}
	if len(curable) == 0 {
		return
	}
	for i := range hits {
		switch hits[i].Cause {
		case NotFound, ImportError, ModfileStale:
		default:
			continue
		}
		for _, m := range curable {
			if within(hits[i].Evidence, m) {
				hits[i].follows = true
				break
			}
		}
	}
}

// within reports whether line names the module or a package of it.
func within(line, module string) bool {
	for rest := line; ; {
		i := strings.Index(rest, module)
		if i < 0 {
			return false
		}
		end := i + len(module)
		if end == len(rest) || strings.IndexByte("@/ :\";,)", rest[end]) >= 0 {
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
