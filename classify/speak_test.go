package classify

import (
	"strings"
	"testing"
)

func classified(command, stderr string) Verdict {
	return Classify(Record{Args: strings.Fields(command), Exit: 1, Stderr: []byte(stderr)})
}

func TestSummary(t *testing.T) {
	t.Parallel()
	const module = "go: example.com/m@v1.2.3: "
	for _, tt := range []struct{ stderr, want string }{
		{module + "reading https://proxy.golang.org/example.com/m/@v/v1.2.3.zip: 502 Bad Gateway\n", "502 Bad Gateway from proxy.golang.org for example.com/m@v1.2.3"},
		{module + "Get \"https://proxy.golang.org/x\": dial tcp: lookup proxy.golang.org on 10.0.0.2:53: no such host\n", "no such host: proxy.golang.org"},
		{module + "read \"https://proxy.golang.org/x\": read tcp 10.0.0.1:2->10.0.0.3:443: read: connection reset by peer\n", "connection reset by proxy.golang.org for example.com/m@v1.2.3"},
		{module + "Get \"https://proxy.golang.org/x\": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused\n", "connection refused by the HTTP proxy 10.0.0.1:3128 for example.com/m@v1.2.3"},
		{"go: example.com/m: git ls-remote -q https://github.com/example/m in /m/cache/vcs/" + strings.Repeat("ab12", 16) + ": exit status 128:\n\tfatal: early EOF\n", "git: early EOF from github.com for example.com/m"},
	} {
		if got := classified("mod download", tt.stderr).Summary(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("ab12", 16)
	for _, tt := range []struct {
		stderr string
		want   Where
	}{
		{"go: github.com/Azure/sdk@v1.2.3: reading https://user:secret@goproxy.acme.example:8443/go/github.com/!azure/sdk/@v/v1.2.3.zip: 503 Service Unavailable\n",
			Where{URL: "https://goproxy.acme.example:8443/go/github.com/!azure/sdk/@v/v1.2.3.zip", Host: "goproxy.acme.example:8443", Module: "github.com/Azure/sdk", Version: "v1.2.3"}},
		{"main.go:3:8: reading https://goproxy.acme.example/go/github.com/!azure/sdk/@v/v1.2.3.zip: 503 Service Unavailable\n",
			Where{URL: "https://goproxy.acme.example/go/github.com/!azure/sdk/@v/v1.2.3.zip", Host: "goproxy.acme.example", Module: "github.com/Azure/sdk", Version: "v1.2.3"}},
		{"go: example.com/m@v1.0.0: Get \"https://proxy.example/x\": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused\n",
			Where{URL: "https://proxy.example/x", Host: "10.0.0.1:3128", Proxy: true, Module: "example.com/m", Version: "v1.0.0"}},
		{"main.go:3:8: unzip /home/ci/go/pkg/mod/cache/download/github.com/!azure/sdk/@v/v1.2.3.zip: zip: not a valid zip file\n",
			Where{Module: "github.com/Azure/sdk", Version: "v1.2.3", Path: "/home/ci/go/pkg/mod/cache/download/github.com/!azure/sdk/@v/v1.2.3.zip"}},
		{"github.com/Azure/sdk v1.2.3: dir has been modified (/m/github.com/!azure/sdk@v1.2.3)\n",
			Where{Module: "github.com/Azure/sdk", Version: "v1.2.3", Path: "/m/github.com/!azure/sdk@v1.2.3"}},
		{"# example.com/m\nopen ../go/pkg/mod/github.com/!azure/sdk@v1.2.3/a/b.go: no such file or directory\n",
			Where{Module: "github.com/Azure/sdk", Version: "v1.2.3", Path: "../go/pkg/mod/github.com/!azure/sdk@v1.2.3/a/b.go"}},
		{"go: git.acme.example/kit@v1.4.0: invalid version: git fetch -f https://git.acme.example/kit.git in /m/cache/vcs/" + hash + ": exit status 128:\n\tfatal: bad object HEAD\n",
			Where{URL: "https://git.acme.example/kit.git", Host: "git.acme.example", Module: "git.acme.example/kit", Version: "v1.4.0", Path: "/m/cache/vcs/" + hash}},
		{"go: git.acme.example/kit@v1.4.0: invalid version: git fetch -f origin in /m/cache/vcs/" + hash + ": exit status 128:\n\tfatal: Unable to create '/m/cache/vcs/" + hash + "/shallow.lock': File exists.\n",
			Where{Host: "git.acme.example", Module: "git.acme.example/kit", Version: "v1.4.0", Path: "/m/cache/vcs/" + hash + "/shallow.lock"}},
		{"go: git.acme.example/kit@v1.4.0: invalid version: git fetch -f origin in /m/cache/vcs/" + hash + ": exit status 128:\n\tssh: connect to host ssh.acme.example port 2222: Connection refused\n\tfatal: Could not read from remote repository.\n",
			Where{Host: "ssh.acme.example:2222", Module: "git.acme.example/kit", Version: "v1.4.0", Path: "/m/cache/vcs/" + hash}},
		{"go: app imports\n\texample.com/m/pkg: example.com/m@v1.0.0: verifying module: example.com/m@v1.0.0: reading https://proxy.example/sumdb/sum.golang.org/lookup/example.com/m@v1.0.0: 502 Bad Gateway\n",
			Where{URL: "https://proxy.example/sumdb/sum.golang.org/lookup/example.com/m@v1.0.0", Host: "proxy.example", Module: "example.com/m", Version: "v1.0.0"}},
	} {
		if got := classified("mod tidy", tt.stderr).Where; got != tt.want {
			t.Errorf("%s\n got %+v\nwant %+v", tt.stderr, got, tt.want)
		}
	}
}

// TestAdvice: two lines at most, printable, and never a way round a check.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, s := range corpus(t) {
		v := Classify(s.record())
		for _, text := range []string{v.Advice(), v.Summary(), v.Evidence, v.Where.String()} {
			for _, forbidden := range []string{"GOSUMDB=off", "GONOSUMCHECK", "GOINSECURE", "sslVerify", "StrictHostKeyChecking", "GONOSUMDB=*", "\x1b", "\r"} {
				if strings.Contains(text, forbidden) && !strings.Contains(s.Stderr, forbidden) {
					t.Errorf("%s: %q", s.ID, text)
				}
			}
		}
		if n := strings.Count(v.Advice(), "\n"); n > 1 {
			t.Errorf("%s: advice of %d lines: %s", s.ID, n+1, v.Advice())
		}
		if len(v.Summary()) > maxSummary || v.Summary() == "" {
			t.Errorf("%s: summary %q", s.ID, v.Summary())
		}
	}
	for stderr, want := range map[string]string{
		"go: git.acme.example/team/kit@v1.0.0: invalid version: git ls-remote -q https://git.acme.example/team/kit in /m/cache/vcs/x: exit status 128:\n\tfatal: could not read Username for 'https://git.acme.example': terminal prompts disabled\n": "git ls-remote https://git.acme.example",
		"go: github.com/acme/kit@v1.0.0: invalid version: git ls-remote -q https://github.com/acme/kit in /m/cache/vcs/x: exit status 128:\n\tfatal: could not read Username for 'https://github.com': terminal prompts disabled\n":                   `GOPRIVATE="$(go env GOPRIVATE),github.com/acme"`,
		"go: a.example/kit@v1.0.0: git fetch in /m/cache/vcs/x: exit status 128:\n\tfatal: detected dubious ownership in repository at '/srv/my kit'\n":                                                                                               "safe.directory '/srv/my kit'",
		"go: a.example/kit@v1.0.0: Get \"https://proxy.acme.example/x\": x509: certificate signed by unknown authority\n":                                                                                                                             "proxy.acme.example:443",
		"go: could not create module cache: mkdir /go/pkg: permission denied\n":                                                                                                                                                                       "ls -ld /go/pkg",
	} {
		if got := classified("mod download", stderr).Advice(); !strings.Contains(got, want) {
			t.Errorf("%s: advice %q lacks %q", stderr, got, want)
		}
	}
}

