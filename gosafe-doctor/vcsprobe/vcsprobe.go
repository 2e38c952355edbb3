// Package vcsprobe asks a repository the question that the go command asks
// first, by the programs that the go command uses, and tells why it is not
// answered: which credential, key or host key is missing or refused.
//
// It looks and changes nothing: no prompt, no credential stored or erased. Of
// credentials it returns whether there are any, never what they say.
package vcsprobe

import (
	"context"
	"crypto/x509"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"gosafe/classify"
	"gosafe/gosafe-doctor/netprobe"
)

// A Config is where and how to look. The zero value looks as this process would.
type Config struct {
	Env    []string       // environment of git and ssh; nil means os.Environ
	GOAUTH string         // as go env GOAUTH says
	Pool   *x509.CertPool // trusted authorities for the page that names a repository; nil means the system's. git has its own
	// GOINSECURE as go env says: the modules for which go tries http and git, too.
	GOINSECURE string
	Budget     time.Duration // for the whole of a Probe; 0 means 8 s
}

// Present says which means of authentication there are.
type Present struct {
	Netrc      bool   // an entry for the host
	Helper     bool   // a credential helper that git asks for this URL
	Askpass    bool   // a program that git would ask for credentials: GIT_ASKPASS, core.askPass or SSH_ASKPASS; it is not run here
	GOAUTH     string // the kinds of its entries: "netrc", "off", "git", "command"; git itself does not read it
	Agent      bool   // an ssh agent answers
	AgentKeys  int    // the number of keys that it holds
	KeyFiles   int    // the number of private keys that ssh would try for the host
	KnownHost  bool   // known_hosts has an entry for the host
	SSHCommand bool   // git runs a command of the user's in place of ssh
}

// A Report is what was seen of one repository.
type Report struct {
	Module    string // the module path that was asked for; empty for a URL
	Asked     string // the URL that go asks for, without credentials
	URL       string // the URL after git's insteadOf rules, without credentials
	Host      string // its host, with the port if it has one
	Scheme    string // "https", "http", "ssh", "git", "file"
	Rewritten string // the insteadOf rule that applied, without credentials; empty if none
	Present   Present
	Offered   int      // the number of keys that ssh offered
	HostKey   string   // the type and fingerprint of the key that the ssh server showed
	Fault     Fault    // OK if it answered
	Sentence  string   // the cause in one plain sentence; empty if it answered
	Evidence  []string // what git and ssh said, safe to print
	Remedy    string   // what to do or to type
	Elapsed   time.Duration
}

// A probe is one Probe under way.
type probe struct {
	Config
	env environ
	git string // the program
}

// Probe asks one repository, named by a module path or a URL. It returns when
// the budget is used up at the latest, or as soon as ctx ends.
func Probe(ctx context.Context, c Config, what string) Report {
	if c.Env == nil {
		c.Env = os.Environ()
	}
	if c.Budget == 0 {
		c.Budget = 8 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, c.Budget)
	defer cancel()
	start := time.Now()
	p := &probe{Config: c, env: environ(c.Env)}
	r := &Report{}
	r.Present.GOAUTH = goauthKinds(c.GOAUTH)
	p.look(ctx, r, what)
	r.explain()
	r.Elapsed = time.Since(start)
	return *r
}

// look takes the steps that lead to git's answer.
func (p *probe) look(ctx context.Context, r *Report, what string) {
	urls := []string{what}
	if !isURL(what) {
		r.Module = classify.Printable(what)
		var err *locateError
		if urls, err = p.locate(ctx, what); err != nil {
			r.Host, r.Scheme = hostOf(what), "https"
			r.fail(err.fault, err.Error())
			return
		}
	}
	var tried []Report
	for i, asked := range urls {
		one := *r
		inTime, cancel := ctx, context.CancelFunc(func() {})
		if end, ok := ctx.Deadline(); ok && i+1 < len(urls) { // the others need time, too
			inTime, cancel = context.WithTimeout(ctx, time.Until(end)/2)
		}
		p.lookAt(inTime, &one, asked)
		cancel()
		tried = append(tried, one)
		if one.Fault == OK || one.Fault == GitMissing {
			*r = one
			return
		}
	}
	*r = furthest(tried)
}

