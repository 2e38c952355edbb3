//go:build unix

package vcsprobe

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A caseOf breaks one thing, and names the fault that must come of it.
type caseOf struct {
	name  string
	fault Fault
	says  string            // a part of the evidence
	build func(*lab) string // returns what is asked for
	check func(*lab, Report)
}

func (l *lab) url() string { return "http://" + l.host + "/org/m" }

var httpCases = []caseOf{
	{name: "anonymous", build: func(l *lab) string { l.serve(nil); return l.url() }},
	{name: "no credentials", fault: NoCredentials, says: "terminal prompts disabled", build: func(l *lab) string { l.serve(wantLogin); return l.url() }},
	{name: "netrc", build: func(l *lab) string {
		l.serve(wantLogin)
		l.write(".netrc", "machine 127.0.0.1 login me password s3cr3t\n", 0o600)
		return l.url()
	}, check: func(l *lab, r Report) {
		if !r.Present.Netrc || r.Present.Helper {
			l.Errorf("present: %+v", r.Present)
		}
	}},
	{name: "credentials of the URL", build: func(l *lab) string { l.serve(wantLogin); return "http://me:s3cr3t@" + l.host + "/org/m" }},
	{name: "wrong credentials of the URL", fault: RefusedCredentials, says: "Authentication failed", build: func(l *lab) string { l.serve(wantLogin); return "http://me:s3cr3t2@" + l.host + "/org/m" }},
	{name: "refused credentials of netrc", fault: RefusedCredentials, says: "netrc has an entry", build: func(l *lab) string {
		l.serve(wantLogin)
		l.write(".netrc", "machine 127.0.0.1 login me password s3cr3t-old\n", 0o600)
		return l.url()
	}},
	{name: "credential helper", build: func(l *lab) string {
		l.serve(wantLogin)
		l.write(".git-credentials", "http://me:s3cr3t@"+l.host+"\n", 0o600)
		l.write(".gitconfig", "[credential]\n\thelper = store\n", 0o600)
		return l.url()
	}, check: func(l *lab, r Report) {
		if !r.Present.Helper {
			l.Errorf("present: %+v", r.Present)
		}
	}},
	{name: "refused credentials of a helper", fault: RefusedCredentials, build: func(l *lab) string {
		l.serve(wantLogin)
		l.write(".git-credentials", "http://me:s3cr3t-old@"+l.host+"\n", 0o600)
		l.write(".gitconfig", "[credential \"http://"+l.host+"\"]\n\thelper = store\n[credential \"http://other.test\"]\n\thelper = other\n", 0o600)
		return l.url()
	}, check: func(l *lab, r Report) {
		if data, err := os.ReadFile(filepath.Join(l.dir, ".git-credentials")); err != nil || !strings.Contains(string(data), "s3cr3t-old") {
			l.Errorf("looking changed the store: %q, %v", data, err)
		}
		if !r.Present.Helper {
			l.Errorf("present: %+v", r.Present)
		}
	}},
	{name: "helper of the user's shell", build: func(l *lab) string {
		l.serve(wantLogin)
		l.write(".gitconfig", "[credential]\n\thelper = \"!f() { echo $1 >>"+l.dir+"/asked; echo username=me; echo password=s3cr3t; }; f\"\n", 0o600)
		return l.url()
	}, check: func(l *lab, r Report) {
		if data, err := os.ReadFile(filepath.Join(l.dir, "asked")); string(data) != "get\n" {
			l.Errorf("the helper was asked to %q, %v", data, err)
		}
	}},
	{name: "GIT_ASKPASS", fault: NeedsAskpass, build: func(l *lab) string {
		l.serve(wantLogin)
		l.env = append(l.env, "GIT_ASKPASS="+l.asker(), "SSH_ASKPASS="+l.asker(), "DISPLAY=:0")
		return l.url()
	}, check: unaskedBy},
	{name: "core.askPass", fault: NeedsAskpass, build: func(l *lab) string {
		l.serve(wantLogin)
		l.write(".gitconfig", "[core]\n\taskPass = "+l.asker()+"\n", 0o600)
		return l.url()
	}, check: unaskedBy},
	{name: "a path with .git", build: func(l *lab) string {
		l.serve(nil)
		l.write(".gitconfig", "[url \"http://"+l.host+"/\"]\n\tinsteadOf = https://git.example.test/\n", 0o600)
		return "git.example.test/org/m.git"
	}, check: func(l *lab, r Report) {
		if r.Asked != "https://git.example.test/org/m" {
			l.Errorf("asked %q", r.Asked)
		}
	}},
	{name: "a path with .git, by ssh's rule only", build: func(l *lab) string {
		l.serve(nil)
		l.write(".gitconfig", "[url \"http://"+l.host+"/\"]\n\tinsteadOf = ssh://git.example.test/\n[url \"http://"+closedPort(l.T)+"/\"]\n\tinsteadOf = https://git.example.test/\n\tinsteadOf = git+ssh://git.example.test/\n", 0o600)
		return "git.example.test/org/m.git"
	}, check: func(l *lab, r Report) {
		if r.Asked != "ssh://git.example.test/org/m" {
			l.Errorf("asked %q", r.Asked)
		}
	}},
	{name: "a path with .git, and no repository", fault: NoRepository, says: "go asks http://", build: func(l *lab) string {
		l.serve(nil)
		l.write(".gitconfig", "[url \"http://"+l.host+"/\"]\n\tinsteadOf = https://git.example.test/\n\tinsteadOf = ssh://git.example.test/\n\tinsteadOf = git+ssh://git.example.test/\n", 0o600)
		return "git.example.test/org/none.git"
	}},
	{name: "forbidden", fault: RefusedCredentials, says: "403", build: func(l *lab) string { l.serve(says(403, "no")); return l.url() }},
	{name: "SSO", fault: NeedsSSO, build: func(l *lab) string {
		l.serve(says(403, "The `org' organization has enabled or enforced SAML SSO. To access\nthis repository, visit https://github.test/orgs/org/sso?authorization_request=s3cr3t and try your request again.\n"))
		return l.url()
	}},
	{name: "no such repository", fault: NoRepository, build: func(l *lab) string { l.serve(nil); return "http://" + l.host + "/org/none" }},
	{name: "no such repository, GitHub's words", fault: NoRepository, build: func(l *lab) string { l.serve(says(404, "Repository not found.")); return l.url() }},
	{name: "502", fault: Network, build: func(l *lab) string { l.serve(says(502, "")); return l.url() }},
	{name: "429", fault: RateLimited, build: func(l *lab) string { l.serve(says(429, "")); return l.url() }},
	{name: "refused", fault: Network, build: func(l *lab) string { return "http://" + closedPort(l.T) + "/org/m" }},
	{name: "silent", fault: Silent, says: "had not ended", build: func(l *lab) string {
		l.budget = time.Second
		return "http://" + mute(l.T) + "/org/m"
	}},
	{name: "helper waits", fault: Silent, build: func(l *lab) string {
		l.budget = 6 * time.Second // git, its remote helper and a shell have to start in that time
		l.serve(wantLogin)
		l.write(".gitconfig", "[credential]\n\thelper = \"!f() { echo $$ >"+l.dir+"/pid; exec sleep 60; }; f\"\n", 0o600)
		return l.url()
	}, check: func(l *lab, r Report) {
		data, err := os.ReadFile(filepath.Join(l.dir, "pid"))
		if err != nil {
			l.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			l.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				l.Fatal("the helper lives on")
			}
		}
	}},
	{name: "no name", fault: Network, build: func(l *lab) string { return "https://nowhere.invalid/org/m" }},
	{name: "HTTP proxy wants credentials", fault: Network, build: func(l *lab) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
		l.Cleanup(s.Close)
		l.env = append(l.env, "https_proxy="+s.URL)
		return "https://git.example.test/org/m"
	}},
	{name: "untrusted", fault: Untrusted, build: func(l *lab) string {
		s := newTLSServer(l.T, http.NotFoundHandler())
		return s.URL + "/org/m"
	}},
	{name: "rewritten", build: func(l *lab) string {
		l.serve(nil)
		l.write(".gitconfig", "[url \"http://me:s3cr3t@"+l.host+"/\"]\n\tinsteadOf = https://git.example.test/\n[url \"http://nowhere.test/\"]\n\tinsteadOf = https://git.\n", 0o600)
		return "https://git.example.test/org/m"
	}, check: func(l *lab, r Report) {
		if r.Asked != "https://git.example.test/org/m" || r.URL != l.url() || r.Host != l.host || r.Rewritten != "url.http://"+l.host+"/.insteadOf = https://git.example.test/" {
			l.Errorf("asked %q, URL %q, host %q, rewritten %q", r.Asked, r.URL, r.Host, r.Rewritten)
		}
	}},
	{name: "protocol not allowed", fault: Settings, build: func(l *lab) string {
		l.serve(nil)
		l.write(".gitconfig", "[protocol \"http\"]\n\tallow = never\n", 0o600)
		return l.url()
	}},
	{name: "git missing", fault: GitMissing, build: func(l *lab) string {
		l.env = append(l.env, "PATH="+l.dir)
		return "https://git.example.test/org/m"
	}},
	{name: "traced", fault: NoCredentials, build: func(l *lab) string {
		l.serve(wantLogin)
		l.env = append(l.env, "GIT_CURL_VERBOSE=1", "GIT_TRACE=1", "GIT_DIR=/nowhere")
		return l.url()
	}, check: func(l *lab, r Report) {
		if len(r.Evidence) != 1 {
			l.Errorf("evidence: %q", r.Evidence)
		}
	}},
}

