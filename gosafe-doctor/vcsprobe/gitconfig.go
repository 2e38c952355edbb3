package vcsprobe

import (
	"context"
	"fmt"
	"strings"
)

// A pair is one entry of git's configuration.
type pair struct{ key, value string }

// config returns the entries of git's configuration whose keys match.
func (p *probe) config(ctx context.Context, pattern string) (pairs []pair) {
	out := run(ctx, p.env.forGit(), p.git, "config", "-z", "--get-regexp", pattern)
	for _, entry := range strings.Split(string(out.stdout), "\x00") {
		if entry == "" {
			continue
		}
		key, value, _ := strings.Cut(entry, "\n")
		pairs = append(pairs, pair{key, value})
	}
	return pairs
}

// rewritten returns the URL that git makes of asked by its insteadOf rules, and
// notes the rule in r.
func (p *probe) rewritten(ctx context.Context, r *Report, asked string) string {
	target := strings.TrimSpace(string(run(ctx, p.env.forGit(), p.git, "ls-remote", "--get-url", asked).stdout))
	if target == "" || target == asked {
		return asked
	}
	var best pair
	for _, rule := range p.config(ctx, `^url\..*\.insteadof$`) {
		if strings.HasPrefix(asked, rule.value) && len(rule.value) > len(best.value) { // the longest one counts (git-config, url.<base>.insteadOf)
			best = rule
		}
	}
	base := strings.TrimSuffix(strings.TrimPrefix(best.key, "url."), ".insteadof")
	r.Rewritten = "url." + printableURL(base) + ".insteadOf = " + printableURL(best.value)
	return target
}

// helpers returns the entries that name credential helpers.
func (p *probe) helpers(ctx context.Context) []pair {
	return p.config(ctx, `^credential\.(.*\.)?helper$`)
}

// hasHelper reports whether a credential helper would be asked for target.
func (p *probe) hasHelper(ctx context.Context, target string) bool {
	out := run(ctx, p.env.forGit(), p.git, "config", "--get-urlmatch", "credential.helper", target)
	return out.exit == 0 && strings.TrimSpace(string(out.stdout)) != ""
}

// hasAskpass reports whether git would run a program that asks for credentials
// (prompt.c, git_prompt). go leaves that to git, too.
func (p *probe) hasAskpass(ctx context.Context) bool {
	program, set := p.env.lookup("GIT_ASKPASS")
	if !set {
		if pairs := p.config(ctx, `^core\.askpass$`); len(pairs) > 0 {
			program, set = pairs[len(pairs)-1].value, true
		}
	}
	if !set {
		program = p.env.get("SSH_ASKPASS")
	}
	return program != ""
}

// readOnly returns settings by which git asks the helpers for credentials, but
// does not tell them afterwards to store or to erase any: a refused credential
// would be gone from the store only because somebody looked.
func (p *probe) readOnly(helpers []pair) []string {
	if len(helpers) == 0 {
		return nil
	}
	n := 0
	var env []string
	if count := p.env.get("GIT_CONFIG_COUNT"); count != "" {
		if _, err := fmt.Sscanf(count, "%d", &n); err != nil {
			return nil // git will complain of it
		}
	}
	add := func(key, value string) {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", n, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", n, value))
		n++
	}
	// An empty value forgets the helpers so far.
	add("credential.helper", "")
	for _, h := range helpers {
		if h.value == "" {
			add(h.key, "")
			continue
		}
		add(h.key, `!f() { test "$1" = get || exit 0; `+helperCommand(h.value)+` "$1"; }; f`)
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", n))
}

// helperCommand is the shell command that git makes of a helper's value
// (credential.c, credential_do).
func helperCommand(value string) string {
	if command, ok := strings.CutPrefix(value, "!"); ok {
		return command
	}
	if strings.HasPrefix(value, "/") || len(value) > 2 && value[1] == ':' {
		return value
	}
	return "git credential-" + value
}
