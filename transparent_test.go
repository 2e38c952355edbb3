package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// commands are what people and programs do with go, on a healthy network. Each
// is run by the real go and by gosafe, in the same directory, made afresh.
var commands = []string{
	"version", "version -m x.bin", "env GOROOT GOPROXY GOFLAGS", "env -json GOOS GOARCH", "help build", "help mod download", "",
	"build", "build ./good/...", "build -v ./good", "build -o x.out .", "build ./bad", "build ./missing", "build -nosuchflag", "build nosuch.test/pkg",
	"build -json ./good", "build -json ./bad",
	"vet .", "vet ./vetbad", "vet -json ./vetbad", "fix ./good", "fmt ./good",
	"list", "list ./...", "list -json .", "list -deps .", "list -m", "list -m all", "list -m -json all", "list -m -versions demo.test/m01",
	"list -f {{.Dir}} ./good", "list -e -json ./missing", "list nosuch.test/pkg",
	"mod download", "mod download -json", "mod download -x=false demo.test/m01", "mod graph", "mod why demo.test/m03", "mod why -m demo.test/m03", "mod verify",
	"mod tidy", "mod tidy -diff", "mod vendor", "mod edit -json", "mod init again.test", "mod nosuch",
	"get demo.test/m01@v1.1.1", "get demo.test/m01@v9.9.9", "get nosuch.test/pkg@v1.0.0", "get ./...",
	"install ./tool", "install demo.test/cmd@v1.0.0", "run demo.test/cmd@v1.0.0 a b",
	"run .", "run ./tool x y", "run ./exit3", "run ./cat", "run ./bad",
	"test .", "test -v ./good", "test ./good ./failing ./bad", "test -run Nothing -count=1 ./good", "test -json ./failing", "test -c -o t.out ./good", "test ./missing",
	"generate ./gen", "tool", "tool tool x", "tool nosuch", "tool compile -V", "doc demo.test/m00", "doc fmt.Println",
	"work init .", "work sync", "-C good list", "clean", "telemetry", "frobnicate",
}

// program is the module that the commands work on, beside what
// faultproxy.Program makes.
var program = map[string]string{
	"main_test.go":            "package main\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {}\n",
	"good/good.go":            "package good\n\nfunc F() int { return 1 }\n",
	"good/good_test.go":       "package good\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { t.Log(F()) }\n",
	"bad/bad.go":              "package bad\n\nfunc F() int { return connectionReset }\n",
	"missing/missing.go":      "package missing\n\nimport _ \"nosuch.test/pkg\"\n",
	"vetbad/vetbad.go":        "package vetbad\n\nimport \"fmt\"\n\nfunc F() { fmt.Printf(\"%d\\n\", \"x\") }\n",
	"failing/failing_test.go": "package failing\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) {\n\tt.Error(`Get \"https://proxy.golang.org/\": read: connection reset by peer`)\n\tt.Error(\"502 Bad Gateway\")\n\tt.Fatal(\"unexpected EOF\")\n}\n",
	"tool/main.go":            "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() { fmt.Println(os.Args[1:]) }\n",
	"exit3/main.go":           "package main\n\nimport \"os\"\n\nfunc main() { println(\"dial tcp: i/o timeout\"); os.Exit(3) }\n",
	"cat/main.go":             "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n",
	"gen/gen.go":              "package gen\n\n//go:generate go version\n",
}

// TestTransparent: on a healthy network, nobody can tell that gosafe is there.
func TestTransparent(t *testing.T) {
	t.Parallel()
	mods := append(faultproxy.Graph(6), command)
	server, err := faultproxy.Start(faultproxy.Config{Modules: mods})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	files, err := faultproxy.Program(mods[:6])
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range program {
		files[name] = content
	}
	files["go.mod"] = strings.Replace(files["go.mod"], "go 1.18\n", "go 1.24\n\ntool program.test/tool\n", 1)

	// Several at once, each lane in a place of its own.
	lanes := 3
	for lane := range lanes {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, server, files)
			for i, line := range commands {
				if i%lanes == lane {
					w.compare(line)
				}
			}
		})
	}
}

// A world is a directory in which a command is run twice.
type world struct {
	t     *testing.T
	dir   string
	env   []string
	files map[string]string
}

func newWorld(t *testing.T, server *faultproxy.Server, files map[string]string) *world {
	t.Helper()
	dir := t.TempDir()
	env, err := server.Environ(dir)
	if err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(realGo().goroot, "bin")
	path := strings.Join([]string{shimDir(), real, os.Getenv("PATH")}, string(os.PathListSeparator))
	env = append(env, "PATH="+path, "GOCACHE="+realGo().gocache, "GOWORK=")
	return &world{t, dir, env, files}
}

// A trace is all that can be seen of a run.
type trace struct {
	stdout, stderr string
	exit           int
	tree           string // the files afterwards
}

func (w *world) compare(line string) {
	w.t.Helper()
	real := filepath.Join(realGo().goroot, "bin", "go"+exe())
	w.run(real, line) // what it leaves in the build cache shows in the next run
	want := w.run(real, line)
	got := w.run(filepath.Join(shimDir(), "go"+exe()), line)
	for _, seen := range []struct{ what, real, ours string }{
		{"stdout", want.stdout, got.stdout}, {"stderr", want.stderr, got.stderr}, {"files", want.tree, got.tree},
	} {
		if seen.real != seen.ours {
			w.t.Errorf("go %s: %s of the real go:\n%s\nthrough gosafe:\n%s", line, seen.what, seen.real, seen.ours)
		}
	}
	if want.exit != got.exit {
		w.t.Errorf("go %s: exit status %d, through gosafe %d", line, want.exit, got.exit)
	}
}

// run runs a command on fresh files and an empty module cache.
func (w *world) run(program, line string) trace {
	w.t.Helper()
	app := filepath.Join(w.dir, "app")
	for _, gone := range []string{"app", "mod", "gopath"} {
		if err := os.RemoveAll(filepath.Join(w.dir, gone)); err != nil {
			w.t.Fatal(err)
		}
	}
	for name, content := range w.files {
		file := filepath.Join(app, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			w.t.Fatal(err)
		}
	}
	cmd := exec.Command(program, strings.Fields(line)...)
	cmd.Args[0] = "go"
	cmd.Dir, cmd.Env = app, append(w.env, "PWD="+app)
	cmd.Stdin = strings.NewReader("what is typed\n")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	return trace{steady(stdout.String()), steadyErr(stderr.String()), cmd.ProcessState.ExitCode(), w.tree(app)}
}

// tree lists the files below dir, with the contents of go.mod and go.sum.
func (w *world) tree(dir string) string {
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b.WriteString(strings.TrimPrefix(path, dir) + "\n")
		switch d.Name() {
		case "go.mod", "go.sum", "go.work":
			data, _ := os.ReadFile(path)
			b.Write(data)
		}
		return nil
	})
	return b.String()
}

var durations = regexp.MustCompile(`\d+\.\d+s|"Elapsed":[\d.]+|"Time":"[^"]+"`)

// steady takes out what differs between any two runs: how long tests took.
func steady(s string) string { return durations.ReplaceAllString(s, "TIME") }

// steadyErr sorts the lines that tell of downloads as well: go makes them at
// the same time, and prints them in no order.
func steadyErr(s string) string {
	var downloads, rest []string
	for line := range strings.Lines(steady(s)) {
		if strings.HasPrefix(line, "go: downloading ") {
			downloads = append(downloads, line)
		} else {
			rest = append(rest, line)
		}
	}
	slices.Sort(downloads)
	return strings.Join(append(downloads, rest...), "")
}
