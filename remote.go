package main

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"gosafe/internal/call"
	"gosafe/internal/goflag"
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
	cache := s.Env.Get("GOMODCACHE")
	if semver.Canonical(version) != version || !filepath.IsAbs(cache) || s.Verb.Name != "run" {
		return
	}
	orig := call.Lookup(s.Environ, "GOPROXY")
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
	verb := len(s.Argv) - len(s.Rest) // behind the word "run"
	s.Argv = slices.Insert(slices.Clone(s.Argv), verb, "-exec="+restore)
	store := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(cache, "cache", "download"))}
	s.Environ = with(s.Environ, []string{"GOPROXY=" + retry.WithCache(s.Env.Get("GOPROXY"), store.String())})
}

// setsExec reports whether -exec cannot be added: the user's program is started
// by one that the user names, or that go finds for another platform.
func (s *shim) setsExec(pattern string) bool {
	if len(s.Rest) > 0 && strings.HasPrefix(strings.TrimPrefix(s.Rest[0], "-"), "-C") {
		return true // -C has to stay the first flag
	}
	flags := s.Rest[:max(0, slices.Index(s.Rest, pattern))]
	return goflag.Has(append(s.Goflags(), flags...), "exec") || s.Env.Get("GOOS") != "" || s.Env.Get("GOARCH") != ""
}
