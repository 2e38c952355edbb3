// A command trusts our certificates through SSL_CERT_FILE, which only Linux heeds.

//go:build linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// The rules of privacy of "other source", by who is asked at all. corp.test is a
// gatekeeper, next.test another proxy; both are asked by no more than the list.
func TestOtherSourceAsks(t *testing.T) {
	t.Parallel()
	const (
		public, corp, next = "https://proxy.golang.org", "https://corp.test", "https://next.test"
		all                = "GOSAFE_FALLBACK=all"
		mirror             = "GOSAFE_MIRRORS=https://mirror.test"
	)
	graph := faultproxy.Graph(2)
	for _, tt := range []struct {
		name  string
		proxy string
		env   string            // more settings
		fault map[string]string // what is wrong with a host that is not dead; proxy.golang.org and corp.test are
		asked string            // these hosts, and no other
		ok    bool
		says  string
	}{
		{"past a public proxy's comma", public + "," + next, "", nil, "next.test proxy.golang.org", true, "asking next.test instead of proxy.golang.org from now on"},
		{"not if that is off", public + "," + next, "GOSAFE_FALLBACK=off", nil, "proxy.golang.org", false, "GOSAFE_FALLBACK=off"},
		{"not past a gatekeeper's comma", corp + "," + next, mirror, nil, "corp.test", false, "the comma after corp.test"},
		{"but on the user's word", corp + "," + next, all, nil, "corp.test next.test", true, "asking next.test"},
		{"a gatekeeper behind a public proxy", public + "," + corp + "," + next, mirror, nil, "corp.test proxy.golang.org", false, "the comma after corp.test"},
		{"which answers", public + "," + corp + "," + next, "", map[string]string{"corp.test": "=pass"}, "corp.test proxy.golang.org", true, "asking corp.test"},
		{"which does not know", public + "," + corp + "," + next, "", map[string]string{"corp.test": "=404"}, "corp.test next.test proxy.golang.org", true, "asking corp.test"},
		{"with a bar behind the gatekeeper", corp + "|" + next, "", nil, "corp.test next.test", true, ""},
		{"not to direct past a gatekeeper", corp + ",direct", mirror, nil, "corp.test", false, "the comma after corp.test"},
		{"to direct past a public proxy", public + ",direct", "", nil, "demo.test proxy.golang.org", false, "asking direct instead of proxy.golang.org"},
		{"another port is not a public proxy", public + ":8443," + next, "", nil, "proxy.golang.org:8443", false, ""},
		{"mirrors before direct", public + ",direct", mirror, nil, "mirror.test proxy.golang.org", true, "asking mirror.test"},
		{"mirrors before off", public + ",off", mirror, nil, "mirror.test proxy.golang.org", true, "asking mirror.test"},
		{"mirrors for the only one", corp, mirror, nil, "corp.test mirror.test", true, "asking mirror.test"},
		{"the next mirror", public + ",off", mirror + ",https://mirror2.test", map[string]string{"mirror.test": "=503"}, "mirror.test mirror2.test proxy.golang.org", true, "asking mirror2.test"},
		{"not past off", public + ",off," + next, all, nil, "proxy.golang.org", false, "GOPROXY ends in off"},
		{"no mirror past off", "off", mirror + " " + all, nil, "", false, ""},
		{"no mirror past direct", "direct", mirror + " " + all, nil, "demo.test", false, "gave up"},
		{"a refusal", corp + "," + next, all + " " + mirror, map[string]string{"corp.test": "=403"}, "corp.test", false, ""},
		{"a public proxy's refusal", public + "," + next, all + " " + mirror, map[string]string{"proxy.golang.org": "=403"}, "proxy.golang.org", false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHosts(t)
			h.proxies(graph, tt.fault)
			h.program(graph, true)
			env := append(strings.Fields(tt.env), "GOPROXY="+tt.proxy, "GOSUMDB="+h.sumdb(graph, "next.test"))
			if !tt.ok {
				env = append(env, "GOSAFE_PATIENCE=4s")
			}
			stderr, err := h.run(shimGo(), env, "mod", "download")
			if (err == nil) != tt.ok || !strings.Contains(stderr, tt.says) {
				t.Errorf("%v; want success: %v, and %q:\n%s", err, tt.ok, tt.says, stderr)
			}
			if got := h.names(); got != tt.asked {
				t.Errorf("%q were asked, want %q\n%s", got, tt.asked, stderr)
			}
			t.Log(stderr)
		})
	}
}

