package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gosafe/classify"
)

func TestHostTypo(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"githib.com": "github.com", "gihub.com": "github.com", "gtihub.com": "github.com", "github.co": "github.com", "GitHub.com": "github.com",
		"golang.com": "golang.org", "gitlab.cm": "gitlab.com", "bitbuket.org": "bitbucket.org", "proxy.golnag.org": "proxy.golang.org", "gopkg.io": "gopkg.in",
		"github.com": "", "gitlab.com": "", "gitea.com": "", "erlang.org": "", "gitlab.io": "", "gopkg.in": "", "go.uber.org": "", "k8s.io": "", "sigs.k8s.io": "",
		"golang.zx2c4.com": "", "cloud.google.com": "", "git.example.com": "", "rsc.io": "", "fmt": "", "gitee.com": "", "github.example.com": "", "honnef.co": "",
	} {
		if got := hostTypo(host); got != want {
			t.Errorf("hostTypo(%s) = %q, want %q", host, got, want)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"https://a.test,direct":         "https://a.test direct",
		" https://a.test | b.test ,off": "https://a.test| https://b.test off",
		",,direct,https://a.test":       "direct (https://a.test)",
		"file:///x|proxy":               "file:///x| proxy",
		"off":                           "off",
		", ":                            "",
	} {
		list, rest := sources(value)
		var got []string
		for _, s := range list {
			mark := ""
			if s.pipe {
				mark = "|"
			}
			got = append(got, s.url+mark)
		}
		if rest != "" {
			got = append(got, "("+rest+")")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("sources(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestGovcs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value   string
		private bool
		allowed bool
		err     bool
	}{
		{"public:git|hg,private:all", false, true, false},
		{"*:off", false, false, false},
		{"example.com:git,*:off", false, true, false},
		{"private:off", true, false, false},
		{"private:off", false, true, false},
		{"git", false, false, true},
		{"a:git,,b:git", false, false, true},
		{"*:git,a.test:hg", false, false, true},
		{"a:", false, false, true},
	} {
		rules, err := parseGovcs(tt.value)
		if (err != nil) != tt.err {
			t.Errorf("parseGovcs(%s): %v", tt.value, err)
		}
		if err == nil {
			if got, _ := rules.allow("example.com/m", "git", tt.private); got != tt.allowed {
				t.Errorf("%s (private: %v) allows git: %v", tt.value, tt.private, got)
			}
		}
	}
}

func TestRemotePath(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"https://github.com/a/b.git":               "github.com/a/b",
		"https://me:s3cr3t@github.com/a/b":         "github.com/a/b",
		"git@github.com:a/b.git":                   "github.com/a/b",
		"ssh://git@git.test:2222/a/b.git/":         "git.test/a/b",
		"/srv/git/b.git":                           "",
		"../b":                                     "",
		`C:\src\b`:                                 "",
		"file:///srv/git/b.git":                    "",
		"https://gitlab.com/group/sub/project.git": "gitlab.com/group/sub/project",
	} {
		if got := remotePath(remote); got != want {
			t.Errorf("remotePath(%s) = %q, want %q", remote, got, want)
		}
	}
}

func TestOlder(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]bool{"2.39.5": false, "2.24.0": false, "2.23.9": true, "1.8.3.1": true, "3.0": false, "": false, "x.y": false} {
		if got := older(v, 2, 24); got != want {
			t.Errorf("older(%q) = %v", v, got)
		}
	}
}

// TestMatters: the table names checks that there are, and each cause once.
func TestMatters(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, c := range checks {
		ids = append(ids, c.group+"/"+c.name)
		if !slices.Contains(groups, c.group) {
			t.Errorf("%s is in no group that is shown", c.name)
		}
	}
	seen := map[classify.Cause]bool{}
	for _, m := range matters {
		for _, id := range m.checks {
			if !slices.Contains(ids, id) && !slices.Contains(groups, id) {
				t.Errorf("there is no check %s", id)
			}
		}
		for _, c := range m.causes {
			if seen[c] {
				t.Errorf("%s is there twice", c)
			}
			seen[c] = true
		}
		if some := relevant(classify.Verdict{Finding: classify.Finding{Cause: m.causes[0]}}); len(some) == 0 || len(some) == len(checks) {
			t.Errorf("%s: %d checks", m.causes[0], len(some))
		}
	}
	if all := relevant(classify.Verdict{Finding: classify.Finding{Cause: classify.Unknown}}); len(all) != len(checks) {
		t.Errorf("an unknown failure: %d checks", len(all))
	}
}

