//go:build unix

package vcsprobe

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sshHost starts the real sshd behind a listener on loopback, one process for
// each connection. Its authorized_keys hold the lines given.
func (l *lab) sshHost(authorized ...string) {
	l.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		if sshd, err = exec.LookPath("/usr/sbin/sshd"); err != nil {
			l.Skip("no sshd: apt-get install openssh-server")
		}
	}
	for _, tool := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			l.Skip("no ", tool)
		}
	}
	l.needShell()
	l.key("host", "")
	keys := l.write("authorized_keys", strings.Join(authorized, "\n")+"\n", 0o600)
	config := l.write("sshd_config", fmt.Sprintf("HostKey %s/host\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n", l.dir, keys), 0o600)
	argv := sshdCommand(l.T, sshd, "-i", "-e", "-f", config)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go serveSSH(c.(*net.TCPConn), argv)
		}
	}()
	l.host = ln.Addr().String()
	l.client()
}

// needShell skips the case for a user whose shell lets nobody in: sshd runs
// what git asks for by that shell.
func (l *lab) needShell() {
	l.Helper()
	data, err := os.ReadFile("/etc/passwd")
	if err != nil {
		l.Skip(err)
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) == 7 && f[2] == strconv.Itoa(os.Getuid()) && (strings.HasSuffix(f[6], "/nologin") || strings.HasSuffix(f[6], "/false")) {
			l.Skip("this user's shell is ", f[6])
		}
	}
}

func serveSSH(c *net.TCPConn, argv []string) {
	f, err := c.File()
	c.Close()
	if err != nil {
		return
	}
	defer f.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout = f, f
	_ = cmd.Run() // how it ends is the case's affair
}

// sshdCommand is how sshd is run: as root it insists on /run/sshd, which it is
// given in a mount namespace of its own where there is none.
func sshdCommand(t *testing.T, sshd string, args ...string) []string {
	t.Helper()
	argv := append([]string{sshd}, args...)
	if _, err := os.Stat("/run/sshd"); err == nil || os.Getuid() != 0 {
		return argv
	}
	inside := append([]string{"unshare", "--mount", "sh", "-c", `mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"`, "sh"}, argv...)
	if out, err := exec.Command("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/run").CombinedOutput(); err != nil {
		t.Skipf("root's sshd needs /run/sshd, and a mount namespace cannot be had: %v %s", err, out)
	}
	return inside
}

