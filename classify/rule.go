package classify

import (
	"regexp"
	"strings"
	"sync"
)

// A rule recognises one shape of line. The rules are tried in the order of
// the table and the first that fits a line decides what the line means, so a
// rule stands before those that would also fit, but say less.
type rule struct {
	cause Cause
	in    frame  // the frames in which the words count
	has   string // a literal that every such line holds
	re    string // RE2, tried where has was found; empty: has suffices. Its first group, if any, is the phrase for Summary
	weak  bool   // says only that something broke; what broke is another line's to tell
	judge judge  // looks at what surrounds the line; nil: the table of causes decides
}

// A judge refines a finding by its surroundings: it may change its cause, its
// decision and its place, or return false to say that the line means nothing.
type judge func(o *output, at int, f *Finding) bool

// pattern names a rule in reports of a wrong verdict.
func (r *rule) pattern() string {
	if r.re != "" {
		return r.re
	}
	return r.has
}

// A compiledRule is a rule with its expression. Each is compiled when its
// literal is first seen: a process that never fails compiles nothing, and one
// that does compiles a handful.
type compiledRule struct {
	*rule
	expr func() *regexp.Regexp
}

var compiled = sync.OnceValue(func() []compiledRule {
	rules := allRules()
	cs := make([]compiledRule, len(rules))
	for i := range rules {
		r := rules[i]
		cs[i] = compiledRule{rule: r}
		if r.re != "" {
			cs[i].expr = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.re) })
		}
	}
	return cs
})

// ruleTables are the tables in the order in which they are tried.
func ruleTables() [][]rule {
	return [][]rule{rulesLocal, rulesVCS, rulesNet, rulesModule, rulesBuild, rulesTest}
}

func allRules() []*rule {
	var all []*rule
	for _, table := range ruleTables() {
		for i := range table {
			all = append(all, &table[i])
		}
	}
	return all
}

// relevant returns the rules whose literal occurs in text at all. Most do
// not, and need not be tried on every line.
func relevant(text string) []compiledRule {
	var rs []compiledRule
	for _, r := range compiled() {
		if strings.Contains(text, r.has) {
			rs = append(rs, r)
		}
	}
	return rs
}

// match reports whether the rule fits the line, and the phrase it captured.
func (r *compiledRule) match(text string, f frame) (phrase string, ok bool) {
	if r.in&f == 0 || !strings.Contains(text, r.has) {
		return "", false
	}
	if r.expr == nil {
		return "", true
	}
	m := r.expr().FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	if len(m) > 1 {
		phrase = m[1]
	}
	return phrase, true
}
