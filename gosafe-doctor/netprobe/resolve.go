package netprobe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"gosafe/internal/dns"
)

// names is what is known of a host's addresses.
type names struct {
	addrs   []netip.Addr // by the system's resolver
	err     error        // its error
	answers []answer     // of the name servers, asked directly
}

// lookUp asks the system's resolver and the name servers at once. An address
// needs no question.
func (p *probe) lookUp(ctx context.Context, r *Report, host string) names {
	if a, err := netip.ParseAddr(host); err == nil {
		return names{addrs: []netip.Addr{a}}
	}
	ctx, cancel := p.limit(ctx)
	defer cancel()
	start := time.Now()
	direct, stop := context.WithCancel(ctx)
	defer stop()
	asked := make(chan []answer, 1)
	var took time.Duration
	if isLocal(host) {
		asked <- nil
	} else {
		go func() {
			answers := askAll(direct, p.Servers, host)
			took = time.Since(start)
			asked <- answers
		}()
	}
	var n names
	n.addrs, n.err = p.Resolver.LookupNetIP(ctx, "ip", host)
	for i := range n.addrs {
		n.addrs[i] = n.addrs[i].Unmap()
	}
	r.Phases = append(r.Phases, Phase{"resolve", stateOf(n.err), n.system(host), time.Since(start)})
	if n.err == nil {
		// The answers are for comparison only, and worth no longer wait.
		defer time.AfterFunc(grace, stop).Stop()
	}
	if n.answers = <-asked; len(n.answers) > 0 {
		r.Phases = append(r.Phases, n.compare(took))
	}
	return n
}

// isLocal reports whether host is a name that no name server is asked for.
func isLocal(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local")
}

func stateOf(err error) State {
	if err != nil {
		return Failed
	}
	return OK
}

func (n names) system(host string) string {
	if n.err != nil {
		return host + ": " + brief(n.err)
	}
	return host + " is " + join(n.addrs)
}

// compare is the phase that sets the name servers against the system's resolver.
func (n names) compare(took time.Duration) Phase {
	ph := Phase{Name: "name servers", State: OK, Detail: n.direct(), Elapsed: took}
	for _, a := range n.answers {
		if a.err != nil || a.code != dns.OK && n.err == nil {
			ph.State = Warned
		}
	}
	if n.err != nil && len(n.known()) == 0 {
		ph.State = Failed
	}
	return ph
}

func (n names) direct() string {
	var texts []string
	for _, a := range n.answers {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, "; ")
}

// known returns the addresses that the name servers gave.
func (n names) known() (addrs []netip.Addr) {
	for _, a := range n.answers {
		if a.err == nil && a.code == dns.OK {
			addrs = append(addrs, a.addrs...)
		}
	}
	return addrs
}

// others returns the addresses that the name servers gave if the system's
// resolver gave none of them: somebody between is of another opinion, the
// hosts file or a cache.
func (n names) others() []netip.Addr {
	known := n.known()
	for _, a := range known {
		if slices.Contains(n.addrs, a) {
			return nil
		}
	}
	return known
}

// fault judges a name that did not resolve, or that resolves to nowhere.
func (n names) fault() Fault {
	if n.err == nil {
		if !slices.ContainsFunc(n.addrs, func(a netip.Addr) bool { return !a.IsUnspecified() }) {
			return NameBlocked // 0.0.0.0 is what blockers answer
		}
		return ""
	}
	if len(n.known()) > 0 {
		return NameDiffers
	}
	notFound, empty, failed, silent := 0, 0, 0, 0
	for _, a := range n.answers {
		switch {
		case a.err != nil:
			silent++
		case a.code == dns.NotFound:
			notFound++
		case a.code != dns.OK:
			failed++
		default:
			empty++
		}
	}
	var dns *net.DNSError
	switch {
	case notFound > 0:
		return NoSuchName
	case empty > 0:
		return NoAddress
	case failed > 0:
		return NameServersFail
	case silent > 0:
		return NameServersSilent
	case errors.As(n.err, &dns) && dns.IsNotFound:
		return NoSuchName
	case isTimeout(n.err):
		return NameServersSilent
	}
	return NameServersFail
}
