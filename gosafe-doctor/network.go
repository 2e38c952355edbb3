package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"gosafe/gosafe-doctor/netprobe"
)

// probes are the reports on all servers: on those without which go gets
// nothing, and on those that it turns to where no proxy has a module.
type probes struct {
	needed, fallback []netprobe.Report
}

// netBudget is how long one server may take.
const netBudget = 7500 * time.Millisecond

// netConfig is how servers are looked at: as go would.
func (p *patient) netConfig() netprobe.Config {
	c := p.Net
	c.Env, c.Now, c.Budget = p.environ, p.Now, netBudget
	return c
}

// probe looks at all servers at once, or only at the first, for its clock,
// where the network is not asked about.
func (p *patient) probe() probes {
	needed, fallback := p.targets()
	if !p.examines("network") {
		needed, fallback = needed[:min(1, len(needed))], nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), netBudget+500*time.Millisecond)
	defer cancel()
	all := append(needed[:len(needed):len(needed)], fallback...)
	reports := make([]netprobe.Report, len(all))
	var mu sync.Mutex
	left := map[string]bool{}
	for _, t := range all {
		left[t.Name] = true
	}
	p.waiting("servers", strings.Join(sortedKeys(left), ", "))
	var wg sync.WaitGroup
	for i, t := range all {
		wg.Add(1)
		go func() {
			defer wg.Done()
			reports[i] = p.probeOne(ctx, t)
			mu.Lock()
			defer mu.Unlock()
			delete(left, t.Name)
			p.waiting("servers", strings.Join(sortedKeys(left), ", "))
		}()
	}
	wg.Wait()
	return probes{reports[:len(needed)], reports[len(needed):]}
}

// probeOne looks at one server. A checksum database is asked for through the
// proxies; if one of them fails that is followed by |, go asks the next.
func (p *patient) probeOne(ctx context.Context, t netprobe.Target) netprobe.Report {
	list, _ := sources(p.get("GOPROXY"))
	for {
		r := netprobe.Probe(ctx, p.netConfig(), t)
		i := slices.IndexFunc(t.Via, func(via string) bool { return r.Fault != "" && hostPort(via) == r.Host })
		if i < 0 || ctx.Err() != nil || !slices.ContainsFunc(list, func(s source) bool { return s.url == t.Via[i] && s.pipe }) {
			return r
		}
		t.Via = t.Via[i+1:]
	}
}

// hostPort is the address of the server of a URL.
func hostPort(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return proxyAddr(u)
}

// maxHosts bounds how many hosts of repositories are looked at.
const maxHosts = 6

// targets are the servers that go asks in the directory.
func (p *patient) targets() (needed, fallback []netprobe.Target) {
	list, _ := sources(p.get("GOPROXY"))
	var via []string
	direct := false
	for _, s := range list {
		switch u, err := url.Parse(s.url); {
		case s.url == "direct":
			direct = true
		case p.unusable(s): // settings/goproxy tells
		case err == nil && s.isProxy() && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "":
			needed = append(needed, netprobe.Target{Name: host(s.url), URL: s.url, Kind: netprobe.KindProxy})
			via = append(via, s.url)
		}
	}
	if name, at := p.sumdb(); name != "" && (direct || len(via) > 0) {
		needed = append(needed, netprobe.Target{Name: name, URL: at, Kind: netprobe.KindSumDB, Via: via})
	}
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
		switch {
		case p.isDirect(m.Path):
			seen[u.Host] = true
			needed = append(needed, t)
		case direct:
			seen[u.Host] = true
			fallback = append(fallback, t)
		}
	}
	return needed, fallback
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

func checkServers(_ context.Context, p *patient) []finding {
	all := p.probed()
	if len(all.needed) == 0 {
		return fine("no server is asked (GOPROXY=%s)", p.get("GOPROXY"))
	}
	var found []finding
	diagnoses := netprobe.Judge(all.needed)
	for _, d := range diagnoses {
		if d.Class == "clock" && p.examines("machine") {
			continue // machine/clock tells
		}
		f := p.ofDiagnosis(d)
		if f.Level == broken && !d.Machine && p.standsIn(all.needed, d.Targets) {
			f.Level = warning
			f = f.saw("another entry of GOPROXY answers, and is asked instead")
		}
		found = append(found, f)
	}
	if !slices.ContainsFunc(diagnoses, func(d netprobe.Diagnosis) bool { return d.Machine }) {
		for _, d := range netprobe.Judge(all.fallback) {
			f := p.ofDiagnosis(d)
			f.Level, f.Summary = note, "of the hosts that are asked only for what no proxy has: "+f.Summary
			found = append(found, f)
		}
	}
	for _, r := range all.needed {
		if r.Fault == "" {
			answers := finding{Level: ok, Summary: fmt.Sprintf("%s answers in %.2f s", r.Target.Name, r.Elapsed.Seconds())}
			found = append(found, phases(answers, r))
		}
	}
	return found
}

