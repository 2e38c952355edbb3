//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gosafe/internal/faultproxy"
)

// The test binary is also the doctor: under its own name on this machine as it
// is, as "doctor" on the one that DOCTOR_ROOT and DOCTOR_DNS describe.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gosafe-doctor": main, "doctor": kit, "holder": holder})
}

// kit is main on a machine that partly is made up.
func kit() {
	dir, _ := os.Getwd()
	p := newPatient(os.Environ(), dir)
	if root := os.Getenv("DOCTOR_ROOT"); root != "" {
		p.Etc, p.Kmsg = filepath.Join(root, "etc"), filepath.Join(root, "kmsg")
		if os.Getenv("DOCTOR_PROC") == "" {
			p.Proc, p.Cgroup = filepath.Join(root, "proc"), filepath.Join(root, "cgroup")
		}
	}
	if server := os.Getenv("DOCTOR_DNS"); server != "" {
		p.Net.Servers = []string{server}
		p.Net.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "udp", server)
		}}
	}
	os.Exit(run(os.Args[1:], p, os.Stdout, os.Stderr))
}

// A lab is a healthy machine, as far as a doctor can see, in which a test
// breaks one thing.
type lab struct {
	t    *testing.T
	dir  string            // all of it
	mod  string            // the module that is looked at
	root string            // what the system tells about itself
	env  map[string]string // the environment
	wrap []string          // the command that the doctor is started by, if any
	user uint32            // the user to run as, if not this one
	args []string
}

// tools are the programs that the doctor, git and the C compiler start.
var tools = []string{"git", "ssh", "sh", "gcc", "cc", "as", "ld", "ulimit", "mount", "env", "rm", "cat", "sleep"}

// newLab makes a healthy machine.
func newLab(t *testing.T) *lab {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	must(t, os.Chmod(filepath.Dir(dir), 0o755)) // another user looks, too
	l := &lab{t: t, dir: dir, mod: filepath.Join(dir, "mod"), root: filepath.Join(dir, "system")}
	for _, name := range []string{"home", "tmp", "bin"} {
		l.mkdir(name)
	}
	must(t, os.Chmod(l.path("tmp"), 0o777|os.ModeSticky))
	for _, name := range tools {
		if path, err := exec.LookPath(name); err == nil {
			path, err = filepath.Abs(path)
			must(t, err)
			must(t, os.Symlink(path, l.path("bin/"+name)))
		}
	}
	l.write("system/proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 12000000 kB\nSwapFree: 0 kB\n")
	l.write("system/proc/self/cgroup", "0::/\n")
	l.write("system/cgroup/cgroup.controllers", "cpu memory pids\n")
	must(t, faultproxy.NoTelemetry(l.path("home")))
	l.write("home/.gitconfig", "[user]\n\tname = n\n\temail = n@example.com\n")
	proxy, err := healthyProxy()
	must(t, err)
	l.env = map[string]string{
		"PATH": l.path("bin") + ":" + filepath.Join(realGoroot(), "bin"), "HOME": l.path("home"), "TMPDIR": l.path("tmp"),
		"GOPROXY": proxy, "GOSUMDB": "sums.test+00000000+AAAA", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw",
		"GOENV": l.path("home/goenv"), "GOPATH": l.path("home/go"), "GOCACHE": l.path("home/cache"),
		"GIT_CONFIG_NOSYSTEM": "1", "DOCTOR_ROOT": l.root, "NO_PROXY": "", "LANG": "C.UTF-8",
	}
	l.env["DOCTOR_DNS"] = l.dns(true)
	l.program()
	return l
}

// program writes the module and fills the cache with what it requires.
func (l *lab) program() {
	files, err := faultproxy.Program(graph())
	must(l.t, err)
	for name, content := range files {
		l.write("mod/"+name, content)
	}
	cache, err := filledCache()
	must(l.t, err)
	must(l.t, os.CopyFS(l.path("home/go"), os.DirFS(cache)))
	l.git("init", "-q")
}

// git runs git in the module.
func (l *lab) git(args ...string) {
	l.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = l.mod, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + l.path("home"), "GIT_CONFIG_NOSYSTEM=1"}
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }

func (l *lab) mkdir(name string) string {
	l.t.Helper()
	must(l.t, os.MkdirAll(l.path(name), 0o755))
	return l.path(name)
}

// write writes a file; its name and its content say what it is for. Scripts
// may be run.
func (l *lab) write(name, content string) string {
	l.t.Helper()
	l.mkdir(filepath.Dir(name))
	if strings.HasPrefix(content, "#!") {
		cmd := exec.Command("sh", "-c", `cat >"$1" && chmod 755 "$1"`, "sh", l.path(name)) // see copyFile
		cmd.Stdin = strings.NewReader(content)
		must(l.t, cmd.Run())
		return l.path(name)
	}
	must(l.t, os.WriteFile(l.path(name), []byte(content), 0o644))
	return l.path(name)
}

