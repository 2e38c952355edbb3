package main

import (
	"slices"
	"strings"

	"gosafe/classify"
	"gosafe/internal/goflag"
)

// With -e, and for mod why and work sync always, go takes what it cannot fetch
// for what is not needed, and exits 0: go mod tidy -e drops the requirement from
// go.mod, go mod vendor -e the packages from the vendor directory, go mod why
// answers that nothing needs the module. Such a command must not meet a failure
// that passes: what it will load is loaded first.

// tolerant reports whether the user's command goes on after errors.
func (s *shim) tolerant() bool { return goflag.Has(s.Flags(), "e") }

// loadFirst loads what a command that conceals failures will load. If it gives
// up, the command runs all the same, as the user asked, and answers wrongly; but
// for those who have asked for an exit status that says so: it is returned, and
// nothing is run.
func (s *shim) loadFirst() (exit int) {
	args := s.loadFirstArgs()
	if args == nil || s.config.Mode == "observe" || s.Env.Get("GOPROXY") == "off" {
		return 0
	}
	l := loading{flags: []string{"-mod=readonly"}} // packages come from the cache, whatever is in vendor
	if warm, done := s.warm(l, args); done.has() || warm && args[0] == "list" {
		return 0
	}
	out, _ := s.runQuietly(append(s.Chdir(), args...), true)
	if out.OK {
		s.finished(l, args)
	}
	if !out.OK && !out.Final && out.Verdict.Decision != classify.Fail {
		s.ui.line("go %s takes what could not be fetched for what is not needed", s.Verb.Name)
		return s.config.TransientExit
	}
	return 0
}

// loadFirstArgs returns the command that loads the same and changes nothing, or
// nil if there is no need.
func (s *shim) loadFirstArgs() []string {
	if !s.Verb.ConcealsFailures(s.Flags()) {
		return nil
	}
	_, work := s.Env.MainModule(s.Dir())
	if s.Verb.Name != "mod tidy" && strings.HasPrefix(s.Verb.Name, "work ") != (work != "") {
		return nil // go refuses it; or list would write go.work.sum where mod why does not
	}
	switch s.Verb.Name {
	case "mod why", "work sync":
		for _, a := range s.Rest {
			if name, _, _ := goflag.Cut(a); strings.HasPrefix(a, "-") && name != "m" && name != "vendor" {
				return nil // go may refuse it
			}
		}
	case "mod tidy":
		// With -diff it is the whole command but for the writing. Before
		// go1.23, which refuses it, nothing is loaded first.
		if goflag.Has(s.Rest, "diff") {
			return nil
		}
		rest := s.Rest
		if c := s.Chdir(); len(c) > 0 && slices.Equal(rest[:min(len(c), len(rest))], c) {
			rest = rest[len(c):] // it stands behind the verb
		}
		return append([]string{"mod", "tidy", "-diff"}, rest...)
	}
	return []string{"list", "-e", "-mod=readonly", "-deps", "-test", "-json=ImportPath,Error", "all"}
}

// curable returns the verdict on what can be cured among the failures of a
// command that goes on after real ones: these are not its end.
func curable(v classify.Verdict) classify.Verdict {
	if v.Decision == classify.Fail {
		for _, f := range v.Findings {
			if f.Decision != classify.Fail {
				v.Finding = f
				break
			}
		}
	}
	return v
}
