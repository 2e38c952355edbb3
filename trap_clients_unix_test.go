//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gosafe/internal/faultproxy"
)

// clients are programs that run go, the version they are tested at, and what is
// done with them in a small module. The first word of a command that is no
// client is one of the system's.
var clients = []struct {
	name, install string
	commands      []string
}{
	{"gopls", "golang.org/x/tools/gopls@v0.23.0", []string{"gopls check main.go bad/bad.go", "gopls definition main.go:8:8", "gopls workspace_symbol Shout", "gopls references up/up.go:6:6"}},
	{"staticcheck", "honnef.co/go/tools/cmd/staticcheck@v0.8.2", []string{"staticcheck ./...", "staticcheck ./up"}},
	{"gotestsum", "gotest.tools/gotestsum@v1.13.0", []string{"gotestsum ./up ./failing", "gotestsum --format standard-verbose -- -count=1 ./up"}},
	{"mage", "github.com/magefile/mage@v1.17.2", []string{"mage build", "mage -l", "mage fails"}},
	{"task", "github.com/go-task/task/v3/cmd/task@v3.50.0", []string{"task build", "task fails"}},
	{"golangci-lint", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0", []string{"golangci-lint run --no-config . ./up", "golangci-lint run --no-config . ./bad"}}, // of several type errors it tells one or more, by chance
	{"goreleaser", "github.com/goreleaser/goreleaser/v2@v2.16.0", []string{ // the last one whose modules the proxy gives out, and that go1.26 builds
		"goreleaser build --snapshot --single-target --clean", "goreleaser build --snapshot --single-target --clean -f broken.yaml",
	}},
	{"ko", "github.com/google/ko@v0.19.1", []string{"ko build --push=false --oci-layout-path=layout .", "ko build --push=false --oci-layout-path=layout ./broken", "ko build --push=false --oci-layout-path=layout ./up"}},
	{"make", "", []string{"make", "make -j4 -s both", "make fails"}},
	{"sh", "", []string{
		"sh -c cd${IFS}work&&go${IFS}build${IFS}-o${IFS}/dev/null${IFS}program.test/a&&go${IFS}list${IFS}-m", "go tool shout x y", "go generate ./nested",
		"go build -trimpath -ldflags=-s -o out.bin .", "go list -json=Name,Imports .", "go list -e -json=ImportPath,Error -compiled=true -deps=false ./bad", "go version -m out.bin",
	}},
}

// clientFiles is the module they work on.
var clientFiles = map[string]string{
	"go.mod":                  "module program.test\n\ngo 1.24\n\ntool program.test/shout\n",
	"main.go":                 "package main\n\nimport (\n\t\"fmt\"\n\n\t\"program.test/up\"\n)\n\nfunc main() { fmt.Println(up.Shout(\"x\")) }\n",
	"up/up.go":                "package up\n\nimport \"strings\"\n\n// Shout shouts.\nfunc Shout(s string) string { return strings.ToUpper(s) }\n",
	"up/up_test.go":           "package up\n\nimport \"testing\"\n\nfunc TestShout(t *testing.T) {\n\tif Shout(\"a\") != \"A\" {\n\t\tt.Error(\"quiet\")\n\t}\n}\n",
	"failing/failing_test.go": "package failing\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { t.Error(\"unexpected EOF\") }\n",
	"bad/bad.go":              "package bad\n\nfunc F() int { return nothing }\n",
	"broken/main.go":          "package main\n\nfunc main() { nothing() }\n",
	".goreleaser.yaml":        "version: 2\nbuilds: [{env: [CGO_ENABLED=0], hooks: {pre: go generate ./nested}}]\n",
	"broken.yaml":             "version: 2\nbuilds: [{main: ./broken, env: [CGO_ENABLED=0]}]\n",
	"shout/main.go":           "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"program.test/up\"\n)\n\nfunc main() { fmt.Println(up.Shout(fmt.Sprint(os.Args[1:]))) }\n",
	"nested/nested.go":        "package nested\n\n//go:generate go run ../shout generated\n//go:generate go env GOOS\n",
	"Makefile":                "all:\n\tgo build -o /dev/null .\n\tgo vet ./up\na b:\n\tgo test -count=1 ./up >/dev/null && echo tested\nboth: a b\nfails:\n\tgo build ./bad\n.PHONY: all a b both fails\n",
	"Taskfile.yml":            "version: '3'\ntasks:\n  build:\n    cmds: [go build -o /dev/null ., go run ./shout task]\n  fails:\n    cmds: [go build ./bad]\n",
	"magefile.go": "//go:build mage\n\npackage main\n\nimport (\n\t\"os\"\n\t\"os/exec\"\n)\n\nfunc sh(args ...string) error {\n\tcmd := exec.Command(\"go\", args...)\n\tcmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr\n\treturn cmd.Run()\n}\n\n" +
		"// Build builds.\nfunc Build() error { return sh(\"run\", \"./shout\", \"mage\") }\n\n// Fails does.\nfunc Fails() error { return sh(\"build\", \"./bad\") }\n",
	"work/go.work": "go 1.24\n\nuse (\n\t./a\n\t./b\n)\n", "work/a/go.mod": "module program.test/a\n\ngo 1.24\n", "work/b/go.mod": "module program.test/b\n\ngo 1.24\n",
	"work/a/main.go": "package main\n\nimport \"program.test/b\"\n\nfunc main() { b.F() }\n", "work/b/b.go": "package b\n\nfunc F() {}\n",
}

// TestClients: programs that stand on go do the same with gosafe below them.
// With -long, those that have to be fetched are tested too.
func TestClients(t *testing.T) {
	t.Parallel()
	if realGo().goroot == "" {
		t.Skip("no go command")
	}
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			if c.install != "" {
				if !*long {
					t.Skip("it has to be fetched: -long")
				}
				install := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "install", c.install)
				install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=", "GOWORK=off")
				if out, err := install.CombinedOutput(); err != nil {
					t.Skipf("go install %s: %v\n%s", c.install, err, out)
				}
			} else if _, err := exec.LookPath(c.name); err != nil {
				t.Skip(err)
			}
			w := newClientWorld(t, bin)
			if c.name == "goreleaser" {
				w.commit()
			}
			for _, command := range c.commands {
				w.run(command, "") // fills the caches
				want, direct := w.run(command, "")
				got, through := w.run(command, shimDir()+":")
				if want != got {
					t.Errorf("%s: with the real go:\n%s\nthrough gosafe:\n%s", command, want, got)
				}
				t.Logf("%s: %v, through gosafe %v, with %d calls of go", command, direct.Round(time.Millisecond), through.Round(time.Millisecond), strings.Count(w.calls(), "\n"))
			}
		})
	}
}

