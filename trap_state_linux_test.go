package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// buildProbe builds testdata/probe, once.
var buildProbe = sync.OnceValues(func() (string, error) {
	probe := filepath.Join(filepath.Dir(aloneDir()), "probe") // testscript.Main removes it
	cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "build", "-o", probe, "./testdata/probe")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building probe: %v\n%s", err, out)
	}
	return probe, nil
})

// record is a go command that writes down all that it can see of itself.
const record = `cwd=$(readlink /proc/$$/cwd)
cd "$RECORD" || exit 1
cat /proc/$$/environ >environ
cat /proc/$$/cmdline >argv
echo "$cwd" >cwd
for fd in /proc/$$/fd/*; do echo "${fd##*/} $(readlink "$fd")"; done >fd
cat /proc/$$/limits >limits
grep -E '^(Umask|Groups|NoNewPrivs|Seccomp|Cpus_allowed_list|Cap...):' /proc/$$/status >status
grep -E '^Sig(Blk|Ign)' /proc/self/status >signals
read -r pid comm state ppid group session tty foreground flags minflt cminflt majflt cmajflt utime stime cutime cstime priority nice rest </proc/$$/stat
echo "$group $session $tty $foreground" >group
echo "$priority $nice" >nice
echo "$pid" >pid
echo "$ppid" >ppid
cat /proc/$$/oom_score_adj /proc/$$/cgroup >surroundings
`

// seen runs a command in the state that the flags of probe ask for, and returns
// what the recording go saw of itself, by what it is.
func (s *stage) seen(program string, flags, args []string) map[string]string {
	s.t.Helper()
	probe, err := buildProbe()
	if err != nil {
		s.t.Fatal(err)
	}
	dir := filepath.Join(s.dir, "record")
	if err := os.RemoveAll(dir); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(probe, slices.Concat(flags, []string{program, "go"}, args)...)
	cmd.Dir, cmd.Env = s.dir, append(s.cmd.Env, "RECORD="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	seen := map[string]string{"pid of the caller's child": strconv.Itoa(cmd.Process.Pid) + "\n"}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 10 {
		s.t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			s.t.Fatal(err)
		}
		seen[f.Name()] = string(data)
	}
	return seen
}

// odd is a state that few programs keep.
var odd = []string{
	"-ignore", "1,2", "-block", "1,3,10,13,15,17,23,34,40,64", "-nofile", "200", "-umask", "027", "-nice", "3", "-fd", "7",
	"-env", `ODD\xff\xfe=\xff`, "-env", "TWICE=1", "-env", "TWICE=2", "-env", "=nameless", "-env", "=again", "-env", "noequals", "-env", "", "-env", `A=line\nline`,
	"-env", "GOFLAGS=-x", "-env", "GOROOT=/nowhere", "-env", "GOPATH=rel", "-env", "GOTOOLCHAIN=local",
}

// oddArgs are arguments that few programs keep.
var oddArgs = []string{"", "two words", `line\nline`, `\xff\xfe`, "*", "$HOME", "--", "-"}

// TestState: after the exec nothing at all differs from the plain command, and a
// guarded child differs in its pid, its parent, and the pipe on standard error.
func TestState(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct {
		name        string
		flags, args []string
	}{
		{"odd", odd, oddArgs},
		{"a megabyte", []string{"-env", "LONG1=" + long, "-env", "LONG2=" + long}, slices.Repeat([]string{long}, 10)},
		{"directory gone", []string{"-gone", "GONE"}, nil},
	} {
		for _, way := range []string{"version", "list"} {
			t.Run(tt.name+" "+way, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, nil)
				s.script(record)
				flags := slices.Clone(tt.flags)
				for i, f := range flags {
					if f == "GONE" {
						flags[i] = filepath.Join(s.dir, "gone")
					}
				}
				args := append([]string{way}, tt.args...)
				direct := s.seen(filepath.Join(s.dir, "root", "bin", "go"), flags, args)
				ours := s.seen(filepath.Join(shimDir(), "go"), flags, args)
				for what, want := range direct {
					got := ours[what]
					switch {
					case what == "pid" && way == "version" && got != ours["pid of the caller's child"]:
						t.Errorf("pid %q, and the caller's child is %q", got, ours["pid of the caller's child"])
					case strings.HasPrefix(what, "pid"), what == "ppid" && way == "list":
					default:
						if what == "fd" {
							want, got = descriptors(want, way == "list"), descriptors(got, way == "list")
						}
						if got != want {
							t.Errorf("%s:\n%.300q\nthrough gosafe:\n%.300q", what, want, got)
						}
					}
				}
			})
		}
	}
}

