package classify

import (
	"regexp/syntax"
	"strings"
	"testing"
)

// conjunctions are the rules that ask for two things: the literal anywhere in
// the line, and the expression.
var conjunctions = map[string]bool{
	"server response": true, "verifying": true, "-mod=readonly": true, ".zip": true, "No such file or directory": true, "unexpected package path": true, "requires go >= ": true,
}

// TestPrefilters: a literal that an alternative of the expression does not
// hold makes that alternative dead.
func TestPrefilters(t *testing.T) {
	t.Parallel()
	for _, r := range allRules() {
		if r.re == "" || conjunctions[r.has] {
			continue
		}
		expr, err := syntax.Parse(r.re, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range spellings(expr) {
			if !strings.Contains(words, r.has) && !(strings.Contains(r.re, "(?i") && strings.Contains(strings.ToLower(words), strings.ToLower(r.has))) {
				t.Errorf("%q has an alternative that lacks the literal %q: %q", r.re, r.has, words)
				break
			}
		}
	}
}

// spellings returns what the expression can match, with a NUL for whatever is
// not fixed: at most some thousand of them.
func spellings(e *syntax.Regexp) []string {
	switch e.Op {
	case syntax.OpLiteral:
		return []string{string(e.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return spellings(e.Sub[0])
	case syntax.OpQuest:
		return append(spellings(e.Sub[0]), "")
	case syntax.OpCharClass:
		if len(e.Rune) == 2 && e.Rune[1]-e.Rune[0] < 4 {
			var all []string
			for r := e.Rune[0]; r <= e.Rune[1]; r++ {
				all = append(all, string(r))
			}
			return all
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range e.Sub {
			all = append(all, spellings(sub)...)
		}
		return all
	case syntax.OpConcat:
		all := []string{""}
		for _, sub := range e.Sub {
			var next []string
			for _, tail := range spellings(sub) {
				for _, head := range all {
					if len(next) < 1<<13 {
						next = append(next, head+tail)
					}
				}
			}
			all = next
		}
		return all
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch:
		return []string{""}
	}
	return []string{"\x00"}
}
