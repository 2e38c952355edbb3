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
	because          map[string]string // by name: why a host is asked without a proxy
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
	needed, fallback, because := p.targets()
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
			reports[i] = netprobe.Probe(ctx, p.netConfig(), t)
			mu.Lock()
			defer mu.Unlock()
			delete(left, t.Name)
			p.waiting("servers", strings.Join(sortedKeys(left), ", "))
		}()
	}
	wg.Wait()
	return probes{reports[:len(needed)], reports[len(needed):], because}
}

func checkServers(_ context.Context, p *patient) []finding {
	all := p.probed()
	found := p.misspelt()
	if len(all.needed) == 0 && found == nil {
		found = fine("no server is asked (GOPROXY=%s)", p.shownGoproxy())
	}
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
		for _, name := range d.Targets {
			f = p.whence(f, name, all.because)
		}
		found = append(found, f)
	}
	found = append(found, p.judgeNamed()...)
	if !slices.ContainsFunc(diagnoses, func(d netprobe.Diagnosis) bool { return d.Machine }) {
		for _, d := range netprobe.Judge(all.fallback) {
			f := p.ofDiagnosis(d)
			if f.Level = note; d.Machine {
				f.Summary += " (" + strings.Join(d.Targets, ", ") + ")"
			}
			f.Summary += "; go asks there only for a module that no proxy has"
			f.Remedy = "" // go may do without
			found = append(found, f)
		}
	}
	for _, r := range all.needed {
		if r.Fault == "" {
			answers := finding{Level: ok, Summary: fmt.Sprintf("%s answers in %.2f s", r.Target.Name, r.Elapsed.Seconds())}
			if why := all.because[r.Target.Name]; why != "" {
				answers.Summary += "; it is asked without a proxy because of " + why
			}
			found = append(found, phases(answers, r))
		}
	}
	return found
}

// misspelt says that entries of GOPROXY are left out here. What is wrong with
// them settings/goproxy tells, unless it is not looked at.
func (p *patient) misspelt() (found []finding) {
	list, _ := sources(p.get("GOPROXY"))
	for _, s := range list {
		if f, bad := p.judgeSource(s); bad && f.Level == broken && !p.examines("settings") {
			found = append(found, f)
		} else if bad && f.Level == broken && found == nil {
			found = append(found, fault(note, "goproxy-unasked", "an entry of GOPROXY that cannot be meant is not asked: %s", host(s.url)))
		}
	}
	if len(list) > 0 {
		return found
	}
	if !p.examines("settings") {
		return []finding{p.noEntry()}
	}
	return []finding{fault(note, "goproxy-unasked", "no server is asked: GOPROXY holds no entry")}
}

// whence adds to what is wrong with a server the setting that leads to it.
func (p *patient) whence(f finding, name string, because map[string]string) finding {
	list, _ := sources(p.get("GOPROXY"))
	db, _ := p.sumdb()
	switch {
	case slices.ContainsFunc(list, func(s source) bool { return s.isProxy() && host(s.url) == name }):
		return f.saw("GOPROXY=%s, which comes from %s", p.shownGoproxy(), p.origin("GOPROXY"))
	case name == db:
		return f.saw("GOSUMDB=%s, which comes from %s", p.get("GOSUMDB"), p.origin("GOSUMDB"))
	case because[name] != "":
		return f.saw("%s is asked without a proxy because of %s", name, because[name])
	}
	return f
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
	if slices.Contains([]string{"This", "The", "Every", "A", "There", "Nothing", "None", "No", "Each"}, first) {
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
