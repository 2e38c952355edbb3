package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gosafe/internal/faultproxy"
)

// realGo asks the real go where it and its build cache are. It goes through our
// own go, which testscript.Main has put first on PATH: never at start, since
// this binary is that go.
var realGo = sync.OnceValue(func() (r struct{ goroot, gocache string }) {
	cmd := exec.Command("go", "env", "GOROOT", "GOCACHE")
	cmd.Env = append(os.Environ(), "GOSAFE=off")
	out, err := cmd.Output()
	if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); err == nil && len(lines) == 2 {
		r.goroot, r.gocache = lines[0], lines[1]
	}
	return r
})

// The test binary is also the shim: called as go or gosafe, it runs main.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"go": main, "gosafe": main})
}

// TestScripts runs the scripts with gosafe as it is installed, and again with
// gosafe alone under the name of go.
func TestScripts(t *testing.T) {
	t.Parallel()
	t.Run("installed", func(t *testing.T) { runScripts(t, shimDir()) })
	t.Run("alone", func(t *testing.T) { runScripts(t, aloneDir()) })
}

func runScripts(t *testing.T, shim string) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		WorkdirRoot:         t.TempDir(),
		Setup:               func(env *testscript.Env) error { return setup(env, shim) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"proxy":    cmdProxy,
			"requests": cmdRequests,
			"count":    cmdCount,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "realgo":
				return realGo().goroot != "", nil
			case "installed":
				return shim != aloneDir(), nil
			case "root":
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// aloneDir is the directory, which testscript.Main has put first on PATH, in
// which go and gosafe are this binary: gosafe without gosafe-shim.
func aloneDir() string { return filepath.SplitList(os.Getenv("PATH"))[0] }

// shimDir is a directory in which gosafe is installed as install.sh does it: go
// is gosafe-shim, and gosafe is this binary.
var shimDir = sync.OnceValue(func() string {
	if runtime.GOOS == "windows" {
		return aloneDir() // no program can become another
	}
	dir := filepath.Join(filepath.Dir(aloneDir()), "installed") // testscript.Main removes it
	cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "build", "-o", filepath.Join(dir, "gosafe-shim"), "./gosafe-shim")
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("building gosafe-shim: %v\n%s", err, out))
	}
	self, err := filepath.EvalSymlinks(filepath.Join(aloneDir(), "gosafe"))
	if err == nil {
		err = errors.Join(os.Link(self, filepath.Join(dir, "gosafe")), os.Symlink("gosafe-shim", filepath.Join(dir, "go")))
	}
	if err != nil {
		panic(err)
	}
	return dir
})

// buildFake builds the fake toolchain, once.
var buildFake = sync.OnceValues(func() (string, error) {
	root := filepath.Join(filepath.Dir(aloneDir()), "fake") // testscript.Main removes it
	for _, dir := range []string{"bin", filepath.Join("pkg", "tool")} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(filepath.Join(root, "VERSION"), []byte("go1.26.8\n"), 0o666); err != nil {
		return "", err
	}
	cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "build", "-o", filepath.Join(root, "bin", "go"+exe()), "./testdata/fakego")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building fakego: %v\n%s", err, out)
	}
	return root, nil
})