// TestDeadline: a check that does not end is left behind, and the others are
// heard.
func TestDeadline(t *testing.T) {
	t.Parallel()
	p := newPatient(os.Environ(), t.TempDir())
	block := make(chan bool)
	t.Cleanup(func() { close(block) })
	e := examination{patient: p, checks: []check{
		{"toolchain", "hangs", "what hangs", 50 * time.Millisecond, func(_ context.Context, _ *patient) []finding { <-block; return nil }},
		{"module", "heard", "what does not", time.Second, func(_ context.Context, _ *patient) []finding { return fine("heard") }},
	}}
	var out, errs bytes.Buffer
	pr := &printer{out: &out, err: &errs, colour: true, live: true}
	e.run(pr)
	pr.foot(&e)
	if e.elapsed > 3*time.Second || e.results[0].findings[0].Fault != "no-answer" || e.results[1].level() != ok || e.exit() != exitWell {
		t.Errorf("%v, %+v", e.elapsed, e.results)
	}
	for _, want := range []string{"\x1b[1mtoolchain\x1b[0m\n  \x1b[33m!\x1b[0m looking at what hangs took longer than 50ms\n", "\x1b[32m✓\x1b[0m heard\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
	if got := errs.String(); !strings.Contains(got, "\r\x1b[K… toolchain hangs") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("progress: %q", got)
	}
}

// TestPrintableLines: credentials go, the user of ssh stays in commands.
func TestPrintableLines(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"a https://me:s3cr3t@git.test/x\nb":                                           "a https://git.test/x\nb",
		"git config --global url.\"ssh://git@git.test/\".insteadOf https://git.test/": "git config --global url.\"ssh://git@git.test/\".insteadOf https://git.test/",
		"ssh://git:s3cr3t@git.test/":                                                  "ssh://git.test/",
		"\x1b[31mred\x1b[0m":                                                          "red",
	} {
		if got := printableLines(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestShown: what may be a secret is not shown, wherever it stands.
func TestShown(t *testing.T) {
	t.Parallel()
	for flags, want := range map[string]string{
		"-ldflags=-X=main.k=s3cr3t -mod=mod -v": "-ldflags=… -mod=mod -v",
		"'-ldflags=-X main.k=s3cr3t' -p=2":      "… -p=2",
		"-ldflags='-X k -mod=s3cr3t' -p=3":      "-ldflags=… … -p=3",
		"-ldflags=-X main.k=s3cr3t -tags=a":     "-ldflags=… … -tags=…",
		"":                                      "",
	} {
		if got := shownFlags(flags); got != want {
			t.Errorf("%s: %q, want %q", flags, got, want)
		}
	}
	for value, plain := range map[string]bool{
		"https://proxy.test,direct":               true,
		"https://me:s3cr3t@proxy.test|direct":     true,
		"https://proxy.test/?t=s3cr3t,off":        true,
		"http:// bad s3cr3t@x":                    false,
		"me:s3cr3t@proxy.test":                    false,
		"https://me:s3c,r3t@proxy.test":           false,
		"https://proxy.test,direct,me:s3cr3t@x":   false,
		"https://a.test https://me:s3cr3t@b.test": false,
		"foo": true,
	} {
		if got := plainSources(value); got != plain {
			t.Errorf("%s: %v, want %v", value, got, plain)
		}
	}
	if host("http:// bad s3cr3t@x") != "…" || shownList("git.test,me:s3cr3t@b.test") != unshown || shownList("git.test") != "git.test" {
		t.Error("a secret is shown")
	}
}
