package classify

import (
	"strings"
	"testing"
)

const (
	gitHead = "go: example.org/team/kit@v1.4.0: invalid version: git fetch -f origin refs/heads/*:refs/heads/* in /home/ci/go/pkg/mod/cache/vcs/" +
		"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9: exit status 128:\n\t"
	security = "\n\nSECURITY ERROR\nThis download does NOT match an earlier download recorded in go.sum.\n"
	mismatch = "verifying example.org/a@v1.0.0: checksum mismatch\n\tdownloaded: h1:x7Xbq2pPnQyXeUGJzvQ1b0Qm2vT2m1o9d7G3nqkq0aE=\n\tgo.sum:     h1:yawKDkR3q0vj+5WJhAKrPK6Sy9Hh/VDjlN/aCbbq72U=" + security
)

// twins are the same words, told apart by what surrounds them.
var twins = []struct {
	name, command, stderr, stdout, want string
}{
	{"sum of fresh bits", "build", "go: downloading example.org/a v1.0.0\n" + mismatch, "", "fail/checksum-mismatch"},
	{"sum of a damaged ziphash", "build", mismatch, "", "repair/modcache-corrupt"},
	{"sum, mod download tells nothing", "mod download", mismatch, "", "fail/checksum-mismatch"},
	{"sum of a fresh go.mod", "mod tidy", strings.Replace(mismatch, "v1.0.0: c", "v1.0.0/go.mod: c", 1), "", "fail/checksum-mismatch"},
	{"sum of an empty go.mod", "build", strings.Replace(strings.Replace(mismatch, "v1.0.0: c", "v1.0.0/go.mod: c", 1), "h1:x7Xbq2pPnQyXeUGJzvQ1b0Qm2vT2m1o9d7G3nqkq0aE=", emptyGoMod, 1), "", "repair/modcache-corrupt"},

	{"bad answer", "build", "go: downloading example.org/a v1.0.0\nmain.go:3:8: zip: not a valid zip file\n", "", "retry/server-error"},
	{"bad archive", "build", "main.go:3:8: unzip /m/cache/download/example.org/a/@v/v1.0.0.zip: zip: not a valid zip file\n", "", "repair/modcache-corrupt"},

	{"file cut short in the cache", "build", "# example.org/a\n../go/pkg/mod/example.org/a@v1.0.0/a.go:9:2: syntax error: unexpected EOF, expecting }\n", "", "repair/modcache-corrupt"},
	{"API that changed", "build", "# example.org/a\n../go/pkg/mod/example.org/a@v1.0.0/a.go:9:2: undefined: b.Open\n", "", "fail/compile-error"},
	{"the user's own file cut short", "build", "# example.org/app\n./a.go:9:2: syntax error: unexpected EOF, expecting }\n", "", "fail/compile-error"},
	{"file gone beside its consequences", "build", "# example.org/a/x\n/m/mod/example.org/a@v1.0.0/x/a.go:9:2: undefined: Reg\nopen /m/mod/example.org/a@v1.0.0/x/b.go: no such file or directory\n", "", "repair/modcache-corrupt"},

	{"a compiler killed", "build", "example.org/a: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed\n", "", "degrade/out-of-memory"},
	{"a test binary killed", "test ./...", "", "signal: killed\nFAIL\texample.org/a\t3.2s\nFAIL\n", "fail/test-failure"},
	{"a program killed", "run .", "signal: killed\n", "", "fail/program-failure"},
	{"a compiler of go run killed", "run .", "example.org/a: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed\n", "", "degrade/out-of-memory"},

	{"cache/vcs is no repository", "mod download", gitHead + "fatal: not a git repository (or any of the parent directories): .git\n", "", "repair/vcscache-corrupt"},
	{"the user's tree is none", "get -u example.org/kit", "# cd /go/src/example.org/kit; git pull --ff-only\nfatal: not a git repository (or any of the parent directories): .git\npackage example.org/kit: exit status 128\n", "", "fail/vcs-status"},

	{"plain 404", "mod download", "go: a.example/m@v1.0.0: reading https://proxy.golang.org/a.example/m/@v/v1.0.0.info: 404 Not Found\n\tserver response: not found: a.example/m@v1.0.0: invalid version: unknown revision v1.0.0\n", "", "fail/not-found"},
	{"404 that timed out", "mod download", "go: a.example/m@v1.0.0: reading https://proxy.golang.org/a.example/m/@v/v1.0.0.info: 404 Not Found\n\tserver response: not found: fetch timed out\n", "", "retry/timeout"},

	{"a name with a path", "mod download", gitHead + "ssh: Could not resolve hostname github.com:acme: Name or service not known\n\tfatal: Could not read from remote repository.\n", "", "fail/proxy-misconfigured"},
	{"a name that does not resolve", "mod download", gitHead + "ssh: Could not resolve hostname github.com: Temporary failure in name resolution\n\tfatal: Could not read from remote repository.\n", "", "retry/dns-failure"},

	{"EOF of the network", "mod download", "go: a.example/m@v1.0.0: read \"https://proxy.golang.org/a.example/m/@v/v1.0.0.zip\": unexpected EOF\n", "", "retry/connection-lost"},
	{"EOF of the parser", "build", "main.go:3:1: syntax error: unexpected EOF, expecting }\n", "", "fail/compile-error"},

	{"403 of a gate", "mod download", "go: a.example/m@v1.0.0: reading https://proxy.example/a.example/m/@v/v1.0.0.zip: 403 Forbidden\n\tserver response: blocked by policy\n", "", "fail/auth-required"},
	{"403 of a limit", "mod download", "go: a.example/m@v1.0.0: reading https://proxy.example/a.example/m/@v/v1.0.0.zip: 403 Forbidden\n\tserver response: API rate limit exceeded\n", "", "retry/rate-limited"},

	{"a fresh test binary is busy", "test ./...", "", "fork/exec /tmp/go-build12/b001/a.test: text file busy\nFAIL\texample.org/a\t0.000s\nFAIL\n", "retry/text-file-busy"},
	{"a test speaks of it", "test ./...", "", "--- FAIL: TestX (0.00s)\n    x_test.go:9: fork/exec /tmp/x/tool: text file busy\nFAIL\nFAIL\texample.org/a\t0.010s\nFAIL\n", "fail/test-failure"},

	{"EAGAIN on fork", "build", "# a\nfork/exec /usr/local/go/pkg/tool/linux_amd64/compile: resource temporarily unavailable\n", "", "degrade/resource-exhausted"},
	{"EPERM on fork", "build", "# a\nfork/exec /usr/local/go/pkg/tool/linux_amd64/compile: operation not permitted\n", "", "fail/permission-denied"},

	{"hung up after a reset", "mod download", gitHead + "error: RPC failed; curl 56 Recv failure: Connection reset by peer\n\tfatal: the remote end hung up unexpectedly\n", "", "retry/connection-lost"},
	{"hung up after a 404", "mod download", gitHead + "error: RPC failed; HTTP 404 curl 22 The requested URL returned error: 404\n\tfatal: the remote end hung up unexpectedly\n", "", "fail/not-found"},
	{"hung up for want of git-lfs", "mod download", gitHead + "git-lfs filter-process: git-lfs: command not found\n\tfatal: the remote end hung up unexpectedly\n", "", "fail/vcs-missing"},

	{"tests of others have run", "test ./...", "# example.org/b\nb.go:3:8: a.example/m@v1.0.0: reading https://proxy.example/m.zip: 502 Bad Gateway\n", "ok  \texample.org/a\t0.01s\nFAIL\texample.org/b [setup failed]\nFAIL\n", "fail/server-error"},
	{"nothing has run", "test ./...", "# example.org/b\nb.go:3:8: a.example/m@v1.0.0: reading https://proxy.example/m.zip: 502 Bad Gateway\n", "ok  \texample.org/a\t(cached)\nFAIL\texample.org/b [setup failed]\nFAIL\n", "retry/server-error"},
	{"a program interrupted", "run .", "signal: interrupt\n", "", "fail/terminated"},
	{"a report without its end", "test -v ./...", "", "=== RUN   TestX\npanic: boom\n", "fail/test-failure"},
	{"a dependency under vet", "vet ./...", "# a.example/m\n../m/a.go:4:2: undefined: x\n", "", "fail/compile-error"},
	{"go tool, loading", "tool gen", "go: downloading a.example/m v1.0.0\nexample.org/gen: main.go:7:2: a.example/m@v1.0.0: reading https://proxy.example/m.zip: 502 Bad Gateway\n", "", "retry/server-error"},
	{"go tool, running", "tool gen", "gen: Get \"https://api.example\": dial tcp: i/o timeout\n", "", "fail/program-failure"},
}