// asker is a program that would ask a person.
func (l *lab) asker() string {
	return l.write("ask", "#!/bin/sh\ntouch "+l.dir+"/asked\necho s3cr3t\n", 0o700)
}

func unaskedBy(l *lab, r Report) {
	if _, err := os.Stat(filepath.Join(l.dir, "asked")); err == nil {
		l.Error("somebody was asked")
	}
}

// TestHTTP: git over http, each fault and nothing else, in time.
func TestHTTP(t *testing.T) {
	t.Parallel()
	check(t, httpCases)
}

func check(t *testing.T, cases []caseOf) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			r := l.probe(tt.build(l))
			if r.Fault != tt.fault {
				t.Errorf("fault %q, want %q", r.Fault, tt.fault)
			}
			if (r.Fault == OK) != (r.Sentence == "" && r.Remedy == "" && len(r.Evidence) == 0) {
				t.Errorf("incomplete")
			}
			if text := strings.Join(r.Evidence, "\n"); !strings.Contains(text, tt.says) {
				t.Errorf("%q is not said", tt.says)
			}
			if text := fmt.Sprintf("%+v", r); strings.Contains(text, "s3cr3t") {
				t.Errorf("credentials are shown")
			}
			if r.Elapsed > l.budget+3*time.Second {
				t.Errorf("took %v", r.Elapsed)
			}
			if tt.check != nil {
				tt.check(l, r)
			}
		})
	}
}