func TestRedaction(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://u:p@h.example/x":            "https://h.example/x",
		"a https://t0ken@h b ssh://git@h/c":  "a https://h b ssh://h/c",
		"https://h/@v/v1.zip":                "https://h/@v/v1.zip",
		"'https://u:p@w@h/'":                 "'https://h/'",
		"plain":                              "plain",
		"https://h.example/x?y=z@w":          "https://h.example/x?…",
		"://@":                               "://",
		"http://127.0.0.1:8080/m/@v/list":    "http://127.0.0.1:8080/m/@v/list",
		"http://[::1]:8080/m/@v/list":        "http://[::1]:8080/m/@v/list",
		"'https://u:pa/s3cret@h/x'":          "'https://h/x'",
		"'https://u:p@ss#w0rd?S@h/x.git/'":   "'https://h/x.git/'",
		`"https://h/m.zip?X-Sig=S&x=1": EOF`: `"https://h/m.zip?…": EOF`,
		"https://h/m?go-get=1: 502":          "https://h/m?go-get=1: 502",
	} {
		if got := redact(in); got != want {
			t.Errorf("redact(%q) = %q, want %q", in, got, want)
		}
	}
	v := classified("mod download", "go: a.example/m@v1.0.0: \x1b[31mGet \"https://u:s3cret@proxy.example/x\": EOF\x1b[0m\u202e\n")
	for _, s := range []string{v.Evidence, v.Summary(), v.Advice(), v.Where.String(), v.Where.URL} {
		if strings.Contains(s, "s3cret") || strings.ContainsAny(s, "\x1b\u202e") {
			t.Errorf("not safe to print: %q", s)
		}
	}
}

