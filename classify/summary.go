package classify

import "strings"

// maxSummary bounds a summary, in bytes.
const maxSummary = 160

// Summary names the failure and its place in a short noun phrase, such as
// "502 Bad Gateway from proxy.golang.org for example.com/m@v1.2.3" or
// "git: early EOF from github.com for example.com/m". It is safe to print: no
// control characters, no credentials.
func (f Finding) Summary() string {
	info := f.Cause.info()
	noun := strings.TrimPrefix(f.phrase, "returned error: ")
	if noun == "" || f.Decision == Repair {
		noun = info.noun
	}
	if f.Cause == DNSFailure && f.Where.Host != "" {
		return clip(f.vcsPrefix() + "no such host: " + f.Where.Host)
	}
	if f.Where.Host != "" {
		noun = strings.TrimSuffix(noun, " by peer") // the peer is named
	}
	s := f.vcsPrefix() + noun
	host := f.Where.Host
	if f.Where.Proxy {
		host = strings.TrimSpace("the HTTP proxy " + host)
	}
	switch {
	case isLocal(f.Cause):
		if p := shortPath(f.Where.Path); p != "" {
			s += " at " + p
		}
	case host != "" && preposition(noun, info.from) != "":
		s += " " + preposition(noun, info.from) + " " + host
	}
	if m := f.moduleVersion(); m != "" && !strings.Contains(s, m) {
		s += " for " + m
	}
	return clip(s)
}

func clip(s string) string { return printable(s, maxSummary) }

func (f Finding) vcsPrefix() string {
	if f.vcs == "" {
		return ""
	}
	return f.vcs + ": "
}

func (f Finding) moduleVersion() string {
	m := f.Where.Module
	if m != "" && f.Where.Version != "" {
		m += "@" + f.Where.Version
	}
	return m
}

// isLocal reports whether a path, not a host, is the place of the cause.
func isLocal(c Cause) bool {
	switch c {
	case ModcacheCorrupt, VCSCacheCorrupt, BuildcacheCorrupt, StaleLock, PermissionDenied, DiskFull, DubiousOwnership, TextFileBusy, ModfileInvalid:
		return true
	}
	return false
}

// preposition joins a program's words to a host: refused and reset are things
// done by a host, an error comes from it.
func preposition(noun, otherwise string) string {
	switch noun = strings.ToLower(noun); {
	case strings.Contains(noun, "refused"), strings.Contains(noun, "reset"), strings.Contains(noun, "closed"):
		return "by"
	case strings.Contains(noun, "unreachable"), strings.Contains(noun, "no route"):
		return "at"
	case noun != "" && noun[0] >= '1' && noun[0] <= '9': // a status: "429 Too Many Requests"
		return "from"
	}
	return otherwise
}

// shortPath shortens what lies in the module cache: the hash of a repository
// copy tells a person nothing beyond its first digits.
func shortPath(p string) string {
	for _, mark := range []string{"/cache/vcs/", "/cache/download/"} {
		if _, rest, ok := strings.Cut(p, mark); ok {
			if mark == "/cache/vcs/" && len(rest) >= 64 {
				rest = rest[:12] + "…" + rest[64:]
			}
			return mark[1:] + rest
		}
	}
	return p
}

// vcsProgram names the program whose words line at holds, "" for cmd/go's own.
func (o *output) vcsProgram(at int) string {
	l := &o.lines[at]
	if l.frame&(inVCS|inRemote) == 0 {
		return ""
	}
	for i := at; i >= l.head; i-- {
		t := o.lines[i].text
		if o.lines[i].frame&(inVCS|inRemote) != 0 {
			continue
		}
		for _, name := range []string{"git", "hg", "svn", "bzr", "fossil"} {
			if strings.Contains(t, ": "+name+" ") || strings.HasPrefix(t, name+" ") || strings.Contains(t, "; "+name+" ") || strings.Contains(t, " "+name+" ") {
				return name
			}
		}
	}
	return "git"
}
