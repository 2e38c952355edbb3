package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

func checkGovcs(_ context.Context, p *patient) []finding {
	value := p.get("GOVCS")
	rules, err := parseGovcs(value)
	if err != nil {
		return []finding{fault(broken, "govcs-invalid", "GOVCS cannot be read: %v", err).saw("GOVCS=%s", shownList(value)).do("%s", p.unset("GOVCS"))}
	}
	for _, path := range p.needsGit() {
		if allowed, rule := rules.allow(path, "git", module.MatchPrefixPatterns(p.get("GOPRIVATE"), path)); !allowed {
			return []finding{fault(broken, "govcs-forbids", "GOVCS forbids git for %s, which comes from no proxy", path).saw("GOVCS=%s, by the rule %s", shownList(value), shownList(rule)).
				do("%s", p.set("GOVCS", firstElement(path)+":git,"+value))}
		}
	}
	return fine("GOVCS: %s", shownList(value))
}

type govcsRule struct {
	pattern string
	vcs     []string
}

type govcsRules []govcsRule

// parseGovcs reads GOVCS by the rules of cmd/go (cmd/go/internal/vcs, parseGOVCS).
func parseGovcs(value string) (rules govcsRules, err error) {
	if value == "" {
		return nil, nil
	}
	seen := map[string]bool{}
	for _, item := range strings.Split(value, ",") {
		pattern, list, has := strings.Cut(strings.TrimSpace(item), ":")
		pattern, list = strings.TrimSpace(pattern), strings.TrimSpace(list)
		switch {
		case pattern == "" && !has:
			return nil, fmt.Errorf("it has an empty entry")
		case !has:
			return nil, fmt.Errorf("%q has no colon", item)
		case pattern == "" || list == "":
			return nil, fmt.Errorf("%q lacks a pattern or a list", item)
		case seen[pattern] || seen["*"]:
			return nil, fmt.Errorf("%q is never reached", item)
		}
		seen[pattern] = true
		rules = append(rules, govcsRule{pattern, strings.Split(list, "|")})
	}
	return rules, nil
}

// allow reports whether a version control system may be used for a module, and
// by which rule.
func (rules govcsRules) allow(path, vcs string, private bool) (bool, string) {
	for _, r := range append(rules[:len(rules):len(rules)], govcsRule{"private", []string{"all"}}, govcsRule{"public", []string{"git", "hg"}}) {
		match := r.pattern == "*" || r.pattern == "private" && private || r.pattern == "public" && !private || module.MatchPrefixPatterns(r.pattern, path)
		if match {
			return slices.Contains(r.vcs, vcs) || slices.Contains(r.vcs, "all"), r.pattern + ":" + strings.Join(r.vcs, "|")
		}
	}
	return true, ""
}
