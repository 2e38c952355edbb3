//go:build linux

package main

import (
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// TestMemoryOfTheDead: that a source was dead a moment ago opens no way that
// its failure would not have opened, and closes none.
func TestMemoryOfTheDead(t *testing.T) {
	t.Parallel()
	private := faultproxy.Module{Path: privateModule, Version: "v1.0.0", Files: map[string]string{"m.go": "package m\n"}}
	for _, tt := range []struct {
		name  string
		env   string
		then  string // the same of the second run, if it differs
		web   bool   // it is the HTTP proxy that is dead at first
		asked string // at the second run, when all is well again
		ok    bool
	}{
		{"the same source, which answers again", "GOPROXY=https://proxy.golang.org", "GOPROXY=https://proxy.golang.org,https://next.test", false, "proxy.golang.org", true},
		{"a gatekeeper", "GOPROXY=https://corp.test,https://next.test", "", false, "corp.test", true},
		{"off", "GOPROXY=https://proxy.golang.org,off", "", false, "proxy.golang.org", true},
		{"direct, which GOVCS forbids for this one", "GOPROXY=https://proxy.golang.org,direct GOVCS=github.com/gosafe-test:hg,public:git", "", false, "proxy.golang.org", true},
		{"direct, which GOVCS forbids", "GOPROXY=https://proxy.golang.org,direct GOVCS=*:off", "", false, "proxy.golang.org", true},
		{"another one behind the same HTTP proxy", "GOPROXY=https://corp.test", "GOPROXY=https://proxy.golang.org,https://next.test", false, "proxy.golang.org", true},
		{"an HTTP proxy, behind which all are", "GOPROXY=https://proxy.golang.org,https://next.test", "", true, "proxy.golang.org", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHosts(t)
			h.withGit(0)
			h.write("program/empty", "")
			mods := []faultproxy.Module{private}
			h.proxy("proxy.golang.org", mods, "=503")
			h.proxy("corp.test", mods, "=503")
			h.proxy("next.test", mods, "=503")
			first := append(strings.Fields(tt.env), "GOSAFE_PATIENCE=1s")
			web, listen := reserve(t)
			if tt.web {
				h.env = append(h.env, "HTTPS_PROXY=http://"+web)
			}
			what := []string{"mod", "download", privateModule + "@v1.0.0"}
			before, err := h.run(shimGo(), first, what...)
			if err == nil {
				t.Fatalf("nothing was dead:\n%s", before)
			}
			for _, name := range []string{"proxy.golang.org", "corp.test", "next.test"} {
				h.proxy(name, mods)
			}
			if tt.web {
				h.serve(listen(), h.connect, nil)
			}
			h.forget()
			if tt.then == "" {
				tt.then = tt.env
			}
			stderr, err := h.run(shimGo(), strings.Fields(tt.then), what...)
			if (err == nil) != tt.ok || h.names() != tt.asked {
				t.Errorf("%v, and %q were asked, want %q\n%s\nbefore:\n%s", err, h.names(), tt.asked, stderr, before)
			}
		})
	}
}