// A clientWorld is a module, and an environment to work on it.
type clientWorld struct {
	t         *testing.T
	bin, home string
	dir       string
	toolchain string // below it is the real go, which counts its calls
	image     string // for ko to build on
}

func newClientWorld(t *testing.T, bin string) clientWorld {
	t.Helper()
	w := clientWorld{t, bin, t.TempDir(), t.TempDir(), t.TempDir(), serveImage(t)}
	if err := faultproxy.NoTelemetry(w.home); err != nil {
		t.Fatal(err)
	}
	for name, text := range clientFiles {
		file := filepath.Join(w.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(w.home, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	w.countCalls()
	return w
}

// varies is what differs between any two runs: times, and the numbers that
// gopls gives to its processes.
var varies = regexp.MustCompile(`\(?\d+(\.\d+)?m?s\)?|\(cached\)|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`)

// run runs a command with path before the real go, and returns what it said,
// how it ended, and which subcommands of go it has called. Where jobs run at the
// same time, lines come in any order, and so do the calls. Two shims that call
// each other would go on for ever: that is ended.
func (w clientWorld) run(command, path string) (string, time.Duration) {
	w.t.Helper()
	words := strings.Fields(command)
	if words[0] == "sh" {
		words = []string{"sh", "-c", strings.ReplaceAll(words[2], "${IFS}", " ")}
	}
	full := w.bin + ":" + path + filepath.Join(w.toolchain, "bin") + ":/usr/bin:/bin"
	var program string
	for _, dir := range filepath.SplitList(full) {
		if program = filepath.Join(dir, words[0]); exists(program) {
			break
		}
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, words[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Args[0] = words[0]
	cmd.Dir = w.dir
	cmd.Env = []string{
		"PATH=" + full, "HOME=" + w.home, "GOENV=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS=-buildvcs=false", "TERM=dumb",
		"GOCACHE=" + realGo().gocache, "XDG_CACHE_HOME=" + w.home, "MAGEFILE_CACHE=" + filepath.Join(w.home, "mage"), "TASK_TEMP_DIR=" + filepath.Join(w.home, "task"),
		"TMPDIR=" + filepath.Join(w.home, "tmp"), "KO_DEFAULTBASEIMAGE=" + w.image,
	}
	os.Remove(w.callsFile())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	said, calls := varies.ReplaceAllString("stdout:\n"+stdout.String()+"stderr:\n"+stderr.String(), "TIME"), w.calls()
	if strings.Contains(command, "-j") || words[0] == "gopls" {
		said = sorted(said)
	}
	if words[0] == "gopls" {
		calls = strings.ReplaceAll(calls, "go mod\n", "") // it tidies beside its work, none to three times before that ends
	}
	return fmt.Sprintf("%s%v, after these calls:\n%s", said, cmd.ProcessState, sorted(calls)), took
}

// sorted sorts lines.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
