//go:build linux

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// privateModule is what newRepo makes a repository of.
const privateModule = "github.com/gosafe-test/m"

// withGit adds a git host with the private module's repository, which breaks
// off the first connections.
func (h *hosts) withGit(breaks int32) *gitHost {
	h.t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		h.t.Skip("no git")
	}
	repos := filepath.Join(h.home, "repos")
	newRepo(h.t, filepath.Join(repos, "gosafe-test", "m"), h.env)
	host := newGitHost(h.t, repos, breaks, 20)
	host.configure(h.t, h.home)
	return host
}

// TestPrivateStaysPrivate: the name of a module that the user has called private
// is told to nobody, whatever else is dead and left out meanwhile.
func TestPrivateStaysPrivate(t *testing.T) {
	t.Parallel()
	graph := faultproxy.Graph(2)
	const word = "gosafe-test"
	for _, tt := range []struct {
		name   string
		env    string
		breaks int32
		ok     bool
		never  []string // parts of requests that must not be there
	}{
		{"GOPRIVATE", "GOPRIVATE=github.com/gosafe-test", 0, true, []string{word}},
		{"GOPRIVATE, and git fails as well", "GOPRIVATE=github.com/gosafe-test", 2, true, []string{word}},
		{"GOPRIVATE, and git is dead", "GOPRIVATE=github.com/gosafe-test GOSAFE_PATIENCE=4s", 1000, false, []string{word}},
		{"GOPRIVATE in go's file", "GOENV=goenv", 0, true, []string{word}},
		{"GONOPROXY", "GONOPROXY=github.com/gosafe-test", 0, true, []string{"next.test/github.com", "mirror.test/github.com", "proxy.golang.org/github.com"}},
		{"GONOSUMDB", "GONOSUMDB=github.com/gosafe-test", 0, true, []string{"lookup/github.com"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHosts(t)
			git := h.withGit(tt.breaks)
			h.write("goenv", "GOPRIVATE=github.com/gosafe-test\n")
			private := faultproxy.Module{Path: privateModule, Version: "v1.0.0", Files: map[string]string{
				"go.mod": "module " + privateModule + "\n",
				"m.go":   "package m\n\n// " + noise(20_000) + "\n",
			}}
			h.proxy("proxy.golang.org", graph, "=503")
			h.proxy("next.test", append(graph[:2:2], private), "^/sumdb=404")
			h.proxy("mirror.test", append(graph[:2:2], private))
			key := h.sumdb(append(graph[:2:2], private), "mirror.test")
			h.program([]faultproxy.Module{graph[0], graph[1], private}, false)
			env := []string{"GOPROXY=https://proxy.golang.org,https://next.test", "GOSAFE_MIRRORS=https://mirror.test", "GOSAFE_FALLBACK=all", "GOSUMDB=" + key}
			for _, kv := range strings.Fields(tt.env) {
				env = append(env, strings.Replace(kv, "GOENV=", "GOENV="+h.home+"/", 1))
			}
			stderr, err := h.run(shimGo(), env, "mod", "download")
			if (err == nil) != tt.ok || !strings.Contains(stderr, "asking next.test instead of proxy.golang.org") {
				t.Errorf("%v\n%s", err, stderr)
			}
			for _, part := range tt.never {
				if bad := h.requests(part); len(bad) > 0 {
					t.Errorf("asked: %q\n%s", bad, stderr)
				}
			}
			if !strings.HasPrefix(tt.name, "GONOSUMDB") && git.served.Load() == 0 {
				t.Error("git was not asked")
			}
			if len(h.requests("lookup/demo.test")) == 0 && tt.ok {
				t.Error("the public modules were not verified")
			}
			t.Log(stderr)
		})
	}
}

// TestDirectStandsIn: direct stands in for a dead proxy if the list says so, git
// is there, and GOVCS allows it.
func TestDirectStandsIn(t *testing.T) {
	t.Parallel()
	const public, corp = "GOPROXY=https://proxy.golang.org", "GOPROXY=https://corp.test"
	for _, tt := range []struct {
		name string
		env  string
		ok   bool
		says string
	}{
		{"past a public proxy", public + ",direct", true, "asking direct instead of proxy.golang.org"},
		{"past a gatekeeper", corp + ",direct", false, "the comma after corp.test"},
		{"on the user's word", corp + ",direct GOSAFE_FALLBACK=all", true, "asking direct instead of corp.test"},
		{"not in the list", public + " GOSAFE_FALLBACK=all", false, "GOPROXY names no further source"},
		{"behind off", public + ",off,direct GOSAFE_FALLBACK=all", false, "GOPROXY ends in off"},
		{"GOVCS for all", public + ",direct GOVCS=*:off", false, "GOVCS does not allow git"},
		{"GOVCS for this one", public + ",direct GOVCS=github.com/gosafe-test:hg,public:git", false, "GOVCS does not allow git"},
		{"GOVCS for public ones", public + ",direct GOVCS=public:hg,private:all", false, "GOVCS does not allow git"},
		{"GOVCS for others", public + ",direct GOVCS=github.com/other:off,public:git", true, "asking direct"},
		{"without git", public + ",direct PATH=" + shimDir() + ":" + filepath.Dir(bareGo()), false, "git, which direct needs, is not installed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHosts(t)
			git := h.withGit(0)
			h.proxy("proxy.golang.org", nil, "=503")
			h.proxy("corp.test", nil, "=503")
			h.write("program/empty", "")
			env := strings.Fields(tt.env)
			if !tt.ok {
				env = append(env, "GOSAFE_PATIENCE=4s")
			}
			stderr, err := h.run(shimGo(), env, "mod", "download", privateModule+"@v1.0.0")
			if (err == nil) != tt.ok || !strings.Contains(stderr, tt.says) {
				t.Errorf("%v; want %q\n%s", err, tt.says, stderr)
			}
			if asked := git.served.Load(); asked > 0 != tt.ok {
				t.Errorf("git was asked %d times", asked)
			}
			if h.names() != "proxy.golang.org" && h.names() != "corp.test" {
				t.Errorf("%s were asked", h.names())
			}
			t.Log(stderr)
		})
	}
}