// descriptors leaves out what differs between any two runs: which pipe it is,
// and, for a guarded child, that standard error is one.
func descriptors(list string, guarded bool) string {
	var b strings.Builder
	for line := range strings.Lines(list) {
		fd, to, _ := strings.Cut(line, " ")
		kind, _, _ := strings.Cut(to, ":")
		if guarded && (fd == "1" || fd == "2") {
			kind = "anything"
		}
		b.WriteString(fd + " " + strings.TrimSpace(kind) + "\n")
	}
	return b.String()
}

// TestIgnoredBelowGo: of the signals that a caller ignores, the Go runtime keeps
// HUP and INT ignored and resets the others, in us as in go itself; so what go
// starts sees the same, with us or without.
func TestIgnoredBelowGo(t *testing.T) {
	t.Parallel()
	probe, err := buildProbe()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m.test\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() {}\n",
		"status": "#!/bin/sh\ngrep -E '^Sig(Blk|Ign)' /proc/self/status\n",
	} {
		if err := writeProgram(filepath.Join(dir, name), text); err != nil {
			t.Fatal(err)
		}
	}
	run := func(program string) string {
		cmd := exec.Command(probe, "-ignore", "1,2,3,10,12,13,15,17,28", "-block", "3,10,15,17,34", program, "go", "run", "-exec", "./status", ".")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+shimDir()+":"+filepath.Join(realGo().goroot, "bin")+":/usr/bin:/bin", "GOFLAGS=", "GOWORK=off", "GOENV=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	direct, ours := run(filepath.Join(realGo().goroot, "bin", "go")), run(filepath.Join(shimDir(), "go"))
	if direct != ours || !strings.Contains(direct, "SigIgn:\t000000000000000") { // nothing above QUIT
		t.Errorf("a program of go run sees\n%sthrough gosafe\n%s", direct, ours)
	}
}

// TestDeathOfTheCaller: a caller that asked for the death of its child with its
// own (timeout(1), another gosafe) gets it after the exec too. The kernel keeps
// that with a thread: the exec has to come from the first one.
func TestDeathOfTheCaller(t *testing.T) {
	t.Parallel()
	probe, err := buildProbe()
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, nil)
	s.script("echo $$ >pid.new; mv pid.new pid; exec sleep 100\n")
	// The shell is the caller, and is killed.
	shim := s.cmd.Path
	s.cmd.Path, s.cmd.Args = "/bin/sh", []string{"sh", "-c", `"$0" -pdeathsig 9 "$1" go version & wait`, probe, shim}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.await(func() bool { return exists(filepath.Join(s.dir, "pid")) })
	pid, _ := os.ReadFile(filepath.Join(s.dir, "pid"))
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.await(func() bool { return !running(string(bytes.TrimSpace(pid))) })
}

// running reports whether a process is there, and not just waiting to be asked
// how it ended.
func running(pid string) bool {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	return err == nil && !bytes.Contains(status, []byte("State:\tZ"))
}

// TestRuntimeVariables: the variables of the Go runtime that are meant for go
// neither stop us nor make us talk.
func TestRuntimeVariables(t *testing.T) {
	t.Parallel()
	for _, v := range []string{
		"GODEBUG=gctrace=1", "GODEBUG=scavtrace=1", "GODEBUG=fips140=only", "GODEBUG=execerrdot=0", "GODEBUG=asyncpreemptoff=1",
		"GODEBUG=nosuch=1,,=", "GODEBUG=cpu.all=off", "GODEBUG=gcstoptheworld=1", "GODEBUG=checkfinalizers=1",
		"GOTRACEBACK=crash", "GOMAXPROCS=1", "GOMAXPROCS=x", "GOGC=1", "GOGC=off", "GOGC=x", "GOMEMLIMIT=1", "GOCOVERDIR=/nowhere",
	} {
		for _, way := range []string{"version", "list"} {
			t.Run(v+" "+way, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, map[string]string{"1.stdout": "out\n", "1.stderr": "err\n", "1.exit": "3"}, way)
				s.script("echo out\necho err >&2\nexit 3\n")
				s.cmd.Env = append(s.cmd.Env, v)
				out, _ := s.cmd.Output()
				if string(out) != "out\n" || s.err.String() != "err\n" || s.cmd.ProcessState.ExitCode() != 3 {
					t.Errorf("stdout %q, stderr %q, %v", out, s.err.String(), s.cmd.ProcessState)
				}
			})
		}
	}
}