// key makes a key pair of the user's and returns its public half.
func (l *lab) key(name, passphrase string) string {
	l.Helper()
	file := filepath.Join(l.dir, name)
	l.run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", file)
	data, err := os.ReadFile(file + ".pub")
	if err != nil {
		l.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// client gives the user an ssh of its own, which knows the host's key: ssh
// takes no HOME from the environment.
func (l *lab) client() {
	l.Helper()
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		l.Skip("no ssh")
	}
	hostKey, err := os.ReadFile(filepath.Join(l.dir, "host.pub"))
	if err != nil {
		l.Fatal(err)
	}
	l.knows(string(hostKey))
	config := l.write("ssh_config", fmt.Sprintf("IdentityFile %s/id\nUserKnownHostsFile %s/known_hosts\nGlobalKnownHostsFile /dev/null\n", l.dir, l.dir), 0o600)
	l.write("bin/ssh", fmt.Sprintf("#!/bin/sh\nexec %s -F %s \"$@\"\n", ssh, config), 0o755)
	l.env = append(l.env, "PATH="+filepath.Join(l.dir, "bin")+":"+environ(l.env).get("PATH"))
}

// knows makes known_hosts of one key for the host.
func (l *lab) knows(key string) {
	host, port, _ := strings.Cut(l.host, ":")
	l.write("known_hosts", fmt.Sprintf("[%s]:%s %s\n", host, port, key), 0o600)
}

func (l *lab) sshURL(path string) string {
	l.Helper()
	me, err := user.Current()
	if err != nil {
		l.Skip(err)
	}
	return "ssh://" + me.Username + "@" + l.host + path
}

var sshCases = []caseOf{
	{name: "key", build: func(l *lab) string {
		l.sshHost(l.key("id", ""))
		return l.sshURL(l.repository())
	}, check: func(l *lab, r Report) {
		if r.Offered != 1 || r.Present.KeyFiles != 1 || !r.Present.KnownHost || r.Present.Agent || !strings.HasPrefix(r.HostKey, "ssh-ed25519 SHA256:") {
			l.Errorf("offered %d, %q, present %+v", r.Offered, r.HostKey, r.Present)
		}
	}},
	{name: "key of an agent", build: func(l *lab) string {
		public := l.key("in-agent", "")
		l.sshHost(public)
		sock := filepath.Join(l.dir, "agent")
		agent := exec.Command("ssh-agent", "-D", "-a", sock)
		out, err := agent.StdoutPipe()
		if err != nil {
			l.Fatal(err)
		}
		if err := agent.Start(); err != nil {
			l.Skip(err)
		}
		l.Cleanup(func() { agent.Process.Kill(); agent.Wait() })
		if _, err := out.Read(make([]byte, 1)); err != nil { // it prints its address once it listens
			l.Fatal(err)
		}
		l.env = append(l.env, "SSH_AUTH_SOCK="+sock)
		l.run("ssh-add", "-q", filepath.Join(l.dir, "in-agent"))
		return l.sshURL(l.repository())
	}, check: func(l *lab, r Report) {
		if !r.Present.Agent || r.Present.AgentKeys != 1 || r.Present.KeyFiles != 0 || r.Offered != 1 {
			l.Errorf("offered %d, present %+v", r.Offered, r.Present)
		}
	}},
	{name: "the user's own command", build: func(l *lab) string {
		l.sshHost(l.key("work", ""))
		l.env = append(l.env, "GIT_SSH_COMMAND=ssh -i "+l.dir+"/work")
		return l.sshURL(l.repository())
	}, check: func(l *lab, r Report) {
		if !r.Present.SSHCommand || r.Offered != 1 || r.Present.KeyFiles != 1 {
			l.Errorf("offered %d, present %+v", r.Offered, r.Present)
		}
	}},
	{name: "no key", fault: NoKey, says: "keys that ssh offered: 0; key files: 0, no agent", build: func(l *lab) string {
		l.sshHost()
		return l.sshURL(l.repository())
	}},
	{name: "refused key", fault: RefusedKey, says: "keys that ssh offered: 1;", build: func(l *lab) string {
		l.key("id", "")
		l.sshHost(l.key("other", ""))
		return l.sshURL(l.repository())
	}},
	{name: "locked key", fault: LockedKey, build: func(l *lab) string {
		l.sshHost(l.key("id", "s3cr3t-passphrase"))
		return l.sshURL(l.repository())
	}},
	{name: "key that others can read", fault: BadKey, build: func(l *lab) string {
		public := l.key("id", "")
		l.sshHost(public)
		os.Remove(filepath.Join(l.dir, "id.pub"))
		os.Chmod(filepath.Join(l.dir, "id"), 0o644)
		return l.sshURL(l.repository())
	}},
	{name: "no access", fault: NoAccess, build: func(l *lab) string {
		l.sshHost(`command="echo 'ERROR: Permission to org/m denied to me.' >&2; exit 1" ` + l.key("id", ""))
		return l.sshURL(l.repository())
	}},
	{name: "SSO", fault: NeedsSSO, build: func(l *lab) string {
		l.sshHost(`command="echo 'ERROR: The org organization has enabled or enforced SAML SSO.' >&2; exit 1" ` + l.key("id", ""))
		return l.sshURL(l.repository())
	}},
	{name: "no such repository", fault: NoRepository, build: func(l *lab) string {
		l.sshHost(l.key("id", ""))
		return l.sshURL(filepath.Join(l.dir, "none"))
	}},
	{name: "no such repository, GitHub's words", fault: NoRepository, build: func(l *lab) string {
		l.sshHost(`command="echo 'ERROR: Repository not found.' >&2; exit 1" ` + l.key("id", ""))
		return l.sshURL("/org/m")
	}},
	{name: "unknown host key", fault: UnknownHostKey, says: "the server shows ssh-ed25519 SHA256:", build: func(l *lab) string {
		l.sshHost(l.key("id", ""))
		l.write("known_hosts", "", 0o600)
		return l.sshURL(l.repository())
	}, check: func(l *lab, r Report) {
		if data, _ := os.ReadFile(filepath.Join(l.dir, "known_hosts")); len(data) > 0 || r.Present.KnownHost {
			l.Errorf("looking changed known_hosts: %q; present %+v", data, r.Present)
		}
	}},
	{name: "changed host key", fault: ChangedHostKey, build: func(l *lab) string {
		l.sshHost(l.key("id", ""))
		l.knows(l.key("old-host", ""))
		return l.sshURL(l.repository())
	}, check: func(l *lab, r Report) {
		if !r.Present.KnownHost {
			l.Errorf("present %+v", r.Present)
		}
	}},
	{name: "refused", fault: Network, build: func(l *lab) string {
		l.host = closedPort(l.T)
		l.key("host", "")
		l.client()
		return l.sshURL("/org/m")
	}},
	{name: "silent", fault: Silent, says: "had not ended", build: func(l *lab) string {
		l.budget = time.Second
		l.host = mute(l.T)
		l.key("host", "")
		l.client()
		return l.sshURL("/org/m")
	}},
	{name: "ssh missing", fault: SSHMissing, build: func(l *lab) string {
		git, _ := exec.LookPath("git")
		os.Mkdir(filepath.Join(l.dir, "bin"), 0o700)
		os.Symlink(git, filepath.Join(l.dir, "bin", "git"))
		l.env = append(l.env, "PATH="+filepath.Join(l.dir, "bin"))
		return "git@git.example.test:org/m"
	}},
	{name: "ssh missing, the user's command", fault: SSHMissing, build: func(l *lab) string {
		l.env = append(l.env, "GIT_SSH_COMMAND=/nowhere/ssh -i key")
		return "git@git.example.test:org/m"
	}},
}

// TestSSH: the real git, ssh and sshd, each fault and nothing else.
func TestSSH(t *testing.T) {
	t.Parallel()
	check(t, sshCases)
}
