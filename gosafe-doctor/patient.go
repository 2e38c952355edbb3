package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gosafe/classify"
	"gosafe/gosafe-doctor/netprobe"
	"gosafe/gosafe-doctor/userfile"
	"gosafe/internal/goenv"
)

// A patient is what is examined: an environment, a directory, a machine. Its
// exported fields are set before the examination and not changed by it.
type patient struct {
	Environ []string
	Dir     string // empty if it is gone

	// Where the system tells about itself: /proc, /sys/fs/cgroup, /etc, /dev/kmsg.
	Proc, Cgroup, Etc, Kmsg string
	// Rlimit returns the greatest value that a limit of this process may have.
	Rlimit func(limit) (uint64, bool)
	Now    func() time.Time
	Net    netprobe.Config  // how servers are looked at, but for what is set above
	Failed classify.Verdict // the failure that a log tells of; the zero value without one
	Self   string           // the directory of this program

	groups []string // that are examined

	env    *goenv.Env // guarded by envMu, which is held while files are read
	envMu  sync.Mutex
	mu     sync.Mutex
	waits  map[string]string // by check: what it waits for, guarded by mu
	found  func() programs
	parsed func() moduleFiles
	gitGet func() []gitSetting // what go's git goes by
	gitOwn func() []gitSetting // what the repository here adds to it
	goEnv  func() map[string]string
	asGo   func() []string // Environ, less a GOENV that cannot be read
	probed func() probes
}

// newPatient is this machine, seen from dir with this environment.
func newPatient(environ []string, dir string) *patient {
	p := &patient{
		Environ: environ, Dir: dir,
		Proc: "/proc", Cgroup: "/sys/fs/cgroup", Etc: "/etc", Kmsg: "/dev/kmsg",
		Rlimit: hardLimit, Now: time.Now,
		waits: map[string]string{},
	}
	if self, err := os.Executable(); err == nil {
		p.Self = filepath.Dir(self)
	}
	p.found = sync.OnceValue(p.findPrograms)
	p.parsed = sync.OnceValue(p.readModules)
	p.gitGet = sync.OnceValue(func() []gitSetting { return p.readGitConfig("") })
	p.gitOwn = sync.OnceValue(func() []gitSetting { return p.readGitConfig(p.Dir, "--local") })
	p.goEnv = sync.OnceValue(p.readGoEnv)
	p.asGo = sync.OnceValue(p.readableEnviron)
	p.probed = sync.OnceValue(p.probe)
	return p
}

// choose notes which groups are examined.
func (p *patient) choose(checks []check) {
	for _, c := range checks {
		if !slices.Contains(p.groups, c.group) {
			p.groups = append(p.groups, c.group)
		}
	}
}

// examines reports whether a group is examined.
func (p *patient) examines(group string) bool { return slices.Contains(p.groups, group) }

// waiting notes what a check waits for, for the progress line.
func (p *patient) waiting(check, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits[check] = what
}

// waitsFor is what the progress line says of a check.
func (p *patient) waitsFor(c check) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.waits[c.name]; w != "" {
		return w
	}
	return c.group + " " + c.name
}

// environ returns a variable of the environment.
func (p *patient) environ(key string) string {
	return goenv.New(p.Environ, "").Environ(key)
}

// get returns a setting of go's as go would use it.
func (p *patient) get(key string) string {
	root, environ := p.found().real.root, p.asGo()
	p.envMu.Lock()
	defer p.envMu.Unlock()
	if p.env == nil {
		p.env = goenv.New(environ, root)
	}
	return p.env.Get(key)
}

// unset is the command that takes a setting of go's back: it depends on where
// it was made.
func (p *patient) unset(key string) string {
	if p.environ(key) != "" {
		return "unset " + key
	}
	return "go env -u " + key
}

// set is the command that makes a setting of go's.
func (p *patient) set(key, value string) string {
	if p.environ(key) != "" {
		return "export " + key + "=" + shellQuote(value)
	}
	return "go env -w " + key + "=" + shellQuote(value)
}

