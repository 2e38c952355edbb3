package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gosafe/gosafe-doctor/netprobe"
	"gosafe/gosafe-doctor/vcsprobe"
)

// checkAccess asks the repositories that go asks without a proxy, each as git
// would for go.
func checkAccess(ctx context.Context, p *patient) []finding {
	repos := p.repositories()
	if len(repos) == 0 {
		return fine("no module here is fetched by git without a proxy")
	}
	if p.lookPath("git") == "" && p.examines("toolchain") {
		return nil // toolchain/git tells
	}
	p.waiting("access", "git ls-remote "+strings.Join(repos, ", "))
	reports := make([]vcsprobe.Report, len(repos))
	var wg sync.WaitGroup
	for i, path := range repos {
		wg.Add(1)
		go func() {
			defer wg.Done()
			reports[i] = vcsprobe.Probe(ctx, vcsprobe.Config{Env: p.Environ, GOINSECURE: p.get("GOINSECURE"), GOAUTH: nonEmpty(p.get("GOAUTH"), "netrc"), Pool: p.Net.Pool, Budget: netBudget}, path)
		}()
	}
	wg.Wait()
	var found []finding
	told := map[string]bool{}
	for _, r := range reports {
		switch {
		case r.Fault == vcsprobe.OK:
			found = append(found, finding{Level: ok, Summary: fmt.Sprintf("%s answers git for %s in %.2f s", nonEmpty(r.Host, r.URL), r.Module, r.Elapsed.Seconds()), Evidence: present(r)})
		case strings.HasPrefix(r.Scheme, "http") && p.examines("network") && p.unreached(r.Host):
			// network/servers has looked at that host, and tells more
		case told[string(r.Fault)+r.Host]:
		default:
			told[string(r.Fault)+r.Host] = true
			l := broken
			if r.Fault == vcsprobe.NeedsAskpass {
				l = warning // it may well be enough for go
			}
			f := fault(l, string(r.Fault), "%s", plainSentence(r.Sentence))
			if r.URL != "" {
				f = f.saw("%s is in %s", r.Module, r.URL)
			}
			f.Evidence = append(append(f.Evidence, r.Evidence...), present(r)...)
			found = append(found, f.do("%s", r.Remedy))
		}
	}
	return found
}

// unreached reports whether the way to a host is what is wrong.
func (p *patient) unreached(host string) bool {
	return slices.ContainsFunc(p.probed().needed, func(r netprobe.Report) bool { return r.Target.Name == host && r.Fault != "" })
}

// present says which credentials there are, never what they are.
func present(r vcsprobe.Report) (lines []string) {
	a := r.Present
	has := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	if r.Rewritten != "" {
		lines = append(lines, "rewritten by "+r.Rewritten)
	}
	if r.Scheme == "ssh" {
		agent := "none"
		if a.Agent {
			agent = were(uint64(a.AgentKeys), "key", "keys")
		}
		return append(lines, fmt.Sprintf("ssh agent: %s; key files: %d; known_hosts has the host: %s", agent, a.KeyFiles, has(a.KnownHost)))
	}
	return append(lines, fmt.Sprintf("netrc has the host: %s; git credential helper: %s; GOAUTH: %s", has(a.Netrc), has(a.Helper), nonEmpty(a.GOAUTH, "not set")))
}

// repositories are the modules that are fetched by git, one for each owner on a
// host.
func (p *patient) repositories() (paths []string) {
	seen := map[string]bool{}
	for _, path := range p.needsGit() {
		parts := strings.SplitN(path, "/", 3)
		owner := strings.Join(parts[:min(2, len(parts))], "/")
		if !seen[owner] && len(paths) < maxHosts {
			seen[owner] = true
			paths = append(paths, path)
		}
	}
	return paths
}

// checkOwnership asks git whether it trusts the current tree: go build asks it
// for the revision, and fails if it is refused.
func checkOwnership(ctx context.Context, p *patient) []finding {
	if p.Dir == "" || p.lookPath("git") == "" {
		return nil
	}
	out := p.command(ctx, p.Dir, nil, "git", "rev-parse", "--show-toplevel")
	switch {
	case strings.Contains(out.stderr, "dubious ownership"):
		dir := p.Dir
		if _, rest, has := strings.Cut(out.stderr, "'"); has {
			if quoted, _, has := strings.Cut(rest, "'"); has {
				dir = quoted
			}
		}
		owner, us := ownerOf(dir)
		l := broken
		if strings.Contains(p.get("GOFLAGS"), "-buildvcs=false") {
			l = warning
		}
		return []finding{fault(l, "dubious-ownership", "git refuses the repository here, since it belongs to somebody else: go build cannot stamp its revision").
			saw("%s belongs to %s, you are %s", dir, owner, us).do("git config --global --add safe.directory %s", shellQuote(dir))}
	case out.err != nil:
		return fine("no git repository here")
	}
	return fine("git trusts the repository here: %s", strings.TrimSpace(out.stdout))
}