// writeProgram writes a file that is run soon: a fork of another test's must not
// inherit it while it is open for writing (go.dev/issue/22315).
func writeProgram(name, content string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(name, []byte(content), 0o777)
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// setup gives each script an environment of its own: nothing of the user's, no
// network, gosafe as go before the real one. Scripts that want the fake one
// say `env PATH=$FAKEPATH`.
func setup(env *testscript.Env, shim string) error {
	fake, err := buildFake()
	if err != nil {
		return err
	}
	system := strings.Join([]string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}, string(os.PathListSeparator))
	if runtime.GOOS == "windows" {
		system = os.Getenv("PATH")
	}
	path := func(dirs ...string) string { return strings.Join(append(dirs, system), string(os.PathListSeparator)) }
	home := filepath.Join(env.WorkDir, "home")
	if err := os.MkdirAll(filepath.Join(home, "tmp"), 0o777); err != nil {
		return err
	}
	if err := faultproxy.NoTelemetry(home); err != nil {
		return err
	}
	env.Vars = append(env.Vars,
		"HOME="+home, "USERPROFILE="+home, "LOCALAPPDATA="+home, "XDG_CACHE_HOME=", "TMPDIR="+filepath.Join(home, "tmp"),
		"SHIM="+shim, "REAL="+filepath.Join(realGo().goroot, "bin"), "REALGO="+filepath.Join(realGo().goroot, "bin", "go"+exe()),
		"SYSTEM="+system, "PLATFORM="+runtime.GOOS+"-"+runtime.GOARCH,
		"PATH="+path(shim, filepath.Join(realGo().goroot, "bin")),
		"FAKE="+filepath.Join(fake, "bin"), "FAKEPATH="+path(shim, filepath.Join(fake, "bin")),
		"FAKEGO="+filepath.Join(env.WorkDir, "fake"),
		"GOENV=off", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GOWORK=off", "GOPROXY=off", "GOSUMDB=off",
		"GOPATH="+filepath.Join(env.WorkDir, "gopath"), "GOMODCACHE="+filepath.Join(env.WorkDir, "mod"), "GOCACHE="+realGo().gocache,
		"GITHUB_ACTIONS=", "CI=",
		"GOSAFE_PATIENCE=20s",
	)
	return os.MkdirAll(filepath.Join(env.WorkDir, "fake"), 0o777)
}

// cmdProxy starts a misbehaving module proxy: proxy VAR MODULES [RULE...] sets
// $VAR to its URL. It serves a graph of so many generated modules, and the
// program that needs them all is written to the directory VAR in lower case.
// It also serves demo.test/cmd@v1.0.0, a program that prints its arguments.
func cmdProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: proxy VAR MODULES [RULE...]")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	graph := faultproxy.Graph(n)
	conf := faultproxy.Config{Modules: append(graph, command), OneShot: true}
	for _, text := range args[2:] {
		rule, err := faultproxy.ParseRule(text)
		ts.Check(err)
		conf.Rules = append(conf.Rules, rule)
	}
	server, err := faultproxy.Start(conf)
	ts.Check(err)
	ts.Defer(func() { server.Close() })
	ts.Setenv(args[0], server.URL())
	files, err := faultproxy.Program(graph)
	ts.Check(err)
	dir := ts.MkAbs(strings.ToLower(args[0]))
	ts.Check(os.MkdirAll(dir, 0o777))
	for name, content := range files {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	proxies.Store(proxyName(ts, args[0]), server)
}

// command is a module with a program.
var command = faultproxy.Module{Path: "demo.test/cmd", Version: "v1.0.0", Files: map[string]string{
	"main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n" +
		"func main() { fmt.Println(os.Args[1:], os.Getenv(\"GOPROXY\")) }\n",
}}

// proxies holds the servers by script and variable.
var proxies sync.Map

func proxyName(ts *testscript.TestScript, variable string) string {
	return ts.Getenv("WORK") + " " + variable
}

// cmdRequests compares the number of requests that a proxy got: requests VAR
// [<|>]N [PATH], PATH being a regular expression.
func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: requests VAR [<|>]N [PATH]")
	}
	server, ok := proxies.Load(proxyName(ts, args[0]))
	if !ok {
		ts.Fatalf("no proxy %s", args[0])
	}
	path := regexp.MustCompile("")
	if len(args) == 3 {
		path = regexp.MustCompile(args[2])
	}
	got := 0
	for _, r := range server.(*faultproxy.Server).Requests() {
		if path.MatchString(r.Path) {
			got++
		}
	}
	compare(ts, neg, got, args[1], "requests")
}

// cmdCount compares the number of matches in a file: count [<|>]N REGEXP FILE.
func cmdCount(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: count [<|>]N REGEXP FILE")
	}
	re := regexp.MustCompile("(?m)" + args[1])
	compare(ts, neg, len(re.FindAllString(ts.ReadFile(args[2]), -1)), args[0], "matches")
}

func compare(ts *testscript.TestScript, neg bool, got int, want, what string) {
	n, err := strconv.Atoi(strings.TrimLeft(want, "<>"))
	ts.Check(err)
	ok := got == n
	switch want[0] {
	case '<':
		ok = got < n
	case '>':
		ok = got > n
	}
	if ok == neg {
		ts.Fatalf("%d %s, want %s (negated: %v)", got, what, want, neg)
	}
}
