package retry

import (
	"strings"
	"testing"
)

func TestProxyList(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"https://proxy.golang.org,direct", "https://proxy.golang.org,direct"},
		{" https://a | https://b , direct ", "https://a|https://b,direct"},
		{",,https://a||https://b", "https://a|https://b"},
		{"goproxy.cn,localhost:3000|a.b/c:d|/a.b|word|file:///a,direct", "https://goproxy.cn,https://localhost:3000|https://a.b/c:d|/a.b|word|file:///a,direct"},
		{"off,https://a", "off"},
		{"direct|https://a", "direct"},
		{"", ""},
	} {
		if got := format(parseProxyList(tt.in)); got != tt.want {
			t.Errorf("%q reads as %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzProxyList: what is written from a list reads as the same list.
func FuzzProxyList(f *testing.F) {
	f.Add("https://proxy.golang.org,direct")
	f.Add("a|b,,off|c")
	f.Add(" \t|,direct ")
	f.Fuzz(func(t *testing.T, s string) {
		once := format(parseProxyList(s))
		if twice := format(parseProxyList(once)); twice != once {
			t.Errorf("%q -> %q -> %q", s, once, twice)
		}
	})
}

func yes() bool { return true }

// TestLeaveOut is the law about who may be asked instead of whom.
func TestLeaveOut(t *testing.T) {
	t.Parallel()
	const public, private = "https://proxy.golang.org", "https://athens.corp.example"
	tests := []struct {
		name string
		s    Sources
		dead string
		want string // the list from then on; empty: nothing may be left out
		why  string // part of the reason
	}{
		{"a public proxy before a comma", Sources{Proxy: public + ",direct", HasGit: yes}, public, "direct", ""},
		{"another one", Sources{Proxy: "https://goproxy.cn," + public + ",direct"}, "https://goproxy.cn", public + ",direct", ""},
		{"a public proxy with a path", Sources{Proxy: "https://mirrors.aliyun.com/goproxy/," + public}, "https://mirrors.aliyun.com/goproxy/", public, ""},
		{"a gatekeeper before a comma", Sources{Proxy: private + ",direct", HasGit: yes}, private, "", "comma after athens.corp.example"},
		{"a gatekeeper before a comma and what cannot be asked", Sources{Proxy: private + ",off"}, private, "", "forbids to ask another"},
		{"a gatekeeper before a comma, all allowed", Sources{Proxy: private + ",direct", HasGit: yes, Fallback: "all"}, private, "direct", ""},
		{"a gatekeeper before a pipe", Sources{Proxy: private + "|" + public}, private, public, ""},
		{"nothing at all allowed", Sources{Proxy: public + "|direct", HasGit: yes, Fallback: "off"}, public, "", "GOSAFE_FALLBACK=off"},
		{"with somebody's credentials", Sources{Proxy: "https://me:secret@proxy.golang.org,direct", HasGit: yes}, "https://me:secret@proxy.golang.org", "", "comma"},
		{"a lookalike", Sources{Proxy: "https://proxy.golang.org.evil.example,direct", HasGit: yes}, "https://proxy.golang.org.evil.example", "", "comma"},
		{"without a scheme", Sources{Proxy: "proxy.golang.org,direct", HasGit: yes}, "https://proxy.golang.org", "direct", ""},
		{"another port", Sources{Proxy: "https://proxy.golang.org:8443,direct", HasGit: yes}, "https://proxy.golang.org:8443", "", "comma"},
		{"never past off", Sources{Proxy: public + ",off"}, public, "", "off"},
		{"no git", Sources{Proxy: public + ",direct"}, public, "", "git"},
		{"GOVCS without git", Sources{Proxy: public + ",direct", HasGit: yes, VCS: "*:off"}, public, "", "GOVCS"},
		{"GOVCS for that module", Sources{Proxy: public + ",direct", HasGit: yes, VCS: "example.com:hg,public:git"}, public, "", "GOVCS"},
		{"GOVCS by default", Sources{Proxy: public + ",direct", HasGit: yes, VCS: "public:git|hg,private:all"}, public, "direct", ""},
		{"the only one", Sources{Proxy: public}, public, "", "no further source"},
		{"the last one", Sources{Proxy: private + "," + public}, public, "", "no further source"},
		{"the separators of the others stay", Sources{Proxy: private + "," + public + "|https://c.example,direct", HasGit: yes}, public, private + ",https://c.example,direct", ""},
		{"mirrors come before direct", Sources{Proxy: public + ",direct", Mirrors: []string{"https://m.example"}, HasGit: yes}, public, "https://m.example,direct", ""},
		{"mirrors come before off", Sources{Proxy: public + ",off", Mirrors: []string{"https://m.example"}}, public, "https://m.example,off", ""},
		{"mirrors alone", Sources{Proxy: public, Mirrors: []string{"https://m.example", "https://n.example"}}, public, "https://m.example,https://n.example", ""},
		{"a mirror for the only one", Sources{Proxy: private, Mirrors: []string{"https://m.example"}}, private, "https://m.example", ""},
		{"mirrors do not loosen a comma", Sources{Proxy: private + ",direct", Mirrors: []string{"https://m.example"}, HasGit: yes}, private, "", "comma"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.s
			if s.HasGit == nil {
				s.HasGit = func() bool { return false }
			}
			if s.Fallback == "" {
				s.Fallback = "auto"
			}
			dead, ok := s.find(tt.dead + "/example.com/m/@v/v1.0.0.zip")
			if !ok {
				dead, ok = s.find(strings.TrimSuffix(tt.dead, "/") + "/example.com/m/@v/v1.0.0.zip")
			}
			if !ok && strings.Contains(tt.dead, "@") { // the URL of an error has no credentials
				dead, ok = s.find("https://proxy.golang.org/example.com/m/@v/v1.0.0.zip")
			}
			if !ok {
				t.Fatal("the error is nobody's")
			}
			next, why := s.leaveOut(dead, "example.com/m")
			got := strings.TrimPrefix(strings.Join(s.env(), " "), "GOPROXY=")
			if got != tt.want || (why == "") != (tt.want != "") || !strings.Contains(why, tt.why) {
				t.Errorf("list %q, next %q, reason %q; want list %q, reason %q", got, next.source, why, tt.want, tt.why)
			}
			if strings.Contains(why+next.name(), "secret") {
				t.Errorf("credentials are shown: %q", why)
			}
		})
	}
}

func TestWithCache(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"https://a, https://b,direct":               "https://a|file:///c,off",
		"https://a|https://b,direct":                "https://a|https://b|file:///c,off",
		"https://proxy.golang.org,https://b,direct": "https://proxy.golang.org|https://b|file:///c,off",
		"direct": "file:///c,off",
	} {
		if got := WithCache(list, "file:///c"); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
}

func TestServes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		entry, url string
		want       bool
	}{
		{"https://proxy.golang.org", "https://proxy.golang.org/m/@v/v1.zip", true},
		{"https://proxy.golang.org/", "https://proxy.golang.org/sumdb/sum.golang.org/supported", true},
		{"https://proxy.golang.org", "https://storage.googleapis.com/proxy-golang-org-prod/x", true},
		{"https://goproxy.cn", "https://storage.googleapis.com/proxy-golang-org-prod/x", false},
		{"https://a.example/go", "https://a.example/go/m/@v/list", true},
		{"https://a.example/go", "https://a.example/gopher/m/@v/list", false},
		{"https://a.example:8443", "https://a.example/m", false},
		{"direct", "https://a.example/m", false},
		{"https://a.example", "", false},
		{"https://a.example", "://", false},
	} {
		if got := (entry{source: tt.entry}).serves(tt.url); got != tt.want {
			t.Errorf("%s serves %s: %v", tt.entry, tt.url, got)
		}
	}
}