func TestTwins(t *testing.T) {
	t.Parallel()
	for _, tt := range twins {
		v := Classify(Record{Args: strings.Fields(tt.command), Exit: 1, Stderr: []byte(tt.stderr), Stdout: []byte(tt.stdout)})
		if got := v.Decision.String() + "/" + string(v.Cause); got != tt.want {
			t.Errorf("%s: %s by %q, want %s", tt.name, got, v.Rule, tt.want)
		}
	}
}

// TestOrder: fail over repair over degrade over retry, but for consequences.
func TestOrder(t *testing.T) {
	t.Parallel()
	const (
		retry   = "go: r.example/m@v1.0.0: Get \"https://proxy.example/r.example/m/@v/v1.0.0.zip\": dial tcp 192.0.2.7:443: i/o timeout\n"
		degrade = "example.org/a: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed\n"
		repair  = "main.go:3:8: unzip /m/cache/download/p.example/m/@v/v1.0.0.zip: zip: not a valid zip file\n"
		fail    = "go: f.example/m@v1.0.0: reading https://proxy.example/f.example/m/@v/v1.0.0.info: 401 Unauthorized\n"
	)
	for _, tt := range []struct{ stderr, want string }{
		{retry + degrade + repair + fail, "fail"},
		{fail + retry, "fail"},
		{retry + degrade + repair, "repair"},
		{retry + degrade, "degrade"},
		{retry, "retry"},
		{retry + "go: r.example/m@v1.0.0: invalid version: unknown revision v1.0.0\n", "retry"},
		{retry + "go: other.example/m@v1.0.0: invalid version: unknown revision v1.0.0\n", "fail"},
		{retry + "main.go:4:2: no required module provides package r.example/m/sub; to add it:\n\tgo get r.example/m/sub\n", "retry"},
		{retry + "main.go:4:2: no required module provides package r.example/mm; to add it:\n\tgo get r.example/mm\n", "fail"},
		{retry + "go: error loading module requirements\n", "retry"},
		{retry + gitHead + "fatal: Les mots que personne ne connaît\n", "fail"},
	} {
		if v := Classify(Record{Args: []string{"build"}, Exit: 1, Stderr: []byte(tt.stderr)}); v.Decision.String() != tt.want {
			t.Errorf("%s (%s by %q), want %s:\n%s", v.Decision, v.Cause, v.Rule, tt.want, tt.stderr)
		}
	}
	var many strings.Builder
	for range 2 * maxFindings {
		many.WriteString(retry)
	}
	if v := Classify(Record{Args: []string{"build"}, Exit: 1, Stderr: []byte(many.String() + fail)}); v.Decision != Fail || len(v.Findings) > maxFindings+1 {
		t.Errorf("a real failure after %d others: %s, %d findings", 2*maxFindings, v.Decision, len(v.Findings))
	}
}

