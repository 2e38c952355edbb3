//go:build unix

package vcsprobe

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A lab is a user with a home of its own and a host with one repository.
type lab struct {
	*testing.T
	dir  string
	env  []string
	host string // the git host: "127.0.0.1:port"

	budget time.Duration
}

func newLab(t *testing.T) *lab {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git")
	}
	l := &lab{T: t, dir: t.TempDir(), budget: 20 * time.Second}
	l.env = []string{"HOME=" + l.dir, "PATH=" + filepath.Dir(git) + ":/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM=1", "XDG_CONFIG_HOME=" + l.dir, "LANG=de_DE.UTF-8"}
	l.write(".gitconfig", "", 0o600)
	return l
}

// write makes a file of the user's and returns its path.
func (l *lab) write(name, content string, mode os.FileMode) string {
	l.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		l.Fatal(err)
	}
	// It may be a program, which cannot be run while a fork of another test's has
	// inherited it open for writing (go.dev/issue/22315).
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte(content), mode)
	syscall.ForkLock.RUnlock()
	if err != nil {
		l.Fatal(err)
	}
	return path
}

func (l *lab) run(argv ...string) {
	l.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), l.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		l.Fatalf("%v: %v\n%s", argv, err, out)
	}
}

// repository makes one, with a commit, and returns its path.
func (l *lab) repository() string {
	l.Helper()
	dir := filepath.Join(l.dir, "repos", "org", "m")
	l.run("git", "init", "-q", dir)
	l.run("git", "-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "--allow-empty", "-m", "one")
	return dir
}

// serve starts the git host: the real git http-backend, behind before, which
// reports whether it has answered itself.
func (l *lab) serve(before func(http.ResponseWriter, *http.Request) bool) {
	l.Helper()
	l.repository()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		l.Fatal(err)
	}
	backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		l.Skip("no git http-backend: ", err)
	}
	h := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(l.dir, "repos"), "GIT_HTTP_EXPORT_ALL=1", "HOME=" + l.dir}, Stderr: io.Discard}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before == nil || !before(w, r) {
			h.ServeHTTP(w, r)
		}
	}))
	l.Cleanup(s.Close)
	l.host = strings.TrimPrefix(s.URL, "http://")
}

// wantLogin lets in who knows the password.
func wantLogin(w http.ResponseWriter, r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok && user == "me" && password == "s3cr3t" {
		return false
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
	w.WriteHeader(http.StatusUnauthorized)
	return true
}

// says answers everything with a status and a text.
func says(status int, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		io.WriteString(w, text)
		return true
	}
}

func (l *lab) probe(what string) Report {
	l.Helper()
	r := Probe(context.Background(), Config{Env: l.env, Budget: l.budget}, what)
	l.Logf("%+v", r)
	return r
}

// closedPort is an address of loopback where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// That of a client is in use, so that nobody else listens there meanwhile.
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client.LocalAddr().String()
}

// mute is an address of loopback that accepts and says nothing.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().String()
}
