package classify

import (
	"net/url"
	"strings"
)

// where reads off the line, and off the line that opened its message, what a
// failure was about.
func (o *output) where(at int) Where {
	l := &o.lines[at]
	w := whereIn(l.text)
	if l.head != at && l.head < len(o.lines) {
		head := whereIn(o.lines[l.head].text)
		w.fill(head)
		for i := l.head + 1; i < at && i < l.head+8 && l.frame&(inVCS|inServer) != 0; i++ {
			if o.lines[i].frame == inGo { // "go: m imports" + tab + "p: m@v: git …: exit status 128:"
				inner := whereIn(o.lines[i].text)
				inner.fill(w)
				w = inner
			}
		}
	}
	if l.frame&(inVCS|inRemote) != 0 {
		if w.Host == "" {
			w.Host = hostOf(w.Module)
		}
		if w.Module == "" { // GOPATH mode names the repository only
			w.Module = repository(w.URL)
		}
	}
	return w
}

// fill takes over from other what w lacks; module and version go together.
func (w *Where) fill(other Where) {
	if w.URL == "" {
		w.URL = other.URL
	}
	if w.Host == "" {
		w.Host, w.Proxy = other.Host, other.Proxy
	}
	if w.Module == "" {
		w.Module, w.Version = other.Module, other.Version
	}
	if w.Path == "" {
		w.Path = other.Path
	}
}

func whereIn(t string) Where {
	var w Where
	w.URL = findURL(t)
	w.Host, w.Proxy = findHost(t)
	if w.Host == "" {
		w.Host = hostOf(w.URL)
	}
	w.Path = findPath(t)
	w.Module, w.Version = findModule(t)
	if w.Module == "" {
		w.Module, w.Version = moduleOfURL(w.URL)
	}
	if w.Module == "" {
		w.Module, w.Version = moduleOfPath(w.Path)
	}
	w.URL, w.Host = printable(w.URL, 300), printable(w.Host, 120)
	w.Module, w.Version, w.Path = printable(w.Module, 200), printable(w.Version, 120), printable(w.Path, 400)
	return w
}

// findURL returns the last URL of the line without its userinfo: errors are
// wrapped from the outside in, so the last is the one that was asked for.
func findURL(t string) string {
	i := strings.LastIndex(t, "://")
	if i < 0 {
		return ""
	}
	start := i
	for start > 0 && (t[start-1] >= 'a' && t[start-1] <= 'z' || t[start-1] == '+') {
		start--
	}
	end := i + 3
	for end < len(t) && strings.IndexByte(" \t\"'<>()`", t[end]) < 0 && t[end] < 0x80 {
		end++
	}
	if start == i || end == i+3 {
		return ""
	}
	return redact(strings.TrimRight(t[start:end], ":;,."))
}

// hostOf returns the host, with a port if there is one, of a URL or of an
// import path.
func hostOf(s string) string {
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		return u.Host
	}
	first, _, _ := strings.Cut(s, "/")
	if !strings.Contains(first, ".") {
		return ""
	}
	return first
}

// hostMarks stand before a host in what net, curl and ssh print.
var hostMarks = []string{
	"proxyconnect tcp: dial tcp: lookup ", "proxyconnect tcp: dial tcp ", "dial tcp: lookup ", ": lookup ", "resolve host: ", "resolve host '", "resolve proxy: ",
	"resolve hostname ", "connect to host ", "onnect to ", "Connection closed by ", "Connection to ", "Connection reset by ",
	"nable to look up ", "resolving host ", "Unable to negotiate with ", "host key is known for ",
}