// alive reports whether a process is there that is not a zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(data), ") Z ")
}

// newTLSServer is a server that nobody trusts, and that does not tell of those who say so.
func newTLSServer(t *testing.T, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// TestLocate: from a module path to its repository.
func TestLocate(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("go-get") != "1" {
			t.Errorf("asked for %s", r.URL)
		}
		switch strings.Split(r.URL.Path, "/")[1] {
		case "x":
			fmt.Fprintf(w, `<html><head><meta name="go-import" content="%s/x mod https://proxy.test"><META name="go-import" content="%s/x git https://git.test/x.git"></head>`, r.Host, r.Host)
		case "http", "file", "none", "scp":
			root := map[string]string{"http": "http://git.test/m", "file": "file:///srv/git/m", "none": "git.test/m", "scp": "git.test:m"}[strings.Split(r.URL.Path, "/")[1]]
			fmt.Fprintf(w, `<meta name="go-import" content="%s%s git %s">`, r.Host, r.URL.Path, root)
		case "private":
			w.WriteHeader(http.StatusUnauthorized)
		case "down":
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	host := strings.TrimPrefix(s.URL, "https://")
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	p := &probe{Config{Pool: pool, GOINSECURE: "git.plain.test"}, nil, ""}
	for _, tt := range []struct {
		module, url string
		fault       Fault
	}{
		{"github.com/org/m/v2/sub", "https://github.com/org/m", OK},
		{"git.corp.test/team/m.git/sub", "https://git.corp.test/team/m git+ssh://git.corp.test/team/m ssh://git.corp.test/team/m", OK},
		{"git.plain.test/team/m.git", "git://git.plain.test/team/m https://git.plain.test/team/m http://git.plain.test/team/m git+ssh://git.plain.test/team/m ssh://git.plain.test/team/m", OK},
		{"git.apache.org/thrift.git/lib", "https://git.apache.org/thrift.git", OK},
		{host + "/http/m", "http://git.test/m", OK},
		{host + "/file/m", "", RootRefused},
		{host + "/none/m", "", RootRefused},
		{host + "/scp/m", "", RootRefused},
		{host + "/x/y", "https://git.test/x.git", OK},
		{host + "/xy", "", NoRepository},
		{host + "/private/m", "", NoCredentials},
		{host + "/down/m", "", Network},
		{closedPort(t) + "/m", "", Network},
	} {
		urls, err := p.locate(context.Background(), tt.module)
		fault := OK
		if err != nil {
			fault = err.fault
		}
		url := strings.Join(urls, " ")
		if url != tt.url || fault != tt.fault {
			t.Errorf("%s: %q, %q; want %q, %q", tt.module, url, fault, tt.url, tt.fault)
		}
	}
	p.Pool = nil
	if _, err := p.locate(context.Background(), host+"/x"); err == nil || err.fault != Untrusted {
		t.Errorf("untrusted: %v", err)
	}
}

// TestForGit: whatever the user's environment, git speaks English and asks nobody.
func TestForGit(t *testing.T) {
	t.Parallel()
	e := environ{"LC_ALL=de_DE.UTF-8", "LANGUAGE=de", "SSH_ASKPASS=/bin/ask", "GIT_ASKPASS=/bin/mine", "GIT_TERMINAL_PROMPT=1", "HOME=/h"}.forGit()
	for key, want := range map[string]string{"LC_ALL": "C", "LANGUAGE": "", "SSH_ASKPASS": "", "GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "HOME": "/h"} {
		if got := e.get(key); got != want {
			t.Errorf("%s=%s, want %q", key, got, want)
		}
	}
}

// TestSplit: what git may be given.
func TestSplit(t *testing.T) {
	t.Parallel()
	for what, want := range map[string]string{
		"https://me:pw@git.test:8443/x":   "https git.test:8443 https://git.test:8443/x",
		"git@git.test:org/m.git":          "ssh git.test git.test:org/m.git",
		"ssh://git@git.test:2222/org/m":   "ssh git.test:2222 ssh://git.test:2222/org/m",
		"git+ssh://git@git.test/org/m":    "ssh git.test git+ssh://git.test/org/m",
		"/srv/git/m":                      "file  /srv/git/m",
		"http://me:p/w@git.test/x?t=abcd": "   http://git.test/x?…",
	} {
		scheme, host := split(what)
		if got := scheme + " " + host + " " + printableURL(what); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	if got := goauthKinds("netrc; git /home/me; /bin/helper --token=s3cr3t"); got != "netrc git command" {
		t.Errorf("GOAUTH: %q", got)
	}
}

// TestSSHRule: the rule is for the URL that git is asked for, with its scheme
// and its port.
func TestSSHRule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ asked, host, rewritten, want string }{
		{"https://git.test/a/b", "git.test", "", `git config --global url."ssh://git@git.test/".insteadOf https://git.test/`},
		{"http://127.0.0.1:8899/a/b", "127.0.0.1:8899", "", `git config --global url."ssh://git@127.0.0.1/".insteadOf http://127.0.0.1:8899/`},
		{"https://git.test/a/b", "127.0.0.1:8899", "url.http://127.0.0.1:8899/.insteadOf = https://git.test/",
			"have the rule of git's (url.http://127.0.0.1:8899/.insteadOf = https://git.test/) lead to ssh://git@127.0.0.1/"},
	} {
		r := Report{Fault: NoCredentials, Asked: tt.asked, URL: tt.asked, Host: tt.host, Rewritten: tt.rewritten}
		if r.explain(); !strings.HasSuffix(r.Remedy, "or use ssh: "+tt.want) || strings.Contains(r.Remedy, "RULE") {
			t.Errorf("%s: %s", tt.asked, r.Remedy)
		}
	}
}
