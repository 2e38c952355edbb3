//go:build unix

package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gosafe/internal/faultproxy"
)

// A gitHost is a real git daemon behind a listener that breaks off the first
// connections after so many bytes of the answer.
type gitHost struct {
	addr   string
	breaks atomic.Int32 // connections still to be broken
	after  int64
	stalls bool // it falls silent then, and keeps the connection
	served atomic.Int32
}

func newGitHost(t *testing.T, repos string, breaks int32, after int64) *gitHost {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	h := &gitHost{addr: l.Addr().String(), after: after}
	h.breaks.Store(breaks)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h.serve(c, repos)
		}
	}()
	return h
}

// configure makes git ask this host in github.com's place.
func (h *gitHost) configure(t *testing.T, home string) {
	t.Helper()
	config := "[url \"git://" + h.addr + "/\"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n"
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (h *gitHost) serve(c net.Conn, repos string) {
	defer c.Close()
	h.served.Add(1)
	cmd := exec.Command("git", "daemon", "--inetd", "--export-all", "--base-path="+repos)
	cmd.Stdin = c
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	// An answer that is shorter does not count as broken off.
	if _, err := io.CopyN(c, out, h.after); err == nil && h.breaks.Add(-1) >= 0 {
		if h.stalls {
			io.Copy(io.Discard, c) // until the client gives up
		}
		c.Close()
		cmd.Process.Kill()
	}
	io.Copy(c, out)
	cmd.Wait()
}

// newRepo makes a git repository of a module with one tagged version.
func newRepo(t *testing.T, dir string, env []string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"go.mod": "module github.com/gosafe-test/m\n",
		"m.go":   "package m\n\n// " + noise(20_000) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, env, "init", "-q")
	commit(t, dir, env, "v1.0.0")
}

// commit commits all that is there, and tags it.
func commit(t *testing.T, dir string, env []string, tag string) {
	t.Helper()
	git(t, dir, env, "add", ".")
	git(t, dir, env, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", tag)
	git(t, dir, env, "tag", tag)
}

func git(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// TestGit: the real go and the real git, with a host that breaks off. What
// go calls `exit status 128` is tried again if it may pass.
func TestGit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	for _, tt := range []struct {
		name   string
		breaks int32
		after  int64
	}{
		{"before any answer", 2, 0},
		{"in the list of refs", 2, 20},
		{"in the pack", 3, 2000}, // go itself tries a failed shallow fetch once more, as a full one
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env := gitEnv(t, dir)
			newRepo(t, filepath.Join(dir, "repos", "gosafe-test", "m"), env)
			host := newGitHost(t, filepath.Join(dir, "repos"), tt.breaks, tt.after)
			host.configure(t, dir)
			cmd := exec.Command(filepath.Join(shimDir(), "go"), "mod", "download", "github.com/gosafe-test/m@v1.0.0")
			cmd.Dir, cmd.Env = dir, env
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			if !strings.Contains(stderr.String(), "trying again") || host.served.Load() < 3 {
				t.Errorf("%d connections; nothing was broken off:\n%s", host.served.Load(), stderr.String())
			}
			t.Log(stderr.String())
		})
	}
}

// TestGitMends: a clone in the cache that is damaged is made again, and a lock
// that was left behind in it is removed, and go goes on.
func TestGitMends(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	hourAgo := time.Now().Add(-time.Hour)
	for _, tt := range []struct {
		name   string
		damage func(clone string) error
		says   string
	}{
		{"HEAD emptied", func(clone string) error { return os.Truncate(filepath.Join(clone, "HEAD"), 0) }, "damaged clone"},
		{"packs cut short", func(clone string) error {
			return filepath.WalkDir(filepath.Join(clone, "objects"), func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				os.Chmod(path, 0o666)
				return os.Truncate(path, 20)
			})
		}, "damaged clone"},
		{"a lock left behind", func(clone string) error {
			lock := filepath.Join(clone, "shallow.lock")
			if err := os.WriteFile(lock, nil, 0o666); err != nil {
				return err
			}
			return os.Chtimes(lock, hourAgo, hourAgo)
		}, "deleted shallow.lock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env := gitEnv(t, dir)
			repo := filepath.Join(dir, "repos", "gosafe-test", "m")
			newRepo(t, repo, env)
			host := newGitHost(t, filepath.Join(dir, "repos"), 0, 0)
			host.configure(t, dir)
			download := func(version string) (string, error) {
				cmd := exec.Command(filepath.Join(shimDir(), "go"), "mod", "download", "github.com/gosafe-test/m@"+version)
				cmd.Dir, cmd.Env = dir, env
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := download("v1.0.0"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if err := os.WriteFile(filepath.Join(repo, "new.go"), []byte("package m\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			commit(t, repo, env, "v1.1.0")
			clones, err := filepath.Glob(filepath.Join(dir, "gopath", "pkg", "mod", "cache", "vcs", "*", "HEAD"))
			if err != nil || len(clones) != 1 {
				t.Fatalf("clones %v, %v", clones, err)
			}
			if err := tt.damage(filepath.Dir(clones[0])); err != nil {
				t.Fatal(err)
			}
			out, err := download("v1.1.0")
			if err != nil || !strings.Contains(out, tt.says) {
				t.Errorf("%v\n%s", err, out)
			}
			t.Log(out)
		})
	}
}

// TestGitMissing: what git says for good is final.
func TestGitMissing(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	env := gitEnv(t, dir)
	newRepo(t, filepath.Join(dir, "repos", "gosafe-test", "m"), env)
	host := newGitHost(t, filepath.Join(dir, "repos"), 0, 0)
	host.configure(t, dir)
	for _, what := range []string{"github.com/gosafe-test/m@v9.9.9", "github.com/gosafe-test/none@v1.0.0"} {
		cmd := exec.Command(filepath.Join(shimDir(), "go"), "mod", "download", what)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err == nil || strings.Contains(string(out), "trying again") {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
}

func gitEnv(t *testing.T, dir string) []string {
	t.Helper()
	if err := faultproxy.NoTelemetry(dir); err != nil {
		t.Fatal(err)
	}
	return []string{
		"PATH=" + strings.Join([]string{shimDir(), filepath.Join(realGo().goroot, "bin"), "/usr/local/bin", "/usr/bin", "/bin"}, ":"),
		"HOME=" + dir, "TMPDIR=" + dir, "XDG_CONFIG_HOME=", "GIT_CONFIG_NOSYSTEM=1",
		"GOPATH=" + filepath.Join(dir, "gopath"), "GOCACHE=" + realGo().gocache, "GOFLAGS=-modcacherw",
		"GOENV=off", "GOPROXY=direct", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOSAFE_PATIENCE=30s",
	}
}

// noise is text that git cannot compress to nothing.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
	}
	return string(b)
}
