package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// A privateGo is a real Go of our own: a copy of the go command, in a GOROOT
// whose other files are those of the Go that is installed. It stands in front of
// modules of a proxy of our own.
type privateGo struct {
	t      *testing.T
	dir    string
	root   string // GOROOT
	bin    string // where install.sh has put gosafe
	server *faultproxy.Server
	env    []string // without PATH
}

func newPrivateGo(t *testing.T, goroot string) *privateGo {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("install.sh is not for Windows")
	}
	if goroot == "" {
		t.Skip("no go command")
	}
	mods := faultproxy.Graph(6)
	server, err := faultproxy.Start(faultproxy.Config{Modules: mods, OneShot: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := &privateGo{t: t, dir: dir, root: filepath.Join(dir, "go"), bin: filepath.Join(dir, "gosafe", "bin"), server: server}
	if g.env, err = server.Environ(dir); err != nil {
		t.Fatal(err)
	}
	g.env = append(g.env, "GOCACHE="+realGo().gocache)
	g.copyGo(goroot)
	modules, err := faultproxy.Program(mods)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range modules {
		g.write(filepath.Join("needs", name), text)
	}
	for name, text := range nesting {
		g.write(name, text)
	}
	return g
}

// nesting is a module whose program, test and generator all call go for another
// one, by the name alone.
var nesting = map[string]string{
	"nests/go.mod": "module nests.test\n\ngo 1.21\n",
	"nests/main.go": `package main

import (
	"fmt"
	"os"
	"os/exec"
)

//go:generate go -C ../needs mod download

func main() {
	if !download() {
		os.Exit(1)
	}
}

func download() bool {
	cmd := exec.Command("go", "mod", "download")
	cmd.Dir, cmd.Stdout, cmd.Stderr = "../needs", os.Stdout, os.Stderr
	err := cmd.Run()
	fmt.Println("nested:", err)
	return err == nil
}
`,
	"nests/main_test.go": "package main\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {\n\tif !download() {\n\t\tt.Fail()\n\t}\n}\n",
}

func (g *privateGo) write(name, text string) {
	g.t.Helper()
	file := filepath.Join(g.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		g.t.Fatal(err)
	}
}

// copyGo makes a GOROOT that has everything from another one but its go command.
func (g *privateGo) copyGo(from string) {
	g.t.Helper()
	if err := os.MkdirAll(filepath.Join(g.root, "bin"), 0o777); err != nil {
		g.t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "bin" {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(g.root, e.Name())); err != nil {
			g.t.Fatal(err)
		}
	}
	program, err := os.ReadFile(filepath.Join(from, "bin", "go"))
	if err != nil {
		g.t.Fatal(err)
	}
	if err := writeProgram(filepath.Join(g.root, "bin", "go"), string(program)); err != nil {
		g.t.Fatal(err)
	}
}

// path is a PATH with directories below ours before the system's, none of which
// has a go.
func (g *privateGo) path(dirs ...string) string {
	for i, dir := range dirs {
		dirs[i] = filepath.Join(g.dir, dir)
	}
	return "PATH=" + strings.Join(append(dirs, systemPath()), ":")
}

// install runs install.sh with the programs of this test.
func (g *privateGo) install(args ...string) {
	g.t.Helper()
	script, err := filepath.Abs("install.sh")
	if err != nil {
		g.t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{script, "--bin", g.bin}, args...)...)
	cmd.Dir, cmd.Env = g.dir, append(slices.Clone(g.env), g.path("go/bin"))
	if out, err := cmd.CombinedOutput(); err != nil {
		g.t.Fatalf("install.sh %q: %v\n%s", args, err, out)
	}
}

// run runs a command in the directory of the module that nests. Its first word
// is a path below our own directory, or go as the shell finds it with dirs first
// on PATH.
func (g *privateGo) run(dirs []string, command string, env ...string) (stdout, stderr string, exit int) {
	g.t.Helper()
	words := strings.Fields(command)
	program := filepath.Join(g.dir, words[0])
	if words[0] == "go" {
		program = filepath.Join(g.dir, dirs[0], "go")
	} else {
		words[0] = program
	}
	cmd := exec.Command(program)
	cmd.Args = words
	cmd.Dir = filepath.Join(g.dir, "nests")
	cmd.Env = append(append(slices.Clone(g.env), g.path(slices.Clone(dirs)...)), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		g.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// spoil empties the module cache, and lets the proxy spoil the next request for
// a zip.
func (g *privateGo) spoil() {
	g.t.Helper()
	if err := os.RemoveAll(filepath.Join(g.dir, "mod")); err != nil {
		g.t.Fatal(err)
	}
	rule, err := faultproxy.ParseRule(`\.zip$=502,times=1`)
	if err == nil {
		err = g.server.SetRules(rule)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}
