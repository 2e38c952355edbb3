package netprobe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gosafe/classify"
)

// target looks at t, by way of the proxies that are to be asked first.
func (p *probe) target(ctx context.Context, t Target) Report {
	base := strings.TrimSuffix(t.URL, "/")
	if t.Kind != KindSumDB {
		return p.look(ctx, t, base, queries[t.Kind])
	}
	// As cmd/go does (modfetch/sumdb.go, initBase, and proxy.go, TryProxies):
	// the first proxy that says 200 is the way to it; 404 and 410, and with |
	// any error, lead on to the next. Behind an error only direct or off leads
	// to the database itself.
	var asked []Phase
	var failed *Report
	for _, via := range t.Via {
		if via.URL == "direct" || via.URL == "off" {
			failed = nil
			break
		}
		at := strings.TrimSuffix(via.URL, "/") + "/sumdb/" + t.Name
		r := p.look(ctx, t, at+"/supported", queries[kindSupported])
		if r.Fault != "" {
			if !via.Pipe || ctx.Err() != nil {
				return r
			}
			failed = &r
			asked = append(asked, Phase{"supported", Warned, r.Host + ": " + r.evidence, r.Elapsed})
			continue
		}
		detail := fmt.Sprintf("%s says %d", r.Host, r.Status)
		asked = append(asked, Phase{"supported", OK, detail, r.Elapsed})
		if r.Status == http.StatusOK {
			base, failed = at, nil
			break
		}
	}
	if failed != nil {
		return *failed
	}
	r := p.look(ctx, t, base, queries[KindSumDB])
	r.Phases = append(asked, r.Phases...)
	return r
}

// look goes all the way to one answer.
func (p *probe) look(ctx context.Context, t Target, base string, q query) Report {
	r := Report{Target: t.printable(), at: p.Now()}
	start := time.Now()
	u, err := url.Parse(base + q.path)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		r.fail(BadURL, "http", classify.Printable(t.URL)+" is no URL of a server", 0)
		return r
	}
	r.Host = hostPort(u)
	if u.Scheme == "http" && u.User != nil {
		r.fail(InsecureLogin, "http", classify.Printable(t.URL)+": go refuses to pass credentials to an insecure URL", 0)
		return r
	}
	p.follow(ctx, &r, u, q)
	r.Elapsed = time.Since(start)
	return r
}

// follow takes the steps in their order, each as far as it is reached.
func (p *probe) follow(ctx context.Context, r *Report, u *url.URL, q query) {
	w, c := p.find(ctx, r, u)
	if c == nil {
		return
	}
	if w.proxy != nil {
		start := time.Now()
		limited, cancel := p.limit(ctx)
		through, err := w.tunnel(limited, c)
		cancel()
		if err != nil {
			r.fail(tunnelFault(err), "http proxy", r.Via+" for "+r.Host+": "+brief(err), time.Since(start))
			return
		}
		r.Phases = append(r.Phases, Phase{"http proxy", OK, r.Via, time.Since(start)})
		c = through
	}
	if u.Scheme == "https" {
		s := p.secure(ctx, r, w, c)
		if s == nil {
			p.behindTLS(ctx, r, w, q)
			return
		}
		c = s
	}
	a := p.exchange(ctx, r, w, c, q)
	if a == nil || r.Fault != "" {
		return
	}
	p.second(ctx, r, w, a)
	if q.data != nil {
		p.redirect(ctx, r, w, a)
	}
}

// behindTLS asks in plain where a server that should speak TLS does not: a
// captive portal shows by its page.
func (p *probe) behindTLS(ctx context.Context, r *Report, w *route, q query) {
	if r.Fault != NotTLS || w.proxy != nil {
		return
	}
	c, err := w.reopen(ctx)
	if err != nil {
		return
	}
	plain := *w.url
	plain.Scheme, plain.User = "http", nil
	a, err := p.ask(ctx, &route{probe: p, url: &plain, addr: w.addr}, c, false)
	if err != nil {
		return
	}
	if _, detail := q.judge(a, r, w); r.page {
		r.evidence += fmt.Sprintf("; without TLS it answers %d%s", a.status, detail)
	}
}

// second tries HTTP/1.1 where HTTP/2 was agreed on: git may use it, and so may
// what stands between.
func (p *probe) second(ctx context.Context, r *Report, w *route, a *response) {
	if !strings.HasPrefix(a.proto, "HTTP/2") {
		return
	}
	ctx, cancel := p.limit(ctx)
	defer cancel()
	start := time.Now()
	again, err := p.overHTTP1(ctx, w, true)
	ph := Phase{Name: "http/1.1", State: OK, Elapsed: time.Since(start)}
	if err != nil {
		ph.State, ph.Detail = Warned, brief(err)
	} else {
		ph.Detail = fmt.Sprintf("%d in %s", again.status, span(again.first))
	}
	r.Phases = append(r.Phases, ph)
}

// redirect looks at the host that the answer, or that for the module's zip,
// redirects to.
func (p *probe) redirect(ctx context.Context, r *Report, w *route, a *response) {
	to := a.leads(w.url)
	if to == nil && r.Target.Kind == KindProxy && a.status == http.StatusOK {
		zip := *w.url
		zip.Path = strings.TrimSuffix(zip.Path, ".info") + ".zip"
		to = p.leads(ctx, &route{w.probe, &zip, w.proxy, w.addr})
	}
	if to == nil {
		return
	}
	storage := p.look(ctx, Target{Name: to.Hostname(), URL: to.Scheme + "://" + to.Host, Kind: KindStorage}, to.Scheme+"://"+to.Host, queries[KindStorage])
	r.Redirect = &storage
	ph := Phase{"redirect", OK, "to " + to.Host, storage.Elapsed}
	if storage.Fault != "" {
		ph.State = Failed
	}
	r.Phases = append(r.Phases, ph)
}

// leads returns the other host that asking for w.url leads to.
func (p *probe) leads(ctx context.Context, w *route) *url.URL {
	c, err := w.reopen(ctx)
	if err != nil {
		return nil
	}
	if w.url.Scheme == "https" {
		s, err := shake(ctx, c, w.url.Hostname(), both)
		if err != nil || p.verify(s.ConnectionState(), w.url.Hostname()) != nil {
			c.Close()
			return nil
		}
		c = s
	}
	a, err := p.ask(ctx, w, c, w.url.Scheme == "https")
	if err != nil {
		return nil
	}
	return a.leads(w.url)
}

// fail records the phase that failed, and with it the fault.
func (r *Report) fail(f Fault, phase, detail string, took time.Duration) {
	r.Fault, r.evidence = f, detail
	r.Phases = append(r.Phases, Phase{phase, Failed, detail, took})
}

// failUnless is fail behind a certificate that has failed already: what was
// learnt is a phase, but the certificate stays the fault.
func (r *Report) failUnless(f Fault, phase, detail string, took time.Duration) {
	was, why := r.Fault, r.evidence
	r.fail(f, phase, detail, took)
	if was != "" {
		r.Fault, r.evidence = was, why
		if r.page {
			r.evidence += "; not verified: " + detail
		}
	}
}
