package main

import (
	"context"
	"net/url"
	"os"
	"slices"
	"strings"

	"gosafe/retry"
)

// A source is an entry of GOPROXY.
type source struct {
	text string // as it was written
	url  string // as go asks it; "direct" or "off"
	pipe bool   // followed by |
}

// isProxy reports whether the entry is a proxy rather than direct or off.
func (s source) isProxy() bool { return s.url != "direct" && s.url != "off" }

// sources splits a GOPROXY value as cmd/go does (modfetch/proxy.go, proxyList).
// rest is what stands behind direct or off, which go never looks at.
func sources(value string) (list []source, rest string) {
	for value != "" {
		s := source{}
		i := strings.IndexAny(value, ",|")
		if i < 0 {
			s.text, value = value, ""
		} else {
			s.text, s.pipe, value = value[:i], value[i] == '|', value[i+1:]
		}
		s.text = strings.TrimSpace(s.text)
		if s.url = retry.ProxyURL(s.text); s.url == "" {
			continue
		}
		list = append(list, s)
		if !s.isProxy() {
			return list, strings.Trim(value, ",| ")
		}
	}
	return list, ""
}

func checkGoproxy(_ context.Context, p *patient) []finding {
	value := p.get("GOPROXY")
	list, rest := sources(value)
	if len(list) == 0 {
		return []finding{p.noEntry()}
	}
	var found []finding
	var hosts []string
	for i, s := range list {
		if f, bad := p.judgeSource(s); bad {
			found = append(found, f)
		}
		switch {
		case i > 0 && slices.ContainsFunc(list[:i], func(o source) bool { return o.url == s.url }):
			found = append(found, fault(warning, "goproxy-twice", "GOPROXY names %s twice", host(s.url)).do("%s", p.setGoproxy(unique(list))))
		case s.url == "off" && i == 0:
			found = append(found, fault(warning, "goproxy-off", "GOPROXY=off forbids every download").
				do("%s, unless that is meant", p.unset("GOPROXY")))
		}
		hosts = append(hosts, host(s.url))
	}
	if rest != "" {
		last := list[len(list)-1].url
		found = append(found, fault(warning, "goproxy-unreached", "what stands behind %s in GOPROXY is never asked", last).
			saw("GOPROXY=%s", p.shownGoproxy()).do("put %s last", last))
	}
	if found != nil {
		return found
	}
	f := finding{Level: ok, Summary: "GOPROXY: " + strings.Join(hosts, ", ")}
	for i, s := range list[:len(list)-1] {
		when := "says 404 or 410 (,): if it is down, go fails"
		if s.pipe {
			when = "gives any error (|)"
		}
		f = f.saw("%s is asked where %s %s", hosts[i+1], hosts[i], when)
	}
	return []finding{f}
}

// noEntry is what is wrong with a GOPROXY of nothing but commas.
func (p *patient) noEntry() finding {
	return fault(broken, "goproxy-empty", "GOPROXY holds no entry").saw("GOPROXY=%s", p.shownGoproxy()).do("%s", p.unset("GOPROXY"))
}

// judgeSource judges the form of one entry.
func (p *patient) judgeSource(s source) (finding, bool) {
	if !s.isProxy() {
		return finding{}, false
	}
	u, err := url.Parse(s.url)
	reset := p.unset("GOPROXY")
	switch {
	case strings.ContainsAny(s.text, `"'`):
		return fault(broken, "goproxy-invalid", "an entry of GOPROXY holds quotation marks, which go takes literally").saw("GOPROXY=%s", p.shownGoproxy()).do("%s", p.setGoproxy(strings.Trim(p.get("GOPROXY"), `"'`))), true
	case strings.ContainsAny(s.text, " \t;"):
		return fault(broken, "goproxy-invalid", "the entries of GOPROXY are separated by something else than , or |").saw("GOPROXY=%s", p.shownGoproxy()).
			do("%s", p.setGoproxy(strings.Join(strings.FieldsFunc(p.get("GOPROXY"), func(r rune) bool { return strings.ContainsRune(" \t;,", r) }), ","))), true
	case err != nil:
		return fault(broken, "goproxy-invalid", "an entry of GOPROXY is no URL").saw("GOPROXY=%s", p.shownGoproxy()).do("%s", reset), true
	case !strings.ContainsAny(s.text, ".:/"):
		return fault(broken, "goproxy-invalid", "%q in GOPROXY is neither a URL nor direct nor off", host(s.text)).saw("GOPROXY=%s", p.shownGoproxy()).do("%s", reset), true
	case u.Scheme == "file":
		if _, err := os.Stat(u.Path); err != nil {
			return fault(warning, "goproxy-no-directory", "the directory that GOPROXY names does not exist").saw("%s: %s", s.url, bare(err)).do("%s", reset), true
		}
	case u.Scheme != "https" && u.Scheme != "http":
		return fault(broken, "goproxy-invalid", "GOPROXY has an entry with the scheme %s: go knows https, http and file", u.Scheme).saw("GOPROXY=%s", p.shownGoproxy()).do("%s", reset), true
	case u.Hostname() == "":
		return fault(broken, "goproxy-invalid", "an entry of GOPROXY has no host").saw("GOPROXY=%s", p.shownGoproxy()).do("%s", reset), true
	}
	if fixed := hostTypo(u.Hostname()); fixed != "" {
		return fault(broken, "goproxy-typo", "GOPROXY names %s; %s is probably meant", u.Hostname(), fixed).saw("GOPROXY=%s", p.shownGoproxy()).
			do("%s", p.setGoproxy(strings.ReplaceAll(p.get("GOPROXY"), u.Hostname(), fixed))), true
	}
	return finding{}, false
}

// setGoproxy is the command that sets GOPROXY, unless the value holds what is
// not shown.
func (p *patient) setGoproxy(value string) string {
	if strings.ContainsAny(p.get("GOPROXY"), "@?") {
		return "correct GOPROXY, which is set in " + p.origin("GOPROXY")
	}
	return p.set("GOPROXY", value)
}

// unique is a GOPROXY value with each entry once.
func unique(list []source) string {
	var b strings.Builder
	seen := map[string]bool{}
	sep := ""
	for _, s := range list {
		if !seen[s.url] {
			seen[s.url] = true
			b.WriteString(sep + s.text)
		}
		if sep = ","; s.pipe {
			sep = "|"
		}
	}
	return b.String()
}

// host is how an entry is shown: without credentials and path.
func host(rawURL string) string {
	u, err := url.Parse(rawURL)
	if !plainSources(rawURL) {
		return "…"
	}
	if err != nil || u.Host == "" {
		return rawURL
	}
	return u.Host
}
