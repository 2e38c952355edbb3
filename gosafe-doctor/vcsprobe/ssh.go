package vcsprobe

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// An sshCommand is what git runs to reach a host by ssh.
type sshCommand struct {
	program string // "ssh" as found on PATH, or the user's whole command
	shell   bool   // it is a command line for the shell
	own     bool   // it is the user's
	plain   bool   // OpenSSH's arguments may be added to it
}

// sshCommand finds it in the order of git (connect.c, git_connect and
// fill_ssh_args): GIT_SSH_COMMAND, core.sshCommand, GIT_SSH, ssh.
func (p *probe) sshCommand(ctx context.Context) sshCommand {
	command := p.env.get("GIT_SSH_COMMAND")
	if command == "" {
		if pairs := p.config(ctx, `^core\.sshcommand$`); len(pairs) > 0 {
			command = pairs[len(pairs)-1].value
		}
	}
	if command != "" {
		return sshCommand{program: command, shell: true, own: true, plain: isPlain(command)}
	}
	if program := p.env.get("GIT_SSH"); program != "" {
		return sshCommand{program: program, own: true}
	}
	return sshCommand{program: p.env.lookPath("ssh"), plain: true}
}

// isPlain reports whether arguments can be put behind a user's command: it is
// one call of ssh, not a script.
func isPlain(command string) bool {
	f := strings.Fields(command)
	return len(f) > 0 && filepath.Base(f[0]) == "ssh" && !strings.ContainsAny(command, ";|&<>()`\n#")
}

// sshOptions make ssh ask nobody, learn nothing, and tell what it does.
const sshOptions = " -v -o BatchMode=yes -o ControlMaster=no -o UpdateHostKeys=no"

// setting returns what makes git run the command as it is looked at here.
func (s sshCommand) setting() []string {
	switch {
	case !s.own:
		return []string{"GIT_SSH_COMMAND=ssh" + sshOptions}
	case s.plain:
		return []string{"GIT_SSH_COMMAND=" + s.program + sshOptions}
	}
	return nil
}

// argv is how to run the command oneself.
func (s sshCommand) argv(p *probe, args ...string) []string {
	if !s.shell {
		return append([]string{s.program}, args...)
	}
	sh := p.env.lookPath("sh")
	if sh == "" {
		return nil
	}
	return append([]string{sh, "-c", s.program + ` "$@"`, "ssh"}, args...)
}

// lookAtSSH notes what ssh would use for the host: keys, agent, known_hosts.
func (p *probe) lookAtSSH(ctx context.Context, r *Report, s sshCommand, target string) {
	args := []string{"-G"}
	if _, port, ok := strings.Cut(r.Host, "]:"); ok {
		args = append(args, "-p", port)
	} else if host, port, ok := strings.Cut(r.Host, ":"); ok && !strings.Contains(port, ":") && host != "" {
		args = append(args, "-p", port)
	}
	host := hostOnly(r.Host)
	if user := userOf(target); user != "" {
		args = append(args, "-l", user)
	}
	if !s.plain || strings.HasPrefix(host, "-") {
		return
	}
	argv := s.argv(p, append(args, host)...)
	if argv == nil {
		return
	}
	options := readOptions(run(ctx, p.env.forGit(), argv...).stdout)
	for _, file := range options["identityfile"] {
		if st, err := os.Stat(p.home(file)); err == nil && st.Mode().IsRegular() {
			r.Present.KeyFiles++
		}
	}
	p.lookAtAgent(ctx, r, options)
	p.lookAtKnownHosts(ctx, r, options)
}

// readOptions reads what ssh -G prints: a keyword and its value in each line.
func readOptions(out []byte) map[string][]string {
	options := make(map[string][]string)
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		options[key] = append(options[key], value)
	}
	return options
}

// home expands the "~" in which ssh -G prints the user's directory.
func (p *probe) home(file string) string {
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		if dir, err := os.UserHomeDir(); err == nil {
			return filepath.Join(dir, rest)
		}
	}
	return file
}

// lookAtAgent counts the keys of the agent: ssh-add exits 0 with a line each,
// 1 if there are none, and 2 without an agent (ssh-add(1)).
func (p *probe) lookAtAgent(ctx context.Context, r *Report, options map[string][]string) {
	add := p.env.lookPath("ssh-add")
	if add == "" {
		return
	}
	env := p.env.forGit()
	if agent := options["identityagent"]; len(agent) > 0 && agent[0] != "" && agent[0] != "SSH_AUTH_SOCK" && agent[0] != "none" {
		env = env.with("SSH_AUTH_SOCK=" + p.home(agent[0]))
	}
	out := run(ctx, env, add, "-l")
	r.Present.Agent = out.exit == 0 || out.exit == 1
	if out.exit == 0 {
		r.Present.AgentKeys = strings.Count(string(out.stdout), "\n")
	}
}

// lookAtKnownHosts asks ssh-keygen, which knows hashed names.
func (p *probe) lookAtKnownHosts(ctx context.Context, r *Report, options map[string][]string) {
	keygen := p.env.lookPath("ssh-keygen")
	if keygen == "" {
		return
	}
	name := first(options["hostkeyalias"])
	if name == "" || name == "none" {
		name = first(options["hostname"])
		if port := first(options["port"]); port != "" && port != "22" {
			name = "[" + name + "]:" + port
		}
	}
	for _, key := range []string{"userknownhostsfile", "globalknownhostsfile"} {
		for _, file := range strings.Fields(first(options[key])) {
			if run(ctx, p.env.forGit(), keygen, "-F", name, "-f", p.home(file)).exit == 0 {
				r.Present.KnownHost = true
				return
			}
		}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// userOf is the user's name in an address for ssh.
func userOf(target string) string {
	if _, rest, ok := strings.Cut(target, "://"); ok {
		target = rest
		target, _, _ = strings.Cut(target, "/")
	} else {
		target, _, _ = strings.Cut(target, ":")
	}
	user, _, ok := strings.Cut(target, "@")
	if !ok {
		return ""
	}
	user, _, _ = strings.Cut(user, ":")
	return user
}

// A talk is what ssh -v tells of what it does.
type talk struct {
	offered  int
	accepted bool // the server would take a key
	entered  bool // it did
	hostKey  string
	rest     []string // the lines that are not ssh's talk
}

// listen separates ssh's talk from what matters (ssh.c, sshconnect2.c).
func listen(stderr string) (t talk) {
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		said, debug := strings.CutPrefix(line, "debug1: ")
		switch {
		case debug && strings.HasPrefix(said, "Offering public key: "):
			t.offered++
		case debug && strings.HasPrefix(said, "Server accepts key: "):
			t.accepted = true
		case debug && strings.HasPrefix(said, "Server host key: "):
			t.hostKey = strings.TrimPrefix(said, "Server host key: ")
		case strings.HasPrefix(line, "Authenticated to "):
			t.entered = true
		case debug, strings.HasPrefix(line, "OpenSSH_"), strings.HasPrefix(line, "Transferred: "), strings.HasPrefix(line, "Bytes per second: "), line == "":
		default:
			t.rest = append(t.rest, line)
		}
	}
	return t
}

// keys says how many keys of what origin there are.
func (pr Present) keys() string {
	text := "key files: " + strconv.Itoa(pr.KeyFiles)
	if pr.Agent {
		return text + ", keys in the agent: " + strconv.Itoa(pr.AgentKeys)
	}
	return text + ", no agent"
}
