package classify

import (
	"slices"
	"strings"
)

// Advice is what a person can do about the failure, in at most two lines with
// the concrete names filled in; empty where there is nothing to say. It never
// tells anyone to switch off a check.
func (v Verdict) Advice() string {
	w := v.Where
	switch v.Cause {
	case AuthRequired:
		return adviseAuth(v)
	case HostKey:
		return adviseHostKey(w)
	case DubiousOwnership:
		if dir := quotedDir(v.Evidence, w.Path); dir != "" {
			return "if you trust its owner: git config --global --add safe.directory " + shellQuote(dir)
		}
	case VCSMissing:
		return adviseMissing(v.Evidence)
	case TLSUntrusted:
		return adviseTLS(v)
	case PermissionDenied:
		if w.Path != "" {
			return "look at owner and mode: ls -ld " + shellQuote(w.Path) + "\nthen give it to the user that runs go, or point GOMODCACHE, GOCACHE or TMPDIR elsewhere"
		}
	case DiskFull:
		if w.Path != "" && strings.HasPrefix(w.Path, "/") {
			return "see what is full: df -h " + shellQuote(parent(w.Path)) + "\ngo clean -cache frees the build cache"
		}
	case NotFound:
		if v.moduleVersion() != "" {
			return adviseNotFound(w)
		}
	case ChecksumMismatch:
		return adviseChecksum(w)
	case ProxyMisconfigured:
		return adviseSource(v)
	case ToolchainUnavailable:
		return adviseToolchain(v.Evidence)
	case ModfileStale:
		if strings.Contains(v.Evidence, "go.work") {
			return "run: go work sync"
		}
		return "run: go mod tidy"
	case VendorInconsistent:
		return "run: go mod vendor"
	case CompileError, ImportError, TestFailure, VetFailure, ProgramFailure, UsageError, Terminated, Unknown:
		return ""
	}
	return v.Cause.info().todo
}

func adviseAuth(v Verdict) string {
	w := v.Where
	host := w.Host
	if w.Proxy {
		return "the HTTP proxy wants credentials: give them in HTTPS_PROXY, or add the host to NO_PROXY"
	}
	if host == "" {
		return v.Cause.info().todo
	}
	if v.vcs == "" && w.URL != "" {
		return host + " wants credentials: put them into ~/.netrc (machine " + bare(host) + ") or set GOAUTH"
	}
	repo := "https://" + host
	switch {
	case v.vcs != "" && strings.Contains(strings.TrimPrefix(w.URL, repo), "/"):
		repo = w.URL
	case strings.HasPrefix(w.Module, host+"/"):
		repo = "https://" + w.Module
	}
	s := host + " wants credentials; this must succeed first: git ls-remote " + shellQuote(repo)
	if p := private(w.Module); p != "" {
		s += "\nif the module is private: " + addPrivate(p)
	}
	return s
}

func adviseHostKey(w Where) string {
	if w.Host == "" {
		return HostKey.info().todo
	}
	host := bare(w.Host)
	return "compare the key of " + host + " with the one its owner publishes: ssh-keyscan " + host + " | ssh-keygen -lf -\nif they are the same, add it to ~/.ssh/known_hosts"
}

func adviseMissing(evidence string) string {
	for _, p := range []string{"git-lfs", "git", "hg", "svn", "bzr", "fossil", "ssh"} {
		if strings.Contains(evidence, `"`+p+`"`) || strings.Contains(evidence, p+": ") || strings.Contains(evidence, "'"+p) {
			return "install " + p + " and see that it is on PATH"
		}
	}
	return "install git and see that it is on PATH"
}

func adviseTLS(v Verdict) string {
	host := v.Where.Host
	if host == "" {
		host = "the server"
	}
	switch e := v.Evidence; {
	case strings.Contains(e, "expired or is not yet valid"), strings.Contains(e, "has expired"):
		return "the certificate of " + host + " is out of date, or the clock of this machine is wrong: date"
	case strings.Contains(e, "is valid for "), strings.Contains(e, "alternative"):
		return "the certificate is another host's: check the URL and what stands between you and " + host
	}
	return "see who issued the certificate: openssl s_client -connect " + withPort(host) + " </dev/null | openssl x509 -noout -issuer\n" +
		"and make that authority known: SSL_CERT_FILE for go, git config --global http.sslCAInfo FILE for git"
}

