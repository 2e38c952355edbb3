package main

import (
	"net/url"
	"slices"
	"strings"
)

// unshown stands for a value that may hold a secret.
const unshown = "… (not shown: it may hold credentials)"

// shownFlags are the flags of GOFLAGS. The value of a flag is shown only where
// it is of use and cannot be a secret: -ldflags=-X may well give one to a
// program. A word that is no flag is a part of some value.
func shownFlags(flags string) string {
	var words []string
	quoted := false
	for _, f := range strings.Fields(flags) {
		within := quoted
		if strings.Count(f, `"`)%2 == 1 || strings.Count(f, "'")%2 == 1 {
			quoted = !quoted
		}
		name, _, has := strings.Cut(f, "=")
		switch {
		case within || !strings.HasPrefix(f, "-"):
			f = "…"
		case has && !slices.Contains([]string{"mod", "modfile", "overlay", "p", "buildvcs"}, strings.TrimLeft(name, "-")):
			f = name + "=…"
		}
		if f != "…" || len(words) == 0 || words[len(words)-1] != f {
			words = append(words, f)
		}
	}
	return strings.Join(words, " ")
}

// shownFlagError is what go says of GOFLAGS, less the words of a value.
func shownFlagError(why string) string {
	if strings.HasPrefix(why, "non-flag ") {
		return "a word in it is no flag (a flag and its value are one word: -flag=value)"
	}
	return why
}

// shownGoproxy is GOPROXY, unless an entry is malformed in a way that does not
// show where a password would end. What a URL holds in its own place is left
// out by who prints it.
func (p *patient) shownGoproxy() string {
	value := p.get("GOPROXY")
	if !plainSources(value) {
		return unshown
	}
	return value
}

// plainSources reports whether credentials can only be in their own place in a
// GOPROXY value.
func plainSources(value string) bool {
	if !strings.ContainsAny(value, "@?") {
		return true
	}
	for _, entry := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '|' }) {
		entry = strings.TrimSpace(entry)
		if entry == "direct" || entry == "off" {
			continue
		}
		u, err := url.Parse(entry)
		if err != nil || u.Host == "" || strings.ContainsAny(entry, " \t;\"'") {
			return false
		}
	}
	return true
}

// shownList is a list of patterns, as GOPRIVATE and GOINSECURE are, none of
// which has an @: there may be a password before it.
func shownList(value string) string {
	if strings.Contains(value, "@") {
		return unshown
	}
	return value
}
