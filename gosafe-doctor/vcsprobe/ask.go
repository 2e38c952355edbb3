package vcsprobe

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gosafe/classify"
)

// ask runs git ls-remote and judges what it says. It is given the URL before
// the insteadOf rules: git applies them itself.
func (p *probe) ask(ctx context.Context, r *Report, asked string, helpers []pair, ssh sshCommand) {
	env := p.env.forGit().with(ssh.setting()...).with(p.readOnly(helpers)...)
	start := time.Now()
	out := run(ctx, env, p.git, "ls-remote", "-q", "--", asked, "HEAD")
	said := listen(string(out.stderr))
	r.Offered, r.HostKey = said.offered, classify.Printable(said.hostKey)
	if out.exit == 0 && !out.late {
		return
	}
	if out.late {
		r.fail(Silent, fmt.Sprintf("git ls-remote had not ended after %.1f s", time.Since(start).Seconds()))
		r.addEvidence(said.rest)
		return
	}
	text := "go: git ls-remote -q " + r.Asked + ": exit status 128:\n\t" + strings.Join(said.rest, "\n\t") + "\n"
	v := classify.Classify(classify.Record{Args: []string{"mod", "download"}, Exit: 1, Stderr: []byte(text)})
	r.Fault = r.refine(v, said)
	r.addEvidence(said.rest)
	switch r.Fault {
	case RefusedCredentials:
		if r.Present.Netrc {
			r.Evidence = append(r.Evidence, "netrc has an entry for "+hostOnly(r.Host))
		}
	case NoKey, RefusedKey, LockedKey, BadKey:
		r.Evidence = append(r.Evidence, fmt.Sprintf("keys that ssh offered: %d; %s", said.offered, r.Present.keys()))
	case UnknownHostKey, ChangedHostKey:
		if r.HostKey != "" {
			r.Evidence = append(r.Evidence, "the server shows "+r.HostKey)
		}
	}
}

// addEvidence keeps the lines that tell something, at most four of the last.
func (r *Report) addEvidence(lines []string) {
	var kept []string
	for _, line := range lines {
		line = classify.Printable(line)
		if strings.Trim(line, " @*-") == "" || line == "Please make sure you have the correct access rights" || line == "and the repository exists." || strings.HasPrefix(line, "Warning: Permanently added") {
			continue
		}
		kept = append(kept, line)
	}
	r.Evidence = append(r.Evidence, kept[max(0, len(kept)-4):]...)
}

// refine tells apart what classify takes for one cause because running again
// helps none of it.
func (r *Report) refine(v classify.Verdict, said talk) Fault {
	text := strings.Join(said.rest, "\n")
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch v.Cause {
	case classify.DNSFailure, classify.ConnectFailure, classify.Timeout, classify.ConnectionLost, classify.ServerError:
		return Network
	case classify.AuthRequired:
		switch {
		case v.Where.Proxy, has("from proxy after CONNECT", "CONNECT tunnel failed"):
			return Network
		case has("SAML SSO", "saml sso", "/sso?"):
			return NeedsSSO
		case r.Scheme == "ssh":
			return keyFault(said, has)
		case has(unasked...) && r.Present.Askpass:
			return NeedsAskpass
		case has(unasked...) && !r.Present.Netrc:
			return NoCredentials // with an entry in netrc, curl has sent that one before
		}
		return RefusedCredentials
	case classify.HostKey:
		switch {
		case has("IDENTIFICATION HAS CHANGED", "REVOKED HOST KEY"):
			return ChangedHostKey
		case has("Unable to negotiate", "no hostkey alg"):
			return Settings
		}
		return UnknownHostKey
	}
	if f, ok := byCause[v.Cause]; ok {
		if f == GitMissing && has("ssh") {
			return SSHMissing
		}
		return f
	}
	return Other
}

// unasked are git's words where it would ask a person next.
var unasked = []string{"could not read Username", "could not read Password", "terminal prompts disabled", "askpass response"}

// byCause are the causes that need no second look.
var byCause = map[classify.Cause]Fault{
	classify.NotFound:           NoRepository,
	classify.TLSUntrusted:       Untrusted,
	classify.RateLimited:        RateLimited,
	classify.VCSMissing:         GitMissing,
	classify.ProxyMisconfigured: Settings,
	classify.DubiousOwnership:   Settings,
	classify.VCSStatus:          Settings,
}

// keyFault tells apart why ssh did not get in.
func keyFault(said talk, has func(...string) bool) Fault {
	switch {
	case said.entered:
		return NoAccess // it got in, and the host said no
	case (said.offered == 0 || said.accepted) && has("bad permissions", "invalid format", "error in libcrypto", "Bad owner or permissions"):
		return BadKey // the public half of it may be offered all the same
	case said.offered == 0:
		return NoKey
	case said.accepted:
		return LockedKey
	}
	return RefusedKey
}
