package main

import (
	"net/url"
	"slices"
	"strings"

	"gosafe/gosafe-doctor/netprobe"
)

// maxHosts bounds how many hosts of repositories are looked at.
const maxHosts = 6

// targets are the servers that go asks in the directory, and the one that a log
// says has failed.
func (p *patient) targets() (needed, fallback []netprobe.Target, because map[string]string) {
	list, _ := sources(p.get("GOPROXY"))
	var via []netprobe.Via
	direct := false
	for _, s := range list {
		switch u, err := url.Parse(s.url); {
		case s.url == "direct":
			direct = true
			via = append(via, netprobe.Via{URL: s.url})
		case p.unusable(s): // settings/goproxy tells
		case err == nil && s.isProxy() && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "":
			needed = append(needed, netprobe.Target{Name: host(s.url), URL: s.url, Kind: netprobe.KindProxy})
			via = append(via, netprobe.Via{URL: s.url, Pipe: s.pipe})
		case s.url == "off" && len(via) > 0:
			via = append(via, netprobe.Via{URL: s.url})
		}
	}
	if name, at := p.sumdb(); name != "" && len(via) > 0 {
		needed = append(needed, netprobe.Target{Name: name, URL: at, Kind: netprobe.KindSumDB, Via: via})
	}
	named, isNamed := p.named()
	because = map[string]string{}
	seen := map[string]bool{}
	for _, m := range p.module().remote() {
		at := "https://" + m.Path
		if knownRoot(m.Path) {
			at = p.rewrite(at)
		}
		u, err := url.Parse(at)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || seen[u.Host] || len(seen) == maxHosts {
			continue
		}
		t := netprobe.Target{Name: u.Host, URL: u.Scheme + "://" + u.Host, Kind: netprobe.KindVCS}
		switch why := p.directBecause(m.Path); {
		case why != "":
			seen[u.Host] = true
			needed, because[t.Name] = append(needed, t), why
		case isNamed && named.Name == t.Name: // it is asked below
		case direct:
			seen[u.Host] = true
			fallback = append(fallback, t)
		}
	}
	if isNamed && !slices.ContainsFunc(needed, func(t netprobe.Target) bool { return t.Name == named.Name }) {
		needed = append(needed, named)
	}
	return needed, fallback, because
}

// unusable reports whether an entry of GOPROXY is broken by its form alone.
func (p *patient) unusable(s source) bool {
	f, bad := p.judgeSource(s)
	return bad && f.Level == broken
}

// knownRoot reports whether a module's path says by itself where its repository
// is (cmd/go/internal/vcs, vcsPaths). Of others the page is asked for, which
// git's rules do not rewrite.
func knownRoot(path string) bool {
	h := firstElement(path)
	return h == "github.com" || h == "bitbucket.org" || strings.Contains(path+"/", ".git/")
}

// sumdb is the checksum database: its name and where it is (go help
// environment, GOSUMDB; cmd/go/internal/modfetch, dbDial). No name if it is off.
func (p *patient) sumdb() (name, at string) {
	f := strings.Fields(p.get("GOSUMDB"))
	if len(f) == 0 || f[0] == "off" {
		return "", ""
	}
	name, _, _ = strings.Cut(f[0], "+")
	if at = "https://" + name; len(f) > 1 {
		at = f[1]
	}
	return name, at
}

// rewrite applies git's insteadOf rules to a URL: the longest match counts
// (git-config(1), url.<base>.insteadOf).
func (p *patient) rewrite(u string) string {
	var best rewrite
	for _, r := range p.rewrites() {
		if strings.HasPrefix(u, r.from) && len(r.from) > len(best.from) {
			best = r
		}
	}
	return best.to + strings.TrimPrefix(u, best.from)
}
