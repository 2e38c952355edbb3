package main

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gosafe/classify"
	"gosafe/gosafe-doctor/netprobe"
)

// named is the server that the log says has failed, if it can be asked by HTTP.
// What the log asked it for is not asked again: a log is data, and may name
// what is nobody's business here. It is asked what other servers of its kind
// are asked.
func (p *patient) named() (netprobe.Target, bool) {
	w := p.Failed.Where
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		u = nil
	}
	switch {
	case !p.examines("network") || p.bySSH():
		return netprobe.Target{}, false
	case w.Host != "" && (w.Proxy || u == nil || !strings.EqualFold(u.Host, w.Host) && u.Hostname() != hostname(w.Host)):
		scheme := "https"
		if w.Proxy { // an HTTP proxy
			scheme = "http"
		}
		if hostname(w.Host) == "" || w.Proxy && p.goesThrough(w.Host) {
			return netprobe.Target{}, false // the way to every other server shows what is wrong with the HTTP proxy
		}
		return netprobe.Target{Name: w.Host, URL: scheme + "://" + w.Host, Kind: netprobe.KindVCS}, true
	case u == nil:
		return netprobe.Target{}, false
	}
	base := u.Scheme + "://" + u.Host
	for _, end := range []string{"/lookup/", "/tile/", "/supported", "/latest"} {
		before, _, is := strings.Cut(u.Path, end)
		if _, db, behind := strings.Cut(before, "/sumdb/"); is && (behind || before == "" && strings.HasPrefix(u.Host, "sum.")) {
			return netprobe.Target{Name: nonEmpty(db, u.Host), URL: base + before, Kind: netprobe.KindSumDB}, true
		}
	}
	if path, isProxy := proxyPath(u.Path, w.Module); isProxy {
		t := netprobe.Target{Name: u.Host + path, URL: base + path, Kind: netprobe.KindProxy}
		list, _ := sources(p.get("GOPROXY"))
		if i := slices.IndexFunc(list, func(s source) bool { return sameServer(s.url, t.URL) }); i >= 0 {
			t.Name, t.URL = host(list[i].url), list[i].url
		}
		return t, true
	}
	return netprobe.Target{Name: u.Host, URL: base, Kind: netprobe.KindVCS}, true
}

// proxyPath is the path of a module proxy, taken off that of a module's file
// (go help goproxy). It reports false if there is none of that form.
func proxyPath(path, mod string) (string, bool) {
	i := strings.Index(path, "/@v/")
	if i < 0 {
		i = strings.Index(path, "/@latest")
	}
	if i < 0 {
		return "", false
	}
	escaped, err := module.EscapePath(mod)
	if base, is := strings.CutSuffix(path[:i], "/"+escaped); err == nil && is {
		return base, true
	}
	return "", true
}

// sameServer reports whether two URLs are the same but for credentials.
func sameServer(a, b string) bool {
	one, err1 := url.Parse(a)
	other, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && one.Scheme == other.Scheme && strings.EqualFold(one.Host, other.Host) &&
		strings.TrimSuffix(one.Path, "/") == strings.TrimSuffix(other.Path, "/")
}

// hostname is a host without its port.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// bySSH reports whether the log tells of a failure of ssh.
func (p *patient) bySSH() bool {
	v := p.Failed
	return v.Cause == classify.HostKey || strings.Contains(v.Where.URL, "ssh://") || strings.Contains(v.Evidence, "ssh: ") || strings.Contains(v.Evidence, "publickey")
}

// goesThrough reports whether an HTTP proxy is one that go goes through here.
func (p *patient) goesThrough(at string) bool {
	for _, scheme := range []string{"http", "https"} {
		u := &url.URL{Scheme: scheme, Host: "gosafe-doctor.invalid"}
		proxy, err := netprobe.HTTPProxy(p.environWithout("NO_PROXY"), u)
		if err == nil && proxy != nil && (proxyAddr(proxy) == at || proxy.Hostname() == at) {
			return true
		}
	}
	return false
}

// judgeNamed says what the log asked that go would not ask here, and what of it
// cannot be asked here.
func (p *patient) judgeNamed() []finding {
	v := p.Failed
	t, asked := p.named()
	served := t.Kind == netprobe.KindProxy || t.Kind == netprobe.KindSumDB
	refused := v.Cause == classify.AuthRequired || v.Cause == classify.HostKey || v.Cause == classify.NotFound
	here := p.examines("vcs") && slices.Contains(p.repositories(), v.Where.Module) // vcs/access asks it
	again := "git ls-remote " + shellQuote(v.Where.URL)
	switch {
	case !strings.Contains(v.Where.URL, "://"):
		again = "ssh -T git@" + shellQuote(hostname(v.Where.Host))
	case served || strings.Contains(v.Where.URL, "go-get=1"):
		again = "curl -fsS " + shellQuote(v.Where.URL)
	}
	var found []finding
	switch at := hostname(nonEmpty(v.Where.Host, t.Name)); {
	case at == "" || v.Where.Proxy || here:
	case !asked:
		found = append(found, fault(warning, "log-not-asked", "the log names %s, which is asked by ssh, and not here", at).do("%s", again))
	case refused && !served:
		found = append(found, fault(warning, "log-not-asked", "what the log asked %s for is not asked again here", at).do("%s", again))
	case v.Cause == classify.AuthRequired:
		found = append(found, fault(note, "log-not-asked", "%s is asked for a public module here, not for what the log asked it for", at).do("%s", again))
	}
	return append(found, p.otherSource(t)...)
}

// otherSource says that the log comes from where go asks another source than
// here.
func (p *patient) otherSource(t netprobe.Target) []finding {
	const there = "gosafe doctor\nor run it where the log was made"
	w := p.Failed.Where
	list, _ := sources(p.get("GOPROXY"))
	among := func(u string) bool { return slices.ContainsFunc(list, func(s source) bool { return s.url == u }) }
	f := fault(warning, "log-source", "the log asked %s; GOPROXY here is %s", t.URL, p.shownGoproxy()).do("GOPROXY=%s %s", shellQuote(t.URL), there)
	switch {
	case w.Proxy && t.URL != "":
		return []finding{fault(warning, "log-source", "the log went through the HTTP proxy %s; go does not go through it here", w.Host).do("HTTPS_PROXY=http://%s %s", w.Host, there)}
	case t.Kind == netprobe.KindProxy && !among(t.URL):
	case t.Kind == netprobe.KindVCS && hostname(t.Name) == firstElement(w.Module) && !among("direct") && !p.isDirect(w.Module):
		f = fault(warning, "log-source", "the log asked %s without a proxy; GOPROXY here is %s", t.Name, p.shownGoproxy()).do("GOPROXY=direct %s", there)
	default:
		return nil
	}
	return []finding{f.saw("GOPROXY here comes from %s", p.origin("GOPROXY"))}
}
