package faultproxy

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// A goCommand runs the real go in a scratch directory, with nothing of the
// user's settings.
type goCommand struct {
	dir string
	env []string
}

func newGo(t *testing.T, s *Server) goCommand {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go on PATH")
	}
	dir := t.TempDir()
	env, err := s.Environ(dir)
	if err != nil {
		t.Fatal(err)
	}
	return goCommand{dir: dir, env: append(env, "GOSAFE=off", "CGO_ENABLED=0")}
}

// run returns what go printed on both outputs, and its error. It is killed
// when ctx ends.
func (g goCommand) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = g.dir, g.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The two protocols. With OneShot, net/http does not send a request again.
var h1, h2 = Config{OneShot: true}, Config{Cert: Good}

const reset = `(connection reset by peer|forcibly closed by the remote host)`

const getting = `Get "\S+/demo.test/m00/@v/v1.0.0.(info|mod|zip)": `

// realGoTests tells how `go mod download` words what it met.
var realGoTests = []struct {
	conf Config
	rule string
	want string // a regular expression
}{
	{h1, `\.zip$=502`, `: reading http\S+/v1.0.0.zip: 502 Bad Gateway\s+server response: injected fault: 502`},
	{h1, `\.info$=503`, `\.info: 503 Service Unavailable`},
	{h1, `\.mod$=status-html:504`, `\.mod: 504 Gateway Timeout`},
	{h1, `=429`, `429 Too Many Requests`},
	{h1, `=403`, `403 Forbidden`},
	{h1, `=404`, `404 Not Found\s+server response: injected fault: 404`},
	{h1, `\.zip$=reset`, getting + `read tcp \S+: .*` + reset},
	{h1, `\.zip$=close`, getting + `EOF`},
	{h1, `\.zip$=garbage`, `malformed HTTP`},
	{h1, `\.zip$=reset-body`, `read "\S+\.zip": read tcp \S+: .*` + reset},
	{h1, `\.zip$=cut`, `read "\S+\.zip": unexpected EOF`},
	{h1, `\.zip$=abort`, `read "\S+\.zip": unexpected EOF`},
	{h1, `\.zip$=truncate`, `zip: not a valid zip file`},
	{h1, `\.zip$=zeros`, `zip: not a valid zip file`},
	{h1, `\.zip$=flip`, `zip: checksum error|flate: corrupt input|unexpected EOF`},
	{h1, `\.zip$=portal`, `zip: not a valid zip file`},
	{h1, `\.zip$=redirect`, `zip: not a valid zip file`},
	{h1, `\.zip$=empty`, `zip: not a valid zip file`},
	{h1, `\.info$=portal`, `invalid character '<'`},
	{h1, `=conn-reset`, reset},
	{h1, `=conn-close`, getting + `EOF`},
	{h2, `\.zip$=abort`, `stream error: stream ID \d+; INTERNAL_ERROR; received from peer`},
	{h2, `\.zip$=goaway`, `http2: server sent GOAWAY and closed the connection`},
	{h2, `=conn-garbage`, `tls: first record does not look like a TLS handshake`},
	{h2, `=conn-alert`, `remote error: tls: handshake failure`},
	{Config{Cert: Untrusted}, ``, `x509: certificate signed by unknown authority`},
	{Config{Cert: Expired}, ``, `x509: certificate has expired`},
	{Config{Cert: WrongHost}, ``, `x509: cannot validate certificate for 127.0.0.1`},
}

// TestRealGo shows the words in which cmd/go reports the main faults.
func TestRealGo(t *testing.T) {
	t.Parallel()
	for _, test := range realGoTests {
		t.Run(string(test.conf.Cert)+test.rule, func(t *testing.T) {
			t.Parallel()
			if test.conf.Cert != None && (runtime.GOOS == "windows" || runtime.GOOS == "darwin") {
				t.Skip("go trusts only the system's certificate store here")
			}
			conf := test.conf
			conf.Modules = Graph(1)
			if test.rule != "" {
				r, err := ParseRule(test.rule)
				if err != nil {
					t.Fatal(err)
				}
				conf.Rules = []Rule{r}
			}
			s := start(t, conf)
			out, err := newGo(t, s).run(t.Context(), "mod", "download", "demo.test/m00@v1.0.0")
			if err == nil {
				t.Error("go mod download succeeded")
			}
			if !regexp.MustCompile(test.want).MatchString(out) {
				t.Errorf("go printed:\n%s\nwant %s", out, test.want)
			}
		})
	}
}

// TestRealGoHangs shows the faults on which cmd/go waits for ever: it is still
// there, silent, when it has met the fault, and is then killed.
func TestRealGoHangs(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"stall", "stall-body", "drip:1h", "conn-stall"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := start(t, Config{Modules: Graph(1), Rules: []Rule{spoiling(t, fault)}})
			g := newGo(t, s)
			ctx, kill := context.WithCancel(t.Context())
			defer kill()
			ended := make(chan error, 1)
			go func() {
				out, err := g.run(ctx, "mod", "download", "demo.test/m00@v1.0.0")
				if out != "" {
					t.Errorf("go printed %q", out)
				}
				ended <- err
			}()
			until(t, "go met the fault", func() bool { return len(s.Spoiled()) > 0 })
			select {
			case err := <-ended:
				t.Errorf("go ended: %v", err)
			default:
			}
			kill()
			<-ended
		})
	}
}

// TestRealGoGraph builds a program on a graph of modules, first through a
// sound proxy, then again and again through one that spoils requests, until
// it is through: what was fetched is not fetched again.
func TestRealGoGraph(t *testing.T) {
	t.Parallel()
	const n = 25
	mods := Graph(n)
	s := start(t, Config{Modules: mods, Cert: None})
	g := newGo(t, s)
	files, err := Program(mods)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(g.dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetRules(Rule{Chance: 0.3, Faults: []Fault{{Kind: Cut}, {Status, "502"}}}); err != nil {
		t.Fatal(err)
	}
	runs := 1
	for ; ; runs++ {
		out, err := g.run(t.Context(), "mod", "download")
		if err == nil {
			break
		}
		if runs == 20 {
			t.Fatalf("not through after %d runs: %s", runs, out)
		}
	}
	if runs == 1 {
		t.Error("go mod download succeeded at once through a bad proxy")
	}
	if err := s.SetRules(); err != nil {
		t.Fatal(err)
	}
	sound := len(s.Requests())
	if out, err := g.run(t.Context(), "mod", "verify"); err != nil || out != "all modules verified\n" {
		t.Errorf("go mod verify: %v\n%s", err, out)
	}
	if out, err := g.run(t.Context(), "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "."); err != nil ||
		strings.Count(out, "demo.test/") != n {
		t.Errorf("go list: %v, not all %d modules are needed:\n%s", err, n, out)
	}
	if more := s.Requests()[sound:]; len(more) > 0 {
		t.Errorf("requests although all was fetched: %v", more)
	}
	mod, err := os.ReadFile(filepath.Join(g.dir, "go.mod"))
	if err != nil || !bytes.Equal(mod, []byte(files["go.mod"])) {
		t.Errorf("go changed go.mod to\n%s", mod)
	}
}
