package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/mod/module"

	"gosafe/retry"
	"gosafe/wrapper"
)

// prefetch fetches what the command will need, guarded, before the command
// itself is run once: user code must not be started twice, and has begun to
// run by the time that go test or go run can fail.
//
// A real failure is not told: the command itself tells it, in its own words.
func (s *shim) prefetch() {
	l := readLoading(s.Verb.Name, s.Rest)
	if s.Verb.Name == "tool" {
		if s.isBuiltinTool(l) {
			return
		}
		l.patterns = s.toolPackages(l)
	}
	args := l.prefetchArgs(s.Verb)
	if args == nil || s.Env.Get("GOPROXY") == "off" {
		return
	}
	if !l.remote() {
		if warm, done := s.warm(l, args); warm || done.has() {
			return
		}
	}
	out, attempts := s.runQuietly(append(s.Chdir(), args...), false)
	if out.OK && !l.remote() {
		s.finished(l, args)
	}
	if out.OK && attempts > 1 && l.remote() {
		s.runFromCache(l.patterns[0])
	}
}

// finished remembers a prefetch, in the state that it has left the cache in: an
// empty cache must not count as prefetched because it once was.
func (s *shim) finished(l loading, args []string) {
	_, done := s.warm(l, args)
	done.add()
}

// fetchToolchain lets go fetch the toolchain that the command will switch to.
func (s *shim) fetchToolchain() {
	s.runQuietly(append(s.Chdir(), "version"), false)
}

// runQuietly runs a go command of ours, guarded, and shows of its output only
// what the user's command would have shown as well. It returns how the last
// attempt ended, and how many there were. A signal ends the process, as it would
// have ended go; after QUIT, go shows where it was.
func (s *shim) runQuietly(args []string, tolerant bool) (out retry.Outcome, attempts int) {
	sig := wrapper.Listen()
	shown := &downloadLines{w: os.Stderr, seen: map[string]bool{}}
	g := &guarded{shim: s, args: args, sig: sig, stdout: new(boundedBuffer), stderr: shown, tolerant: tolerant}
	out = g.run()
	if answered := g.last.Exit == 2 || g.last.Signal != 0; answered && sig.Stopped() == syscall.SIGQUIT {
		sig.Settle()
		shown.rest(g.last.Stderr)
		os.Exit(g.last.End())
	}
	sig.CloseOrDie()
	return out, g.attempts
}

// downloadLines passes on the lines that tell of downloads, each once, whatever
// the number of attempts. The command itself will not print them any more: it
// finds everything there.
type downloadLines struct {
	w    io.Writer
	line []byte
	seen map[string]bool
}

func (d *downloadLines) Write(p []byte) (int, error) {
	d.line = append(d.line, p...)
	for {
		i := bytes.IndexByte(d.line, '\n')
		if i < 0 {
			return len(p), nil
		}
		if line := string(d.line[:i+1]); strings.HasPrefix(line, "go: downloading ") && !d.seen[line] {
			d.seen[line] = true
			io.WriteString(d.w, line)
		}
		d.line = d.line[i+1:]
	}
}

// rest passes on the other lines of what an attempt has said.
func (d *downloadLines) rest(said []byte) {
	for line := range bytes.Lines(said) {
		if !d.seen[string(line)] {
			d.w.Write(line)
		}
	}
}

// toolPackages returns the packages of the module's that go tool may mean: those
// of go.mod's tool lines with that path, or that name at its end
// (cmd/go/internal/tool, loadModTool).
func (s *shim) toolPackages(l loading) (packages []string) {
	set, ok := readModules(s.Env, s.Dir(), s.loadingFlag(l, "modfile"))
	if !ok || len(l.patterns) == 0 {
		return nil
	}
	for _, tool := range set.tools {
		if name := l.patterns[0]; tool == name || toolName(tool) == name {
			packages = append(packages, tool)
		}
	}
	return packages
}

// toolName is the last element of a path that is not a major version.
func toolName(path string) string {
	prefix, _, ok := module.SplitPathVersion(path)
	if !ok {
		prefix = path
	}
	return prefix[strings.LastIndexByte(prefix, '/')+1:]
}

// isBuiltinTool reports whether go tool runs a program of the toolchain's own,
// or only lists them.
func (s *shim) isBuiltinTool(l loading) bool {
	if len(l.patterns) == 0 {
		return true
	}
	name := l.patterns[0]
	if strings.ContainsAny(name, `/\`) || s.Real.Root == "" {
		return false
	}
	for _, place := range []string{
		filepath.Join("pkg", "tool", runtime.GOOS+"_"+runtime.GOARCH, name),
		filepath.Join("src", "cmd", name), // built on demand since go 1.25
	} {
		if _, err := os.Stat(filepath.Join(s.Real.Root, place)); err == nil {
			return true
		}
	}
	return false
}
