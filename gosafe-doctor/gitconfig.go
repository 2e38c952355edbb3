package main

import (
	"context"
	"strings"
	"time"
)

// A gitSetting is one value of git's configuration. Its name is in small
// letters, but for the part in the middle, as git prints it.
type gitSetting struct{ file, name, value string }

// readGitConfig is git's configuration in a directory. go runs git in its
// module cache, or in a scratch directory: what stands in the configuration of
// the repository that is worked in does not count for it.
func (p *patient) readGitConfig(dir string, more ...string) (all []gitSetting) {
	ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
	defer cancel()
	out := p.command(ctx, dir, nil, "git", append([]string{"config", "--list", "--show-origin", "-z"}, more...)...)
	fields := strings.Split(out.stdout, "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		name, value, hasValue := strings.Cut(fields[i+1], "\n")
		if !hasValue {
			value = "true" // a name alone
		}
		all = append(all, gitSetting{strings.TrimPrefix(fields[i], "file:"), name, value})
	}
	return all
}

// remote is the URL that the repository here came from; empty if it is not
// known.
func (p *patient) remote() (value string) {
	for _, s := range p.gitOwn() {
		if s.name == "remote.origin.url" {
			value = s.value
		}
	}
	return value
}

// gitValue is the last value of a setting.
func (p *patient) gitValue(name string) (value string) {
	for _, s := range p.gitGet() {
		if s.name == name {
			value = s.value
		}
	}
	return value
}

// A rewrite is an insteadOf rule of git's.
type rewrite struct {
	gitSetting
	from, to string // the start of a URL, and what stands in its place
}

// rewrites are the rules that change from where is fetched.
func (p *patient) rewrites() []rewrite { return rewritesOf(p.gitGet()) }

func rewritesOf(settings []gitSetting) (all []rewrite) {
	for _, s := range settings {
		rest, is := strings.CutPrefix(s.name, "url.")
		to, isRule := strings.CutSuffix(rest, ".insteadof")
		if is && isRule {
			all = append(all, rewrite{s, s.value, to})
		}
	}
	return all
}

// sshURL reports whether git goes by ssh for a URL: ssh://… or user@host:path.
func sshURL(u string) bool {
	if strings.HasPrefix(u, "ssh://") || strings.HasPrefix(u, "git+ssh://") {
		return true
	}
	host, _, scp := strings.Cut(u, ":")
	return scp && strings.Contains(host, "@") && !strings.Contains(host, "/")
}

// usesSSH says which rule makes git fetch by ssh; empty if none does.
func (p *patient) usesSSH() string {
	for _, r := range p.rewrites() {
		if sshURL(r.to) {
			return "git takes " + r.to + " instead of " + r.from
		}
	}
	return ""
}

// needsGit are the modules of go.mod that go fetches by git without asking a
// proxy first.
func (p *patient) needsGit() (paths []string) {
	for _, m := range p.module().remote() {
		if p.isDirect(m.Path) {
			paths = append(paths, m.Path)
		}
	}
	return paths
}
