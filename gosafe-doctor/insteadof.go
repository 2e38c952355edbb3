package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gosafe/classify"
)

func checkInsteadOf(_ context.Context, p *patient) []finding {
	var found []finding
	for _, r := range p.rewrites() {
		to, toErr := url.Parse(r.to)
		from, fromErr := url.Parse(r.from)
		rule := fmt.Sprintf("%s: %s instead of %s", r.file, r.to, r.from)
		unset := unsetRule(r)
		switch {
		case strings.HasPrefix(r.to, "ssh://") && (toErr != nil || colonHost.MatchString(r.to)):
			found = append(found, fault(broken, "insteadof-colon", "a rule of git's makes URLs that lead nowhere: ssh:// with a colon behind the host").saw("%s", rule).
				do("%s\nwith ssh:// a slash stands behind the host: ssh://git@HOST/", unset))
		case fromErr == nil && toErr == nil && from.Scheme == "https" && (to.Scheme == "http" || to.Scheme == "git") && !isLoopback(to.Hostname()):
			found = append(found, fault(warning, "insteadof-unencrypted", "a rule of git's fetches without encryption what is written with https").saw("%s", rule).do("%s", unset))
		case strings.HasSuffix(strings.TrimSuffix(r.from, "/"), "://github.com") && rewriteHost(r.to) != "github.com" && rewriteHost(r.to) != "ssh.github.com":
			found = append(found, fault(warning, "insteadof-elsewhere", "git takes from %s what is on github.com", rewriteHost(r.to)).saw("%s", rule).do("%s", unset))
		case strings.HasSuffix(r.from, "://") && sshURL(r.to):
			found = append(found, fault(warning, "insteadof-all", "a rule of git's sends every URL to one host").saw("%s", rule).do("%s", unset))
		case classify.Printable(r.to) == classify.Printable(r.from):
			found = append(found, fault(note, "insteadof-credentials", "git's configuration holds credentials for %s", r.from).saw("%s", r.file))
		default:
			found = append(found, fault(note, "insteadof", "git takes %s instead of %s", r.to, r.from).saw("%s", r.file))
		}
	}
	for _, r := range rewritesOf(p.gitOwn()) {
		f := fault(note, "insteadof-local", "a rule that rewrites URLs stands in the configuration of this repository, which go's git does not read").saw("%s: %s instead of %s", r.file, r.to, r.from)
		if i := slices.IndexFunc(p.module().remote(), func(m module.Version) bool { return strings.HasPrefix("https://"+m.Path, r.from) }); i >= 0 {
			f.Level = warning
			f = f.saw("it would be for %s", p.module().remote()[i].Path).do("move it to your own configuration: git config --global --edit")
		}
		found = append(found, f)
	}
	if found == nil {
		return fine("git rewrites no URL")
	}
	return found
}

// isLoopback reports whether a host is this machine, from which nothing leaves.
func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// colonHost matches an ssh:// URL in which scp's colon was kept.
var colonHost = regexp.MustCompile(`^ssh://[^/]*:(\D|$)`)

// unsetRule is the command that takes a rule away. The name of a rule is a URL,
// and with a password in it not to be shown.
func unsetRule(r rewrite) string {
	if printableLines(r.name) != r.name {
		return "delete the rule: git config --file " + shellQuote(r.file) + " --edit"
	}
	return "git config --file " + shellQuote(r.file) + " --unset " + shellQuote(r.name)
}

// rewriteHost is the host of what a rule leads to.
func rewriteHost(to string) string {
	if u, err := url.Parse(to); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return remoteHost(to)
}