// add appends to a file.
func (l *lab) add(name, content string) {
	l.t.Helper()
	old, err := os.ReadFile(l.path(name))
	if err != nil && !os.IsNotExist(err) {
		l.t.Fatal(err)
	}
	l.write(name, string(old)+content)
}

// cached is the path of a file in the module cache.
func (l *lab) cached(name string) string { return l.path("home/go/pkg/mod/" + name) }

// examine runs the doctor.
func (l *lab) examine() report {
	l.t.Helper()
	stdout, stderr, _ := l.run(append([]string{"-json"}, l.args...)...)
	var r report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		l.t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return r
}

// run runs the doctor and returns what it said, and its exit status.
func (l *lab) run(args ...string) (stdout, stderr string, status int) {
	l.t.Helper()
	doctor := filepath.Join(binDir(), "doctor")
	if l.user != 0 || isFile(l.path("doctor/gosafe")) {
		doctor = l.copyFile(doctor, "doctor/doctor")
	}
	argv := append(append([]string{}, l.wrap...), append([]string{doctor}, args...)...)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = l.mod
	for k, v := range l.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	as(cmd, l.user)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		l.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// copyFile copies a program. Another process does it: one that is written by
// this one could not be run while a test beside it forks (go.dev/issue/22315).
func (l *lab) copyFile(from, to string) string {
	l.t.Helper()
	l.mkdir(filepath.Dir(to))
	if out, err := capture("cp", "-L", from, l.path(to)); err != nil {
		l.t.Fatal(out)
	}
	return l.path(to)
}

// realGoroot is where the go is that runs the tests.
var realGoroot = sync.OnceValue(func() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		panic(fmt.Sprintf("go env GOROOT: %v", err))
	}
	return strings.TrimSpace(string(out))
})

// graph are the modules that the program of a lab requires.
func graph() []faultproxy.Module { return faultproxy.Graph(3) }

// healthyProxy is the URL of a sound module proxy, which passes a checksum
// database on, too. It serves all labs, until the tests end.
var healthyProxy = sync.OnceValues(func() (string, error) {
	s, err := faultproxy.Start(faultproxy.Config{Modules: graph()})
	if err != nil {
		return "", err
	}
	return httptest.NewServer(moduleProxy(s.URL())).URL, nil
})

// moduleProxy passes modules on from upstream, and knows the checksum database
// sums.test.
func moduleProxy(upstream string) http.Handler {
	u, err := url.Parse(upstream)
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(u))
	for _, name := range []string{"sums.test", "sum.golang.org"} {
		mux.HandleFunc("/sumdb/"+name+"/supported", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/sumdb/"+name+"/lookup/", func(w http.ResponseWriter, r *http.Request) {
			asked := strings.TrimPrefix(r.URL.Path, "/sumdb/"+name+"/lookup/")
			fmt.Fprintf(w, "1\n%s h1:AAAA\n", strings.Replace(asked, "@", " ", 1))
		})
	}
	return mux
}

// filledCache is a GOPATH with the modules of graph, downloaded once.
var filledCache = sync.OnceValues(func() (string, error) {
	proxy, err := healthyProxy()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(binDir(), "gopath")
	if err != nil {
		return "", err
	}
	files, err := faultproxy.Program(graph())
	if err != nil {
		return "", err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			return "", err
		}
	}
	if err := faultproxy.NoTelemetry(dir); err != nil {
		return "", err
	}
	gopath := filepath.Join(dir, "go")
	cmd := exec.Command(filepath.Join(realGoroot(), "bin", "go"), "mod", "download")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GOPATH=" + gopath, "GOPROXY=" + proxy, "GOFLAGS=-modcacherw",
		"GOTOOLCHAIN=local", "GOENV=off", "GOWORK=off", "GOSUMDB=off"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("filling a cache: %v\n%s", err, out)
	}
	return gopath, nil
})

// builtGosafe is a directory with gosafe and gosafe-shim, built once.
var builtGosafe = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(binDir(), "built") + string(filepath.Separator)
	cmd := exec.Command(filepath.Join(realGoroot(), "bin", "go"), "build", "-buildvcs=false", "-o", dir, "gosafe", "gosafe/gosafe-shim")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building gosafe: %v\n%s", err, out)
	}
	return dir, nil
})

// binDir is where testscript.Main has put the doctor. It removes it at the end.
func binDir() string { return filepath.SplitList(os.Getenv("PATH"))[0] }

// UnmarshalText reads what -json prints.
func (l *level) UnmarshalText(text []byte) error {
	i := slices.Index(levelNames, string(text))
	if i < 0 {
		return fmt.Errorf("no level %q", text)
	}
	*l = level(i)
	return nil
}
