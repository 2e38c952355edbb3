package retry

import (
	"strings"

	"golang.org/x/mod/module"
)

// Sources is what the user allows about where modules come from.
type Sources struct {
	Proxy    string      // GOPROXY as the go command will see it
	Mirrors  []string    // GOSAFE_MIRRORS
	Fallback string      // GOSAFE_FALLBACK: auto, all or off
	VCS      string      // GOVCS
	HasGit   func() bool // git, which direct needs, is installed

	list   []entry // what is left of Proxy; nil until something was left out
	spared bool    // nothing more is left out in this run
}

// current returns the list in use.
func (s *Sources) current() []entry {
	if s.list != nil {
		return s.list
	}
	return parseProxyList(s.Proxy)
}

// names lists the sources in use, without what their URLs may hold of
// credentials.
func (s *Sources) names() string {
	var names []string
	for _, e := range s.current() {
		names = append(names, e.name())
	}
	return strings.Join(names, ", ")
}

// find returns the entry that an error about rawURL belongs to.
func (s *Sources) find(rawURL string) (entry, bool) {
	for _, e := range s.current() {
		if e.serves(rawURL) {
			return e, true
		}
	}
	return entry{}, false
}

// leaveOut takes a dead entry out of the list for the rest of the run and
// returns the source that is asked in its place. If that is not allowed, it
// returns the reason, which names what would allow it.
//
// A comma after an entry is a promise to whoever wrote the list: what that
// entry did not answer with 404 or 410 goes no further - no names of private
// modules, and not past a gatekeeper that happens to be down (go.dev/issue/37367).
// It holds, unless the entry is a public proxy, to which every name was going
// anyway. Past a | go goes on by itself; leaving the entry out only saves its
// time-outs. Behind the last entry there is no comma: only the user's own
// mirrors can stand in for it.
func (s *Sources) leaveOut(dead entry, module string) (next entry, reason string) {
	rest, next, reason := s.without(dead, module)
	if reason == "" {
		s.list = rest
	}
	return next, reason
}

// without returns what leaveOut would leave of the list.
func (s *Sources) without(dead entry, module string) (rest []entry, next entry, reason string) {
	list := s.current()
	i := 0
	for i < len(list) && list[i] != dead {
		i++
	}
	switch {
	case i == len(list) || s.spared:
		return nil, entry{}, "nothing else to ask"
	case s.Fallback == "off":
		return nil, entry{}, "GOSAFE_FALLBACK=off"
	}
	rest = s.withMirrors(append(append([]entry{}, list[:i]...), list[i+1:]...))
	if i >= len(rest) {
		return nil, entry{}, "GOPROXY names no further source, and GOSAFE_MIRRORS none"
	}
	ok, why := s.usable(rest[i], module)
	if i < len(list)-1 && s.Fallback != "all" && !dead.pipe && !dead.mirror && !dead.isPublic() {
		reason = "the comma after " + dead.name() + " in GOPROXY forbids to ask another"
		if ok {
			reason += " (GOSAFE_FALLBACK=all allows it)"
		}
		return nil, entry{}, reason
	}
	if !ok {
		return nil, entry{}, why
	}
	return rest, rest[i], ""
}

// withMirrors puts the user's mirrors behind the proxies and before direct or
// off, once.
func (s *Sources) withMirrors(list []entry) []entry {
	if len(s.Mirrors) == 0 || s.list != nil {
		return list
	}
	end := len(list)
	if end > 0 && !list[end-1].isProxy() {
		end--
	}
	with := append([]entry{}, list[:end]...)
	for _, m := range s.Mirrors {
		with = append(with, entry{source: m, mirror: true})
	}
	return append(with, list[end:]...)
}

// usable reports whether e can answer at all; direct takes git, and GOVCS must
// allow it.
func (s *Sources) usable(e entry, path string) (bool, string) {
	switch {
	case e.source == "off":
		return false, "GOPROXY ends in off"
	case e.source != "direct":
		return true, ""
	case !s.HasGit():
		return false, "git, which direct needs, is not installed"
	case !govcsAllowsGit(s.VCS, path):
		return false, "GOVCS does not allow git"
	}
	return true, ""
}

// govcsAllowsGit reads GOVCS (go help vcs): the first pattern:list whose
// pattern matches decides; "public" stands for every module that the error is
// about here, since private ones are not asked of a proxy; nothing matching
// means git for public modules.
func govcsAllowsGit(govcs, path string) bool {
	for _, item := range strings.Split(govcs, ",") {
		pattern, list, ok := strings.Cut(strings.TrimSpace(item), ":")
		if !ok || pattern == "private" {
			continue
		}
		if pattern != "public" && !module.MatchPrefixPatterns(pattern, path) {
			continue
		}
		for _, vcs := range strings.Split(list, "|") {
			if vcs == "git" || vcs == "all" {
				return true
			}
		}
		return false
	}
	return true
}

// restore brings the whole list back, for good.
func (s *Sources) restore() {
	s.list, s.spared = nil, true
}

// env returns the assignment for the next attempt, or nothing.
func (s *Sources) env() []string {
	if s.list == nil {
		return nil
	}
	return []string{"GOPROXY=" + format(s.list)}
}