func adviseNotFound(w Where) string {
	s := "check the path and the version: go list -m -versions " + w.Module
	if p := private(w.Module); p != "" && p != w.Module {
		s += "\nif that is right, and it is private: " + addPrivate(p)
	}
	return s
}

func adviseChecksum(w Where) string {
	if w.Module == "" {
		return ChecksumMismatch.info().todo
	}
	return "do not work around it: ask the authors of " + w.Module + " whether " + orVersion(w.Version) + " was moved\nand check what the proxies in go env GOPROXY deliver; see go help module-auth"
}

func adviseSource(v Verdict) string {
	switch e := v.Evidence; {
	case strings.Contains(e, "GOPROXY=off"):
		return "GOPROXY=off forbids every download: unset it, or fetch the modules beforehand (go mod download)"
	case strings.Contains(e, "GOVCS"):
		return "GOVCS forbids this version control system here; see go help vcs"
	case strings.Contains(e, "GOSUMDB=off"):
		return "a toolchain is only used if the checksum database vouches for it: unset GOSUMDB, or install that Go by hand"
	case strings.Contains(e, "resolve hostname"):
		return "a rewritten URL kept its colon; look at: git config --get-regexp 'url.*insteadof'\nan ssh:// URL has a slash after the host: ssh://git@HOST/ORG/REPO"
	}
	return v.Cause.info().todo
}

func adviseToolchain(evidence string) string {
	if strings.Contains(evidence, "GOTOOLCHAIN=local") {
		return "GOTOOLCHAIN=local forbids the download of a newer Go: install it, or set GOTOOLCHAIN=auto"
	}
	return ToolchainUnavailable.info().todo
}

// addPrivate is the command that adds a pattern to GOPRIVATE, whatever is there
// already: what go env -w forgets goes to the public proxy from then on. An empty
// pattern means nothing (golang.org/x/mod/module, MatchPrefixPatterns).
func addPrivate(pattern string) string {
	return `go env -w GOPRIVATE="$(go env GOPRIVATE),` + pattern + `"`
}

// publicHosts have no private modules: who does not find one there has typed its
// path wrong, and must not take the others out of the checksum database.
var publicHosts = []string{
	"cloud.google.com", "go.etcd.io", "go.opentelemetry.io", "go.uber.org", "golang.org", "google.golang.org", "gopkg.in",
	"gorm.io", "honnef.co", "k8s.io", "modernc.org", "mvdan.cc", "rsc.io", "sigs.k8s.io",
}

// private suggests a GOPRIVATE pattern for a module: the host and the first
// element after it on the big public hosts, else the host; none where all is
// public.
func private(module string) string {
	host := hostOf(module)
	if host == "" || slices.Contains(publicHosts, host) {
		return ""
	}
	parts := strings.SplitN(module, "/", 3)
	switch host {
	case "github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "dev.azure.com":
		if len(parts) > 1 {
			return host + "/" + parts[1]
		}
		return ""
	}
	return host
}

func orVersion(v string) string {
	if v == "" {
		return "the version"
	}
	return v
}

func bare(host string) string {
	h, _, _ := strings.Cut(host, ":")
	return h
}

func withPort(host string) string {
	if strings.Contains(host, ":") || host == "the server" {
		return strings.Replace(host, "the server", "HOST:443", 1)
	}
	return host + ":443"
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// quotedDir takes the directory out of git's message, where it stands in
// quotes, else the path that was found.
func quotedDir(evidence, path string) string {
	if _, after, ok := strings.Cut(evidence, "'"); ok {
		if dir, _, ok := strings.Cut(after, "'"); ok && strings.ContainsAny(dir, `/\`) {
			return dir
		}
	}
	return path
}

// shellQuote makes s one word for a POSIX shell.
func shellQuote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%,=~", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
