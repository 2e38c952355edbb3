package classify

import "strings"

// noMetaTag: these hosts serve nothing but import paths, so a page without a
// tag is somebody else's: a login or block page.
func noMetaTag(o *output, at int, f *Finding) bool {
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