// proxies plays all module proxies, of which proxy.golang.org and corp.test are
// dead unless fault says otherwise, and a dead origin.
func (h *hosts) proxies(graph []faultproxy.Module, fault map[string]string) {
	for name, f := range map[string]string{
		"proxy.golang.org": "=503", "corp.test": "=503",
		"goproxy.cn": "=pass", "next.test": "=pass", "mirror.test": "=pass", "mirror2.test": "=pass",
	} {
		if other, ok := fault[name]; ok {
			f = other
		}
		h.proxy(name, graph, f)
	}
	h.proxy("demo.test", nil, "=503")
}

// TestAnswersStand: what is an answer is asked for exactly as often as by the
// real go.
func TestAnswersStand(t *testing.T) {
	t.Parallel()
	graph := faultproxy.Graph(3)
	for _, status := range []string{"401", "403", "404", "410"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			var asked [2][]string
			for i, program := range []string{bareGo(), shimGo()} {
				h := newHosts(t)
				h.proxy("corp.test", graph, "="+status)
				h.proxy("next.test", graph)
				h.proxy("mirror.test", graph)
				h.program(graph, true)
				stderr, err := h.run(program, []string{"GOPROXY=https://corp.test,https://next.test", "GOSAFE_FALLBACK=all",
					"GOSAFE_MIRRORS=https://mirror.test", "GOSAFE_PATIENCE=10s"}, "mod", "download")
				if goesOn := status == "404" || status == "410"; (err == nil) != goesOn || strings.Contains(stderr, "trying") {
					t.Errorf("%v\n%s", err, stderr)
				}
				asked[i] = h.requests()
				slices.Sort(asked[i])
			}
			if !slices.Equal(asked[0], asked[1]) || len(asked[0]) == 0 {
				t.Errorf("asked by the real go: %q\nthrough gosafe: %q", asked[0], asked[1])
			}
		})
	}
}

// TestOtherSourceVerifies: what another source serves is checked as if it had
// been the first, and the checksum database is reached as go reaches it.
func TestOtherSourceVerifies(t *testing.T) {
	t.Parallel()
	graph := faultproxy.Graph(3)
	forged := faultproxy.Graph(3)
	forged[1].Files["m.go"] += "\n// Something else.\n"
	const list = "https://proxy.golang.org,https://next.test"
	for _, tt := range []struct {
		name      string
		served    []faultproxy.Module
		via       []string // that serve the database as well
		url       string   // of the database
		asked     string
		forbidden string // no request has this
		ok        bool
	}{
		{"the database itself", graph, nil, "", "mirror.test next.test proxy.golang.org sum.test", "next.test/sumdb/sum.test/lookup", true},
		{"the database through the other source", graph, []string{"next.test"}, "", "next.test proxy.golang.org", "sum.test/lookup/x", true},
		{"through the dead source no more", graph, []string{"proxy.golang.org"}, "", "mirror.test next.test proxy.golang.org sum.test", "proxy.golang.org/sumdb/sum.test/lookup", true},
		{"the database at its own URL", graph, []string{"next.test"}, " https://othersum.test", "next.test othersum.test proxy.golang.org", "/sumdb/", true},
		{"something else", forged, nil, "", "mirror.test next.test proxy.golang.org sum.test", "next.test/sumdb/sum.test/lookup", false},
		{"something else, through itself", forged, []string{"next.test"}, "", "next.test proxy.golang.org", "sum.test/lookup/x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHosts(t)
			h.proxy("proxy.golang.org", graph, "^/demo=503")
			h.proxy("next.test", tt.served)
			h.proxy("mirror.test", graph)
			env := []string{"GOPROXY=" + list, "GOSAFE_MIRRORS=https://mirror.test"}
			env = append(env, "GOSUMDB="+h.sumdb(graph, tt.via...)+tt.url)
			h.program(graph, false)
			stderr, err := h.run(shimGo(), env, "mod", "download")
			if (err == nil) != tt.ok || !strings.Contains(stderr, "asking next.test instead") {
				t.Errorf("%v\n%s", err, stderr)
			}
			if got := h.names(); got != tt.asked {
				t.Errorf("%q were asked, want %q", got, tt.asked)
			}
			if bad := h.requests(tt.forbidden); len(bad) > 0 {
				t.Errorf("asked: %q", bad)
			}
			// go asks every proxy of its list for the database, until one has it.
			if bad := h.requests("mirror.test/demo.test"); len(bad) > 0 {
				t.Errorf("asked: %q", bad)
			}
			if !tt.ok {
				_, after, _ := strings.Cut(stderr, "asking next.test instead")
				if !strings.Contains(after, "SECURITY ERROR") || strings.Contains(after, "trying") {
					t.Errorf("not final:\n%s", stderr)
				}
				if n := len(h.requests("next.test/demo.test/m01/@v/", ".zip")); n != 1 {
					t.Errorf("the forged zip was asked for %d times", n)
				}
			}
			h.sameSums(tt.ok, graph)
			t.Log(stderr)
		})
	}
}

