// Package netprobe looks at what lies between this machine and one host that
// the go command asks: names, connections, the HTTP proxy, TLS, HTTP. Each
// step is taken and timed apart, so that what passed and what did not tells
// what is wrong.
//
// It looks and changes nothing. It sends no credentials but those that the
// go command itself would send to the same server, and returns none.
package netprobe

import (
	"context"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"gosafe/classify"
)

// The kinds of targets. They differ in what is asked for and what counts as
// an answer.
const (
	KindProxy   = "proxy"   // a module proxy: an entry of GOPROXY
	KindSumDB   = "sumdb"   // a checksum database
	KindVCS     = "vcs"     // a host of repositories: any answer will do
	KindStorage = "storage" // where a proxy's redirect leads: any answer will do
)

// A Target is one server to look at.
type Target struct {
	Name string // what the user knows it by; for a checksum database its name, as in GOSUMDB
	URL  string // its base URL
	Kind string // one of the Kind constants
	Via  []Via  // checksum database only: the entries of GOPROXY, which are asked for it first, in order
}

// A Via is an entry of GOPROXY on the way to a checksum database.
type Via struct {
	URL  string // "direct" and "off" lead to the database itself
	Pipe bool   // it is followed by |: the next is asked after any error
}

// A Config is where and how to look. The zero value looks at this machine.
type Config struct {
	Env      func(string) string // environment; nil means os.Getenv
	Pool     *x509.CertPool      // trusted authorities; nil means the system's, as crypto/x509 finds them (SSL_CERT_FILE, SSL_CERT_DIR)
	Now      func() time.Time    // nil means time.Now
	Resolver *net.Resolver       // the system's resolver; nil means net.DefaultResolver
	Servers  []string            // name servers to ask directly, host:port; nil means those of /etc/resolv.conf
	Budget   time.Duration       // for the whole of a Probe; 0 means 8 s
}

// A State says how a phase ended.
type State string

const (
	OK      State = "ok"
	Failed  State = "failed"
	Skipped State = "skipped" // not needed, or not reached
	Warned  State = "warning" // did not work, but nothing depends on it
)

// A Phase is one step on the way to an answer.
type Phase struct {
	Name    string // "resolve", "name servers", "connect v4", "connect v6", "http proxy", "tls", "http", "http/1.1", "redirect", "clock"
	State   State
	Detail  string // what was seen, safe to print
	Elapsed time.Duration
}

// A Report is what was seen on the way to one target.
type Report struct {
	Target  Target // without credentials
	Host    string // host:port of the target's server
	Via     string // the HTTP proxy on the way, as host:port; empty if there is none
	Phases  []Phase
	Elapsed time.Duration

	Fault    Fault   // what stopped it, judged by this target alone; empty if it answered as it should
	Warnings []Fault // what did not stop it

	Skew     time.Duration // how far the server's clock is ahead of ours, by its Date header
	HasSkew  bool
	Cert     *Cert   // what the server showed; nil if there was no TLS
	Status   int     // HTTP status; 0 if there was none
	Redirect *Report // the storage host that the proxy's redirect leads to; nil if it redirects nowhere

	at       time.Time // when it was asked, by our clock
	evidence string    // the fact behind Fault
	trust    trust     // the list of authorities, if the environment replaces the system's and the certificate did not verify
	page     bool      // a web page was answered where data was asked for
}

// A Cert is what is known of a server's certificate.
type Cert struct {
	Subject   string
	Names     []string // at most ten
	Issuer    string
	NotBefore time.Time
	NotAfter  time.Time
	Verified  bool // by the configured pool, for this name, now

	issuerKey string // the whole issuer, to compare
	issuerOrg string
}

// Probe looks at one target. It returns when the budget is used up at the
// latest, or as soon as ctx ends.
func Probe(ctx context.Context, c Config, t Target) Report {
	c = c.complete()
	ctx, cancel := context.WithTimeout(ctx, c.Budget)
	defer cancel()
	start := time.Now()
	p := &probe{c}
	r := p.target(ctx, t)
	r.Elapsed = time.Since(start)
	return r
}

// A probe is one Probe under way.
type probe struct{ Config }

// limit gives a phase its share of the budget, so that a silent one leaves
// time for what is learnt behind it.
func (p *probe) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, p.Budget*3/8)
}

// complete returns c with its defaults filled in.
func (c Config) complete() Config {
	if c.Env == nil {
		c.Env = os.Getenv
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Servers == nil {
		c.Servers = nameServers("/etc/resolv.conf")
	}
	if c.Budget == 0 {
		c.Budget = 8 * time.Second
	}
	return c
}

// printable returns the target without what may be secret in its URLs.
func (t Target) printable() Target {
	t.Name, t.URL = classify.Printable(t.Name), classify.Printable(t.URL)
	via := make([]Via, len(t.Via))
	for i, v := range t.Via {
		via[i] = Via{classify.Printable(v.URL), v.Pipe}
	}
	t.Via = via
	return t
}

// hostPort returns the address that u's server is dialled at.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