// findHost finds the host that a message names beside the URL.
func findHost(t string) (host string, proxy bool) {
	for _, mark := range hostMarks {
		_, after, ok := strings.Cut(t, mark)
		if !ok {
			continue
		}
		host, after, _ = strings.Cut(after, " ")
		host = strings.Trim(host, ":;,.'\"()")
		if host == "" || host == "peer" || host == "server" || host == "remote" || host == "proxy" {
			continue
		}
		if p, ok := strings.CutPrefix(after, "port "); ok {
			p, _, _ = strings.Cut(p, " ")
			if p = strings.Trim(p, ":,."); p != "22" && p != "443" && p != "80" {
				host += ":" + p
			}
		}
		return host, strings.HasPrefix(mark, "proxyconnect") || strings.HasPrefix(mark, "resolve proxy")
	}
	if strings.Contains(t, "://") {
		return "", false // the URL tells the name that was dialled
	}
	if _, after, ok := strings.Cut(t, "dial tcp "); ok {
		host, _, _ = strings.Cut(after, " ")
		return strings.TrimSuffix(host, ":"), false
	}
	return "", false
}

// pathMarks stand before a path in the messages of package os, cmd/go and git.
var pathMarks = []string{
	"unzip ", "open ", "mkdir ", "stat ", "lstat ", "write ", "create ", "unlinkat ", "remove ", "rename ", "chmod ", "unlink ", "rmdir ",
	"fork/exec ", "link ", "symlink ", "CreateFile ", "build cache at ", "in repository at '", "unsafe repository ('", "exec: \"", "read ", "LockFileEx ",
}

// findPath finds the local file or directory of a message: a repository under
// cache/vcs, a lock in quotes, what an os.PathError names.
func findPath(t string) string {
	for _, sep := range []string{"/cache/vcs/", `\cache\vcs\`} {
		if i := strings.Index(t, sep); i >= 0 {
			return vcsPath(t, i, len(sep))
		}
	}
	if i := strings.Index(t, ".lock'"); i >= 0 {
		return t[strings.LastIndexByte(t[:i], '\'')+1 : i+len(".lock")]
	}
	if _, after, ok := strings.Cut(t, " has been modified ("); ok {
		return strings.TrimSuffix(after, ")")
	}
	for _, mark := range pathMarks {
		i := strings.LastIndex(t, mark)
		if i < 0 || i > 0 && strings.IndexByte(" (:", t[i-1]) < 0 {
			continue
		}
		p := t[i+len(mark):]
		if j := strings.Index(p, ": "); j > 0 {
			p = p[:j]
		}
		p = strings.Trim(p, "'\"")
		if j := strings.IndexAny(p, "'\""); j >= 0 {
			p = p[:j]
		}
		if strings.ContainsAny(p, `/\`) && !strings.Contains(p, "://") {
			return p
		}
	}
	if n := position(t); n > 0 && strings.Contains(t[:n], "@v") {
		p, _, _ := strings.Cut(t[:n], ".go:")
		return p + ".go"
	}
	return ""
}

// vcsPath cuts ".../cache/vcs/HASH" out of t; what follows the hash (".info",
// "/config", "/shallow.lock") is kept only where it names a lock or the .info.
func vcsPath(t string, at, n int) string {
	start := at
	for start > 0 && strings.IndexByte(" \t\"'(", t[start-1]) < 0 {
		start--
	}
	end := at + n
	for end < len(t) && strings.IndexByte("0123456789abcdef", t[end]) >= 0 {
		end++
	}
	rest := t[end:]
	if strings.HasPrefix(rest, ".info") {
		return t[start : end+len(".info")]
	}
	if i := strings.Index(rest, ".lock"); i >= 0 && !strings.ContainsAny(rest[:i], " \t'\"") {
		return t[start : end+i+len(".lock")]
	}
	return t[start:end]
}

// String joins what is known: the HTTP proxy or host or URL, module@version,
// path.
func (w Where) String() string {
	var parts []string
	switch {
	case w.Proxy && w.Host != "":
		parts = append(parts, "HTTP proxy "+w.Host)
	case w.URL != "":
		parts = append(parts, w.URL)
	case w.Host != "":
		parts = append(parts, w.Host)
	}
	if w.Module != "" {
		m := w.Module
		if w.Version != "" {
			m += "@" + w.Version
		}
		parts = append(parts, m)
	}
	if w.Path != "" {
		parts = append(parts, w.Path)
	}
	return strings.Join(parts, ", ")
}
