package main

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"gosafe/retry"
)

// envProgram takes a variable away again before the user's program starts.
const envProgram = "/usr/bin/env"

// runFromCache lets `go run package@version` find in the module cache what the
// prefetch has just fetched, on a network that has just failed.
//
// go asks for the module's list of versions and for those of its parent paths
// each time, although everything is there (go.dev/issue/28194; cmd/go/internal/
// modload, loadModFile), and the run itself cannot be repeated. So the cache
// stands in as one more proxy, the last one. Only for an exact version:
// for @latest it would answer with the newest one that it has.
//
// The setting is go's alone: -exec takes it away before the user's program
// starts. Where that is not possible, nothing is changed.
func (s *shim) runFromCache(pattern string) {
	_, version, _ := strings.Cut(pattern, "@")
	cache := s.env.Get("GOMODCACHE")
	if semver.Canonical(version) != version || !filepath.IsAbs(cache) || s.verb.Name != "run" {
		return
	}
	orig := lookup(s.environ, "GOPROXY")
	if strings.ContainsAny(orig, "'@") || s.setsExec(pattern) {
		return // quotes, or credentials, which would show in the list of processes
	}
	if _, err := os.Stat(envProgram); err != nil {
		return
	}
	restore := envProgram + " -u GOPROXY"
	if orig != "" {
		restore = envProgram + " 'GOPROXY=" + orig + "'"
	}
	verb := len(s.argv) - len(s.rest) // behind the word "run"
	s.argv = slices.Insert(slices.Clone(s.argv), verb, "-exec="+restore)
	store := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(cache, "cache", "download"))}
	s.environ = with(s.environ, []string{"GOPROXY=" + retry.WithCache(s.env.Get("GOPROXY"), store.String())})
}

// setsExec reports whether -exec cannot be added: the user's program is started
// by one that the user names, or that go finds for another platform.
func (s *shim) setsExec(pattern string) bool {
	if len(s.rest) > 0 && strings.HasPrefix(strings.TrimPrefix(s.rest[0], "-"), "-C") {
		return true // -C has to stay the first flag
	}
	flags := s.rest[:max(0, slices.Index(s.rest, pattern))]
	return hasFlag(append(s.goflags(), flags...), "exec") || s.env.Get("GOOS") != "" || s.env.Get("GOARCH") != ""
}