// sameSums compares go.sum with what the plain command writes on a sound
// network: of a failure, no line of what is forged.
func (h *hosts) sameSums(ok bool, graph []faultproxy.Module) {
	h.t.Helper()
	got, err := os.ReadFile(filepath.Join(h.home, "program", "go.sum"))
	if err != nil && ok {
		h.t.Error(err)
	}
	sound := newHosts(h.t)
	sound.proxy("next.test", graph)
	sound.program(graph, false)
	stderr, err := sound.run(bareGo(), []string{"GOPROXY=https://next.test", "GOSUMDB=" + sound.sumdb(graph)}, "mod", "download")
	if err != nil {
		h.t.Fatalf("%v\n%s", err, stderr)
	}
	want, err := os.ReadFile(filepath.Join(sound.home, "program", "go.sum"))
	if err != nil {
		h.t.Fatal(err)
	}
	for line := range strings.Lines(string(got)) {
		if !strings.Contains(string(want), line) {
			h.t.Errorf("go.sum has %s", line)
		}
	}
	if ok && string(got) != string(want) {
		h.t.Errorf("go.sum:\n%s\nwant:\n%s", got, want)
	}
}

// TestNoCredentials: what GOPROXY, GOSAFE_MIRRORS and HTTPS_PROXY hold of
// credentials is in no line of ours.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	graph := faultproxy.Graph(2)
	secret := regexp.MustCompile(`s3cret|t0ken|joe`)
	const dead, live = "https://joe:s3cret@corp.test", "https://t0ken@next.test"
	for _, tt := range []struct {
		name string
		env  string
		says string
	}{
		{"asking another", "GOPROXY=" + dead + "," + live + " GOSAFE_FALLBACK=all", "asking next.test instead of corp.test"},
		{"asking a mirror", "GOPROXY=https://t0ken@corp.test GOSAFE_MIRRORS=https://joe:s3cret@mirror.test", "asking mirror.test instead of corp.test"},
		{"a comma", "GOPROXY=" + dead + "," + live + " GOSAFE_PATIENCE=1s", "the comma after corp.test"},
		{"a path in it", "GOPROXY=https://t0ken:@corp.test/x/y,direct GOSAFE_PATIENCE=1s", "gave up"},
		{"characters that do not belong there", "GOPROXY=https://joe:s3cret%zz@corp.test,https://next.test GOSAFE_FALLBACK=all", ""},
		{"a setting that is not understood", "GOPROXY=" + dead + " GOSAFE_PATIENCE=1s GOSAFE_MIRRORS=joe:s3cret@next.test", "GOSAFE_MIRRORS: it holds"},
		{"an HTTP proxy that refuses", "GOPROXY=https://nobody.test GOSAFE_PATIENCE=1s HTTPS_PROXY=http://joe:s3cret@127.0.0.1:1", "127.0.0.1:1"},
		{"everything restored", "GOPROXY=https://t0ken@proxy.golang.org:443,https://joe:s3cret@goproxy.cn GOSAFE_FALLBACK=all GOSAFE_PATIENCE=6s", "all of GOPROXY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHosts(t)
			h.proxy("corp.test", graph, "=503")
			h.proxy("proxy.golang.org", graph, "=503")
			h.proxy("goproxy.cn", nil, "=404")
			h.proxy("next.test", graph)
			h.proxy("mirror.test", graph)
			h.program(graph, true)
			env := append([]string{"GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=" + filepath.Join(h.home, "summary"),
				"GOSAFE_LOG=" + filepath.Join(h.home, "log")}, strings.Fields(tt.env)...)
			stderr, err := h.run(shimGo(), env, "mod", "download")
			if !strings.Contains(stderr, tt.says) {
				t.Errorf("%v; want %q:\n%s", err, tt.says, stderr)
			}
			for line := range strings.Lines(stderr) {
				if ours := strings.HasPrefix(line, "gosafe: ") || strings.HasPrefix(line, "::"); ours && secret.MatchString(line) {
					t.Errorf("said: %s", line)
				}
			}
			for _, name := range []string{"log", "summary"} {
				data, rerr := os.ReadFile(filepath.Join(h.home, name))
				if secret.Match(data) {
					t.Errorf("%s: %s", name, data)
				}
				if rescued := err == nil && strings.Contains(stderr, "gosafe"); rescued && rerr != nil {
					t.Error(rerr)
				}
			}
			t.Log(stderr)
		})
	}
}
