package classify

import "strings"

// noMetaTag: these hosts serve nothing but import paths, so a page without a
// tag is somebody else's: a login or block page.
func noMetaTag(o *output, at int, f *Finding) bool {
	if containsAny(o.lines[at].text, "/sign_in", "/login", "/signin", "/auth?", "/oauth2/") {
		f.set(AuthRequired) // where the answer was redirected to
	}
	if containsAny(o.lines[at].text, "parse https://golang.org/", "parse https://google.golang.org/", "parse https://gopkg.in/", "parse https://go.uber.org/", "parse https://k8s.io/") {
		f.set(ServerError)
	}
	return true
}

// slowConnect: curl gave up after a long time, so nobody refused.
func slowConnect(o *output, at int, f *Finding) bool {
	_, after, ok := strings.Cut(o.lines[at].text, " after ")
	if ms, _, found := strings.Cut(after, " ms"); ok && found && len(ms) > 4 {
		f.set(Timeout)
	}
	return true
}

// unknownRevision: cmd/go says "unknown revision refs/tags/V" when the tag is
// known and its objects cannot be read (codehost/git.go, statLocal), and
// without the prefix when there is no such tag.
func unknownRevision(o *output, at int, f *Finding) bool {
	if strings.Contains(o.lines[at].text, "unknown revision refs/") {
		f.set(VCSCacheCorrupt)
	}
	return true
}

// hostWithPath: a name with a colon is the rest of a rewritten URL.
func hostWithPath(o *output, at int, f *Finding) bool {
	_, name, _ := strings.Cut(o.lines[at].text, "hostname ")
	name, _, _ = strings.Cut(name, ": ")
	if strings.ContainsAny(name, ":/") {
		f.set(ProxyMisconfigured)
	}
	return true
}

// staleLock: git could not take a lock. One in cache/vcs is ours to look at;
// one in the user's own tree may be held by the user.
func staleLock(o *output, at int, f *Finding) bool {
	t := o.lines[at].text
	if strings.Contains(t, "No such file or directory") || strings.Contains(t, "Not a directory") {
		f.set(VCSCacheCorrupt)
	}
	if !o.inVCSCache(at) {
		f.Decision = Retry
	}
	return true
}

// lostRace: two processes updated one ref; the next fetch sees the other's.
func lostRace(o *output, at int, f *Finding) bool {
	f.Decision = Retry
	return true
}

// inVCSCache: damage counts in our copy under cache/vcs. The user's own tree
// is the user's to mend.
func inVCSCache(o *output, at int, f *Finding) bool {
	if !o.inVCSCache(at) {
		f.set(VCSStatus)
	}
	return true
}

func (o *output) inVCSCache(at int) bool {
	for i := o.lines[at].head; i <= at; i++ {
		if t := o.lines[i].text; strings.Contains(t, "/cache/vcs/") || strings.Contains(t, `\cache\vcs\`) {
			return true
		}
	}
	return false
}

// byCurl: the number is curl's error code (curl/curl.h), whatever the language.
func byCurl(o *output, at int, f *Finding) bool {
	_, code, ok := strings.Cut(o.lines[at].text, "curl ")
	if !ok {
		_, code, _ = strings.Cut(o.lines[at].text, "result=")
	}
	code, _, _ = strings.Cut(strings.ReplaceAll(code, ",", " "), " ")
	switch code {
	case "5", "6":
		f.set(DNSFailure)
	case "7":
		f.set(ConnectFailure)
	case "28":
		f.set(Timeout)
	}
	return true
}

// wordless: "Could not read from remote repository" alone means that the
// other side closed without a word. If somebody did say something, and no rule
// knows what, it was a refusal, or a complaint of ssh's: nothing transient.
func wordless(o *output, at int, f *Finding) bool {
	if o.spoken(at, func(t string) bool { return !hasAnyPrefix(t, vcsNoise) && !containsAny(t, "imeout", "imed out") }) {
		f.set(AuthRequired)
	}
	return true
}

// unlessRefused: over HTTP git prints much before "the remote end hung up
// unexpectedly", so only what the server calls an error counts.
func unlessRefused(o *output, at int, f *Finding) bool {
	if o.spoken(at, func(t string) bool {
		return hasAnyPrefix(t, []string{"ERROR: ", "remote: ERROR", "remote: FATAL", "remote: error: access"})
	}) {
		f.set(AuthRequired)
	}
	return true
}

// vcsNoise opens the lines of git and ssh that explain no failure: progress,
// warnings, and what only repeats that it broke (progress.c, ssh's sshconnect.c).
var vcsNoise = []string{
	"Cloning into", "Submodule ", "Warning: ", "warning: ", "** ", "hint: ", "debug1: ", "From ", "Fetching ", "HEAD is now", "Already up",
	"remote: Enumerating", "remote: Counting", "remote: Compressing", "remote: Total", "remote: Finding", "remote: Getting", "remote: Sending", "remote: Receiving",
	"Receiving ", "Resolving ", "Unpacking ", "Updating ", "Connection to ", "Shared connection", "Disconnected from", "Received disconnect", "Pseudo-terminal",
	"fatal: ", "error: RPC failed", "error: failed to", "Killed by signal", "mux_client", "Corrupted MAC", "Bad packet length", "Auto packing", "Please make sure", "and the repository exists",
}

// spoken reports whether a line before at, in its block, says something in
// plain letters for which says holds.
func (o *output) spoken(at int, says func(string) bool) bool {
	for i := o.lines[at].head + 1; i < at; i++ {
		t := o.lines[i].text
		if o.lines[i].frame&(inVCS|inRemote) == 0 || strings.ContainsFunc(t, func(r rune) bool { return r > 0x7f }) {
			continue
		}
		said := strings.TrimPrefix(t, "remote:")
		if strings.ContainsFunc(said, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) && says(t) {
			return true
		}
	}
	return false
}

// namesNoHost: "lookup http" is a proxy setting with its scheme doubled, and a
// name with such characters is a list or a variable that nobody expanded.
func namesNoHost(o *output, at int, f *Finding) bool {
	t := o.lines[at].text
	for _, mark := range []string{"lookup ", "resolve proxy: "} {
		_, name, ok := strings.Cut(t, mark)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, " ")
		name = strings.TrimRight(name, ":")
		if name == "http" || name == "https" || name == "socks5" || strings.ContainsAny(name, "$%{}<>,;|@") {
			f.set(ProxyMisconfigured)
		}
	}
	return true
}

// lostDefault: hg speaks of a repository "default" when the copy in cache/vcs
// has lost the name of the remote.
func lostDefault(o *output, at int, f *Finding) bool {
	if strings.Contains(o.lines[at].text, "repository default ") && o.inVCSCache(at) {
		f.set(VCSCacheCorrupt)
	}
	return true
}