// phases adds what was seen on the way to a server.
func phases(f finding, r netprobe.Report) finding {
	for _, ph := range r.Phases {
		f = f.saw("%-13s %s (%.0f ms) %s", ph.Name, ph.State, float64(ph.Elapsed.Microseconds())/1000, ph.Detail)
	}
	if r.Redirect != nil {
		for _, ph := range r.Redirect.Phases {
			f = f.saw("%s: %-13s %s (%.0f ms) %s", r.Redirect.Target.Name, ph.Name, ph.State, float64(ph.Elapsed.Microseconds())/1000, ph.Detail)
		}
	}
	return f
}

// standsIn reports whether go gets on without the targets: each is a proxy that
// is followed by |, or stands behind another, and a proxy answers that does not
// need them.
func (p *patient) standsIn(reports []netprobe.Report, names []string) bool {
	list, _ := sources(p.get("GOPROXY"))
	answers := func(s source) bool {
		return slices.ContainsFunc(reports, func(r netprobe.Report) bool { return r.Target.Name == host(s.url) && r.Fault == "" })
	}
	for _, s := range list {
		switch {
		case answers(s):
			return !slices.ContainsFunc(names, func(name string) bool { // nothing but proxies
				return !slices.ContainsFunc(list, func(s source) bool { return s.isProxy() && host(s.url) == name })
			})
		case !s.pipe:
			return false
		}
	}
	return false
}

// ofDiagnosis is a finding that says what netprobe has found out.
func (p *patient) ofDiagnosis(d netprobe.Diagnosis) finding {
	l := broken
	switch {
	case d.Fault == netprobe.InterceptedTrusted:
		l = note // many companies do it, and go works
	case d.Warning:
		l = warning
	}
	f := fault(l, string(d.Fault), "%s", plainSentence(d.Sentence)).do("%s", d.Remedy)
	f.Evidence = d.Evidence
	return f
}

// plainSentence takes the capital and the full stop off a sentence, for a line
// among others.
func plainSentence(s string) string {
	s = strings.TrimSuffix(s, ".")
	first, _, _ := strings.Cut(s, " ")
	if slices.Contains([]string{"This", "The", "Every", "A", "There", "Nothing", "None", "No"}, first) {
		return string(unicode.ToLower(rune(s[0]))) + s[1:]
	}
	return s
}

// judgeClock compares the clock with what the servers say.
func (p *patient) judgeClock(context.Context) []finding {
	all := p.probed()
	var found []finding
	for _, d := range netprobe.Judge(all.needed) {
		if d.Class == "clock" {
			found = append(found, p.ofDiagnosis(d))
		}
	}
	if found != nil {
		return found
	}
	for _, r := range all.needed {
		if r.HasSkew {
			return fine("the clock agrees with %s", r.Target.Name)
		}
	}
	return fine("the clock is later than the release of Go; no server was there to compare it with")
}

// toolchainMissing asks the proxies whether there is a toolchain, and reports
// whether one of them says that there is none. A proxy that does not answer is
// network/servers's to tell.
func (p *patient) toolchainMissing(ctx context.Context, name string) (missing bool, said string) {
	list, _ := sources(p.get("GOPROXY"))
	t := &http.Transport{
		Proxy:             func(r *http.Request) (*url.URL, error) { return netprobe.HTTPProxy(p.environ, r.URL) },
		DisableKeepAlives: true,
	}
	for _, s := range list {
		if !strings.HasPrefix(s.url, "http") {
			continue
		}
		at := strings.TrimSuffix(s.url, "/") + "/golang.org/toolchain/@v/v0.0.1-" + name + "." + runtime.GOOS + "-" + runtime.GOARCH + ".info"
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			continue
		}
		resp, err := (&http.Client{Transport: t, Timeout: 4 * time.Second}).Do(req)
		if err != nil {
			continue
		}
		resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			return false, ""
		case http.StatusNotFound, http.StatusGone:
			missing, said = true, fmt.Sprintf("%s: %d %s", at, resp.StatusCode, http.StatusText(resp.StatusCode))
		}
	}
	return missing, said
}