// TestTranslations: every fragment leads to the verdict of its English words.
func TestTranslations(t *testing.T) {
	t.Parallel()
	verdict := func(words string) string {
		v := Classify(Record{Args: []string{"mod", "download"}, Exit: 1, Stderr: []byte(words)})
		return v.Decision.String() + "/" + string(v.Cause)
	}
	for _, tr := range translations {
		want := verdict(gitHead + tr.english + "\n")
		if want == "fail/unknown" {
			t.Errorf("no rule knows %q", tr.english)
		}
		for _, words := range tr.others {
			if got := verdict(gitHead + "x: " + words + " x\n"); got != want {
				t.Errorf("%s: %s, but in English (%s) %s", words, got, tr.english, want)
			}
		}
	}
	const dial = "go: a.example/m@v1.0.0: Get \"https://proxy.example/x\": dial tcp 192.0.2.7:443: connectex: "
	for _, tr := range winsock {
		want := verdict(dial + "x" + tr.english + ".\n")
		for _, words := range tr.others {
			if got := verdict(dial + words + "\n"); got != want {
				t.Errorf("%s: %s, want %s", words, got, want)
			}
		}
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		r    Record
		want string
	}{
		{Record{Signal: "killed"}, "degrade/out-of-memory"},
		{Record{Signal: "terminated"}, "fail/terminated"},
		{Record{Exit: 143}, "fail/terminated"},
		{Record{Exit: 130}, "fail/terminated"},
		{Record{Exit: 137}, "degrade/out-of-memory"},
		{Record{Exit: 139}, "fail/toolchain-crash"},
		{Record{Exit: 1}, "fail/unknown"},
	} {
		tt.r.Args = []string{"build"}
		v := Classify(tt.r)
		if got := v.Decision.String() + "/" + string(v.Cause); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.r, got, tt.want)
		}
	}
}
