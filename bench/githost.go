package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"gosafe/internal/faultproxy"
)

// gitModule is what the git host serves.
const gitModule = "github.com/gosafe-test/m@v1.0.0"

const (
	gitCuts  = 3    // fetches that are broken off; go itself repeats a shallow fetch as a full one
	gitAfter = 2000 // bytes: in the pack
)

// A gitHost is a real git daemon behind a listener that breaks off the first
// answers of a certain length.
type gitHost struct {
	repos  string
	listen net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	served int
	cuts   int // still to come
}

// serveGit makes a world in which the module comes from git.
func serveGit(ctx context.Context, w *world, sound bool) error {
	w.set("GOPROXY", "direct")
	w.set("GIT_CONFIG_NOSYSTEM", "1")
	repo := filepath.Join(w.dir, "repos", "gosafe-test", "m")
	if err := w.newRepo(ctx, repo); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.git = &gitHost{repos: filepath.Join(w.dir, "repos"), listen: l, cuts: gitCuts}
	if sound {
		w.git.cuts = 0
	}
	w.git.ctx, w.git.cancel = context.WithCancel(context.Background())
	w.git.work.Add(1)
	go w.git.serve()
	// It is asked in github.com's place.
	config := "[url \"git://" + l.Addr().String() + "/\"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n"
	return os.WriteFile(filepath.Join(w.get("HOME"), ".gitconfig"), []byte(config), 0o666)
}

// newRepo makes a git repository of a module with one tagged version.
func (w *world) newRepo(ctx context.Context, repo string) error {
	if err := os.MkdirAll(repo, 0o777); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"go.mod":   "module github.com/gosafe-test/m\n",
		"m.go":     "package m\n",
		"data.txt": faultproxy.Graph(1)[0].Files["data.txt"], // git cannot compress it to nothing
	} {
		if err := os.WriteFile(filepath.Join(repo, name), []byte(content), 0o666); err != nil {
			return err
		}
	}
	for _, args := range []string{"init -q", "add .", "-c user.name=x -c user.email=x@example.com commit -q -m first", "tag v1.0.0"} {
		cmd := w.command(ctx, "git", strings.Fields(args)...)
		cmd.Dir = repo
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", args, err, out)
		}
	}
	return nil
}

// serve accepts connections until close.
func (h *gitHost) serve() {
	defer h.work.Done()
	for {
		c, err := h.listen.Accept()
		if err != nil {
			return
		}
		h.work.Add(1)
		go h.answer(c)
	}
}

// answer has a git daemon of its own answer a connection.
func (h *gitHost) answer(c net.Conn) {
	defer h.work.Done()
	defer c.Close()
	defer context.AfterFunc(h.ctx, func() { c.Close() })()
	h.mu.Lock()
	h.served++
	h.mu.Unlock()
	cmd := exec.CommandContext(h.ctx, "git", "daemon", "--inetd", "--export-all", "--base-path="+h.repos)
	ownGroup(cmd)
	cmd.Stdin = c
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	// An answer that is shorter does not count as broken off.
	if _, err := io.CopyN(c, out, gitAfter); err == nil && h.cut() {
		c.Close()
		_ = cmd.Cancel() // it may have ended by itself
	}
	_, _ = io.Copy(c, out) // the client may have left
	_ = cmd.Wait()
}

// cut reports whether one more answer is to be broken off.
func (h *gitHost) cut() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cuts--
	return h.cuts >= 0
}

func (h *gitHost) connections() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.served
}

func (h *gitHost) close() {
	h.listen.Close()
	h.cancel()
	h.work.Wait()
}