// home is the user's home directory; empty if it is not known.
func (p *patient) home() string {
	if h := p.environ("HOME"); h != "" {
		return h
	}
	return p.environ("USERPROFILE")
}

// readableEnviron is the environment for go and for who reads as go does. A
// GOENV that is no file is left out: go would wait for a pipe to end, and take
// away what is in it.
func (p *patient) readableEnviron() []string {
	name := p.goenvFile()
	if name == "" {
		return p.Environ
	}
	if err := userfile.Check(name); err == nil || os.IsNotExist(err) {
		return p.Environ
	}
	others := slices.DeleteFunc(slices.Clone(p.Environ), func(s string) bool { return strings.HasPrefix(s, "GOENV=") })
	return append(others, "GOENV=off")
}

// module is what the module files of the directory say.
func (p *patient) module() moduleFiles { return p.parsed() }

// mainModule is the path of the main module, if that is known within a time: a
// file on a dead file server may never be read.
func (p *patient) mainModule(wait time.Duration) string {
	known := make(chan string, 1)
	go func() { known <- p.module().main }()
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case path := <-known:
		return path
	case <-late.C:
	}
	select { // it may have come while nobody let us run
	case path := <-known:
		return path
	default:
		return ""
	}
}

// An output is what a program printed.
type output struct {
	stdout, stderr string
	err            error
}

// lines are the lines of the standard output.
func (o output) lines() []string {
	return strings.FieldsFunc(o.stdout, func(r rune) bool { return r == '\n' || r == '\r' })
}

// said is the last line that the program printed, for evidence.
func (o output) said() string {
	all := strings.TrimSpace(o.stdout + "\n" + o.stderr)
	if all == "" && o.err != nil {
		return o.err.Error()
	}
	return all[strings.LastIndexByte(all, '\n')+1:]
}

// command runs a program of the machine's for what it tells: in dir, or in the
// root directory if dir is empty; in the patient's environment, with more set
// (in a language that we read, and without prompts); never with a terminal.
// Its whole process group ends with ctx.
func (p *patient) command(ctx context.Context, dir string, more []string, name string, args ...string) output {
	path := name
	if !filepath.IsAbs(name) {
		if path = p.lookPath(name); path == "" {
			return output{err: fmt.Errorf("%s: not on PATH", name)}
		}
	}
	cmd := exec.CommandContext(ctx, path, args...)
	if cmd.Dir = dir; dir == "" {
		cmd.Dir = string(filepath.Separator)
	}
	cmd.Env = append(slices.Clone(p.asGo()), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS_REQUIRE=never", "GIT_OPTIONAL_LOCKS=0")
	cmd.Env = append(cmd.Env, more...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	ownGroup(cmd)
	cmd.WaitDelay = 200 * time.Millisecond
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		err = errEndless
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // it has ended well; only its output is still open, in a process that it has left behind
	}
	return output{stdout.String(), stderr.String(), err}
}

// errEndless is what is said of a program that did not end in its time.
var errEndless = errors.New("it does not come to an end")

// goQuiet are the settings under which a go command answers from what is on
// this machine.
var goQuiet = []string{"GOTOOLCHAIN=local", "GOPROXY=off", "GOFLAGS=", "GOSAFE=off"}

// lookPath finds a program on the patient's PATH, in absolute entries only.
func (p *patient) lookPath(name string) string {
	for _, dir := range filepath.SplitList(p.environ("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		file := filepath.Join(dir, name+exeSuffix)
		if fi, err := os.Stat(file); err == nil && fi.Mode().IsRegular() && (exeSuffix != "" || fi.Mode()&0o111 != 0) {
			return file
		}
	}
	return ""
}

// readGoEnv is `go env -json` of the real go, without a network and without
// another toolchain; nil if it cannot be had.
func (p *patient) readGoEnv() map[string]string {
	real := p.found().real
	if real.path == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	dir := p.Dir
	if p.module().special {
		dir = "" // go would wait for somebody to write into the pipe
	}
	out := p.command(ctx, dir, goQuiet, real.path, "env", "-json")
	return parseGoEnv(out.stdout)
}

// shellQuote makes s one word for a POSIX shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./_-+:@%,=~", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