func TestConcealed(t *testing.T) {
	t.Parallel()
	const healthy = "{\n\t\"ImportPath\": \"fmt\"\n}\n"
	if v, ok := Concealed(Record{Args: []string{"list", "-e", "-json"}, Stdout: []byte(healthy)}); ok {
		t.Errorf("a healthy listing conceals %s", v.Cause)
	}
	const broken = healthy + "{\n\t\"ImportPath\": \"example.com/m\",\n\t\"Error\": {\n\t\t\"ImportStack\": [],\n\t\t\"Pos\": \"b.go:3:8\",\n\t\t\"Err\": \"example.com/m@v1.0.0: reading https://proxy.example/example.com/m/@v/v1.0.0.zip: 502 Bad Gateway\\n\\tserver response: upstream\"\n\t}\n}\n"
	v, ok := Concealed(Record{Args: []string{"list", "-e", "-json"}, Stdout: []byte(broken)})
	if !ok || v.Decision != Retry || v.Cause != ServerError || v.Where.Module != "example.com/m" || v.Where.Host != "proxy.example" {
		t.Errorf("%v %+v", ok, v.Finding)
	}
	const import404 = "{\n\t\"Error\": {\n\t\t\"Err\": \"no required module provides package a.example/x; to add it:\\n\\tgo get a.example/x\"\n\t}\n}\n"
	if v, ok := Concealed(Record{Args: []string{"list", "-e", "-json"}, Stdout: []byte(broken + import404)}); !ok || v.Decision != Fail {
		t.Errorf("a real failure beside a transient one: %v %s", ok, v.Decision)
	}
}

func TestSections(t *testing.T) {
	t.Parallel()
	logs := map[string]string{
		"github":  "2024-05-01T10:00:00.1234567Z ##[group]Run go mod download\n2024-05-01T10:00:00.2Z \x1b[36;1mgo mod download\x1b[0m\n2024-05-01T10:00:00.3Z shell: /usr/bin/bash -e {0}\n2024-05-01T10:00:00.4Z ##[endgroup]\n2024-05-01T10:00:02.0Z go: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n2024-05-01T10:00:02.1Z ##[error]Process completed with exit code 1.\n",
		"gitlab":  "section_start:1714557600:step_script\r\x1b[0K\x1b[32;1m$ go mod download\x1b[0;m\ngo: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n\x1b[31;1mERROR: Job failed: exit code 1\n",
		"gitlab2": "2024-05-01T10:00:00.123456Z 01O \x1b[32;1m$ go mod download\x1b[0;m\n2024-05-01T10:00:00.123456Z 01E go: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n",
		"docker":  "#12 [build 3/5] RUN go mod download\n#12 1.234 go: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n#12 ERROR: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n------\n > [build 3/5] RUN go mod download:\n1.234 go: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n------\n",
		"make":    "+ CGO_ENABLED=0 go mod download\ngo: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\nmake: *** [Makefile:3: deps] Error 1\n",
	}
	for name, log := range logs {
		sections := Sections(CleanLog(log))
		if len(sections) == 0 {
			t.Errorf("%s: no command found in\n%s", name, CleanLog(log))
			continue
		}
		s := sections[len(sections)-1]
		if !strings.Contains(s.Command, "go mod download") {
			t.Errorf("%s: command %q", name, s.Command)
		}
		if v := classified("mod download", s.Text); v.Decision != Retry || v.Where.Module != "a.example/m" {
			t.Errorf("%s: %s/%s of %q", name, v.Decision, v.Cause, s.Text)
		}
	}
	for _, l := range []string{"go: downloading a.example/m v1.0.0", "go build x: something", "go test: -i flag is deprecated"} {
		if c := shownCommand(l); c != "" {
			t.Errorf("%q taken for the command %q", l, c)
		}
	}
}