// furthest returns the report that tells most of those of the URLs of one
// repository, none of which answers: the first one that has reached its host.
// It tells of the others, too.
func furthest(tried []Report) Report {
	best := max(0, slices.IndexFunc(tried, func(r Report) bool { return r.Fault != Network && r.Fault != Silent }))
	r := tried[best]
	for i, other := range tried {
		if i != best {
			other.explain()
			r.Evidence = append(r.Evidence, "go asks "+other.URL+", too: "+other.Sentence)
		}
	}
	return r
}

// lookAt asks one URL.
func (p *probe) lookAt(ctx context.Context, r *Report, asked string) {
	r.Asked = printableURL(asked)
	r.URL = r.Asked
	r.at(asked)
	if p.git = p.env.lookPath("git"); p.git == "" {
		r.fail(GitMissing, "git is not on PATH")
		return
	}
	target := p.rewritten(ctx, r, asked)
	r.at(target)
	r.Present.Netrc = netprobe.HasNetrc(p.env.with("NETRC=").get, hostOnly(r.Host)) // git does not read NETRC
	helpers := p.helpers(ctx)
	r.Present.Helper, r.Present.Askpass = p.hasHelper(ctx, target), p.hasAskpass(ctx)
	ssh := p.sshCommand(ctx)
	if r.Scheme == "ssh" {
		if ssh.program == "" {
			r.fail(SSHMissing, "ssh is not on PATH")
			return
		}
		r.Present.SSHCommand = ssh.own
		p.lookAtSSH(ctx, r, ssh, target)
	}
	p.ask(ctx, r, asked, helpers, ssh)
}

// fail records a fault with its first piece of evidence.
func (r *Report) fail(f Fault, evidence string) {
	r.Fault = f
	if evidence != "" {
		r.Evidence = append(r.Evidence, classify.Printable(evidence))
	}
}

// at fills in what the URL says.
func (r *Report) at(target string) {
	r.URL = printableURL(target)
	r.Scheme, r.Host = split(target)
}

// isURL reports whether what is an address for git rather than a module path:
// it has a scheme, or ssh's short form user@host:path.
func isURL(what string) bool {
	if strings.Contains(what, "://") {
		return true
	}
	before, _, ok := strings.Cut(what, ":")
	return ok && strings.Contains(before, "@") || strings.HasPrefix(what, "/")
}

// split returns the scheme and the host, with its port if it has one, of what
// git may be given (urlmatch.c, connect.c).
func split(target string) (scheme, host string) {
	if !strings.Contains(target, "://") {
		host, _, ok := strings.Cut(target, ":")
		if !ok || strings.Contains(host, "/") {
			return "file", ""
		}
		return "ssh", classify.Printable(host[strings.LastIndexByte(host, '@')+1:])
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", ""
	}
	scheme = strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Scheme), "+git"), "git+")
	return scheme, classify.Printable(u.Host)
}

// hostOnly drops a port.
func hostOnly(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// printableURL returns a URL without credentials. The short form of ssh has
// none but a user's name, which is dropped as well.
func printableURL(target string) string {
	if !strings.Contains(target, "://") {
		before, _, _ := strings.Cut(target, ":")
		target = target[strings.LastIndexByte(before, '@')+1:]
	}
	return classify.Printable(target)
}

// goauthKinds returns the kinds of GOAUTH's entries, which are separated by
// semicolons (go help goauth); never what stands behind them.
func goauthKinds(goauth string) string {
	var kinds []string
	for _, entry := range strings.Split(goauth, ";") {
		f := strings.Fields(entry)
		switch {
		case len(f) == 0:
		case f[0] == "off", f[0] == "netrc", f[0] == "git":
			kinds = append(kinds, f[0])
		default:
			kinds = append(kinds, "command")
		}
	}
	return strings.Join(kinds, " ")
}
