// A command trusts our certificates through SSL_CERT_FILE, which only Linux heeds.

//go:build linux

package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"gosafe/internal/faultproxy"
)

// A hosts is the whole network of a go command: an HTTP proxy that answers in
// the place of every host, under certificates that the command trusts, and
// writes down what was asked for.
type hosts struct {
	t    *testing.T
	home string
	env  []string // of a command on this network
	addr string   // of the server that plays all hosts

	mu    sync.Mutex
	play  map[string]http.Handler
	asked []string // host and path; of a host that nobody plays, host and port
}

// hostNames are those that can be played.
var hostNames = []string{
	"proxy.golang.org", "goproxy.cn", // well-known public proxies
	"corp.test", "next.test", "mirror.test", "mirror2.test", // module proxies
	"sum.test", "othersum.test", "demo.test",
}

func newHosts(t *testing.T) *hosts {
	t.Helper()
	h := &hosts{t: t, home: t.TempDir(), play: map[string]http.Handler{}}
	cert, ca, err := faultproxy.Certificate(hostNames...)
	if err != nil {
		t.Fatal(err)
	}
	h.write("ca.pem", string(ca))
	if err := faultproxy.NoTelemetry(h.home); err != nil {
		t.Fatal(err)
	}
	h.addr = h.listen(h.answer, &tls.Config{Certificates: []tls.Certificate{cert}})
	web := "http://" + h.listen(h.connect, nil)
	h.env = append(h.baseEnv(), "HTTPS_PROXY="+web, "HTTP_PROXY="+web, "SSL_CERT_FILE="+filepath.Join(h.home, "ca.pem"))
	return h
}

// baseEnv holds nothing of the user's.
func (h *hosts) baseEnv() []string {
	return []string{
		"PATH=" + strings.Join([]string{shimDir(), filepath.Join(realGo().goroot, "bin"), "/usr/local/bin", "/usr/bin", "/bin"}, ":"),
		"HOME=" + h.home, "TMPDIR=" + h.home, "XDG_CONFIG_HOME=", "GIT_CONFIG_NOSYSTEM=1",
		"GOPATH=" + filepath.Join(h.home, "gopath"), "GOCACHE=" + realGo().gocache, "GOFLAGS=-modcacherw",
		"GOENV=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOSAFE_PATIENCE=20s",
	}
}

// listen serves on a port of loopback until the test ends.
func (h *hosts) listen(handler http.HandlerFunc, conf *tls.Config) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.serve(l, handler, conf)
	return l.Addr().String()
}

// serve serves until the test ends.
func (h *hosts) serve(l net.Listener, handler http.HandlerFunc, conf *tls.Config) {
	s := &http.Server{Handler: handler, TLSConfig: conf, ErrorLog: log.New(io.Discard, "", 0)}
	if conf == nil {
		go s.Serve(l)
	} else {
		go s.ServeTLS(l, "", "")
	}
	h.t.Cleanup(func() { s.Close() })
}

// connect is the HTTP proxy.
func (h *hosts) connect(w http.ResponseWriter, r *http.Request) {
	name, port, _ := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || port != "443" || h.handler(name) == nil {
		h.note(r.Host)
		http.Error(w, "nobody", http.StatusBadGateway)
		return
	}
	to, err := net.Dial("tcp", h.addr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer to.Close()
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(to, from)
		to.Close()
	}()
	io.Copy(from, to)
}

// answer is every host.
func (h *hosts) answer(w http.ResponseWriter, r *http.Request) {
	h.note(r.Host + r.URL.Path)
	h.handler(r.Host).ServeHTTP(w, r)
}

func (h *hosts) handler(name string) http.Handler {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.play[name]
}

func (h *hosts) set(name string, handler http.Handler) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.play[name] = handler
}

func (h *hosts) note(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, what)
}

// forget drops what was written down.
func (h *hosts) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = nil
}

// requests returns the requests that contain all of the parts, in their order.
func (h *hosts) requests(parts ...string) (some []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.asked {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(a, p) }) {
			some = append(some, a)
		}
	}
	return some
}

// names returns the hosts that were asked for anything, each once, sorted.
func (h *hosts) names() string {
	var names []string
	for _, a := range h.requests() {
		name, _, _ := strings.Cut(a, "/")
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// proxy plays a module proxy.
func (h *hosts) proxy(name string, mods []faultproxy.Module, rules ...string) {
	h.t.Helper()
	conf := faultproxy.Config{Modules: mods}
	for _, text := range rules {
		rule, err := faultproxy.ParseRule(text)
		if err != nil {
			h.t.Fatal(err)
		}
		conf.Rules = append(conf.Rules, rule)
	}
	s, err := faultproxy.Start(conf)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { s.Close() })
	h.set(name, s)
}

// sumdb plays sum.test, a checksum database of these modules, and returns the
// key that GOSUMDB takes. The module proxies in via serve it too.
func (h *hosts) sumdb(mods []faultproxy.Module, via ...string) (key string) {
	h.t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "sum.test")
	if err != nil {
		h.t.Fatal(err)
	}
	db := sumdb.NewServer(sumdb.NewTestServer(private, func(path, version string) ([]byte, error) {
		for _, m := range mods {
			if m.Path == path && m.Version == version {
				sums, err := m.Sums()
				return []byte(sums), err
			}
		}
		return nil, fmt.Errorf("%s@%s: %w", path, version, os.ErrNotExist)
	}))
	h.set("sum.test", db)
	h.set("othersum.test", db)
	for _, name := range via {
		mux := http.NewServeMux()
		mux.Handle("/", h.handler(name))
		mux.HandleFunc("/sumdb/sum.test/supported", func(http.ResponseWriter, *http.Request) {})
		mux.Handle("/sumdb/sum.test/", http.StripPrefix("/sumdb/sum.test", db))
		h.set(name, mux)
	}
	return public
}

// write makes a file in the home directory.
func (h *hosts) write(name, content string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(h.home, name)), 0o777); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.home, name), []byte(content), 0o666); err != nil {
		h.t.Fatal(err)
	}
}

// program writes the main module of a graph. Without sums, there is no go.sum.
func (h *hosts) program(mods []faultproxy.Module, sums bool) {
	h.t.Helper()
	files, err := faultproxy.Program(mods)
	if err != nil {
		h.t.Fatal(err)
	}
	for name, content := range files {
		if name != "go.sum" || sums {
			h.write(filepath.Join("program", name), content)
		}
	}
}

// run runs a go command, the shim's or the real one, in the main module.
func (h *hosts) run(program string, env []string, args ...string) (stderr string, err error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = filepath.Join(h.home, "program"), append(slices.Clone(h.env), env...)
	var b bytes.Buffer
	cmd.Stderr = &b
	err = cmd.Run()
	return b.String(), err
}

func shimGo() string { return filepath.Join(shimDir(), "go"+exe()) }

func bareGo() string { return filepath.Join(realGo().goroot, "bin", "go"+exe()) }
