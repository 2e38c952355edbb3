//go:build linux

package main

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestGitStalls: a git server that falls silent in mid-answer is left after
// GOSAFE_STALL, and asked again. Nothing of git's is left behind.
func TestGitStalls(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	for name, after := range map[string]int64{"in the list of refs": 20, "in the pack": 2000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env := append(gitEnv(t, dir), "GOSAFE_STALL=1s")
			newRepo(t, filepath.Join(dir, "repos", "gosafe-test", "m"), env)
			host := newGitHost(t, filepath.Join(dir, "repos"), 1, after)
			host.stalls = true
			host.configure(t, dir)
			cmd := exec.Command(filepath.Join(shimDir(), "go"), "mod", "download", "github.com/gosafe-test/m@v1.0.0")
			cmd.Dir, cmd.Env = dir, env
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			if !strings.Contains(stderr.String(), "without a byte from ") {
				t.Error(stderr.String())
			}
			if locks, _ := filepath.Glob(filepath.Join(dir, "gopath", "pkg", "mod", "cache", "vcs", "*", "*.lock")); len(locks) > 0 {
				t.Errorf("left behind: %v", locks)
			}
			t.Log(stderr.String())
		})
	}
}

// TestSSHStalls: an ssh server that accepts the connection and says nothing.
func TestSSHStalls(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"git", "ssh"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no " + program)
		}
	}
	dir := t.TempDir()
	env := append(gitEnv(t, dir), "GOSAFE_STALL=1s")
	newRepo(t, filepath.Join(dir, "repos", "gosafe-test", "m"), env)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, port, _ := net.SplitHostPort(silent.Addr().String())
	git(t, dir, env, "config", "--global", "url.ssh://git@127.0.0.1:"+port+"/.insteadOf", "https://github.com/")
	host := newGitHost(t, filepath.Join(dir, "repos"), 0, 0)
	go func() {
		c, err := silent.Accept()
		if err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond) // ssh has said its hello, and waits for ours
		git := exec.Command("git", "config", "--global", "--unset-all", "url.ssh://git@127.0.0.1:"+port+"/.insteadOf")
		git.Dir, git.Env = dir, env
		git.Run()
		host.configure(t, dir) // the network comes back on another way
		c.Read(make([]byte, 1<<10))
		c.Read(make([]byte, 1<<10)) // until ssh is ended
		c.Close()
	}()
	cmd := exec.Command(filepath.Join(shimDir(), "go"), "mod", "download", "github.com/gosafe-test/m@v1.0.0")
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "without a byte from 127.0.0.1") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
