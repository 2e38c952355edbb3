//go:build unix

package main

import (
	"bytes"
	"encoding/pem"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gosafe/internal/faultproxy"
)

// A middlebox breaks off every HTTP/2 request and lets HTTP/1.1 through.
type middlebox struct {
	*httptest.Server
	ca           string // file with its certificate
	http1, http2 atomic.Int32
}

func newMiddlebox(t *testing.T, dir string, next http.Handler) *middlebox {
	t.Helper()
	m := &middlebox{ca: filepath.Join(dir, "ca.pem")}
	m.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			m.http2.Add(1)
			w.WriteHeader(http.StatusOK)
			w.Write([]byte("0"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		m.http1.Add(1)
		next.ServeHTTP(w, r)
	}))
	m.EnableHTTP2 = true
	m.StartTLS()
	t.Cleanup(m.Close)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Certificate().Raw})
	if err := os.WriteFile(m.ca, cert, 0o666); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestHTTP1 goes on with HTTP/1.1 where HTTP/2 breaks off each time.
func TestHTTP1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	graph := faultproxy.Graph(3)
	modules, err := faultproxy.Start(faultproxy.Config{Modules: graph})
	if err != nil {
		t.Fatal(err)
	}
	defer modules.Close()
	u, _ := url.Parse(modules.URL())
	box := newMiddlebox(t, dir, httputil.NewSingleHostReverseProxy(u))
	files, err := faultproxy.Program(graph)
	if err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(dir, "app")
	if err := os.Mkdir(app, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(app, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	stderr := download(t, app, append(gitEnv(t, dir), "GOPROXY="+box.URL, "SSL_CERT_FILE="+box.ca, "GODEBUG=netdns=go"))
	if !strings.Contains(stderr, "over HTTP/1.1") || box.http1.Load() == 0 {
		t.Errorf("%d requests over HTTP/1.1; %s", box.http1.Load(), stderr)
	}
	t.Log(stderr)
}

func TestHTTP1Git(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	env := gitEnv(t, dir)
	newRepo(t, filepath.Join(dir, "repos", "gosafe-test", "m"), env)
	box := newMiddlebox(t, dir, &cgi.Handler{
		Path: "/usr/bin/env", Args: []string{"git", "http-backend"},
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(dir, "repos"), "GIT_HTTP_EXPORT_ALL=1", "HOME=" + dir,
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
	})
	git(t, dir, env, "config", "--global", "url."+box.URL+"/.insteadOf", "https://github.com/")
	stderr := download(t, dir, append(env, "GIT_SSL_CAINFO="+box.ca), "github.com/gosafe-test/m@v1.0.0")
	if box.http2.Load() == 0 {
		t.Skip("this git does not speak HTTP/2")
	}
	if !strings.Contains(stderr, "over HTTP/1.1") || box.http1.Load() == 0 {
		t.Errorf("%d requests over HTTP/1.1; %s", box.http1.Load(), stderr)
	}
	t.Log(stderr)
}

// download runs go mod download through the shim and returns what it said.
func download(t *testing.T, dir string, env []string, modules ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(shimDir(), "go"), append([]string{"mod", "download"}, modules...)...)
	cmd.Dir, cmd.Env = dir, env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return stderr.String()
}
