package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosafe/classify"
	"gosafe/internal/goenv"
	"gosafe/wrapper"
)

// A shim is one call of the go command that has reached us.
type shim struct {
	argv    []string // as we were called
	environ []string
	config  config
	ui      ui

	verb classify.Verb
	rest []string // the arguments after the verb
	real wrapper.Go
	env  *goenv.Env // go's settings
}

func newShim(argv, environ []string) *shim {
	s := &shim{argv: argv, environ: environ, config: readSettings(environ)}
	s.ui = ui{w: os.Stderr, quiet: s.config.quiet}
	if len(argv) > 0 {
		s.verb, s.rest = classify.LookupVerb(argv[1:])
	}
	return s
}

// run runs the command in the way that its verb asks for.
func (s *shim) run() int {
	var err error
	if s.real, err = s.find(); err != nil {
		s.ui.quiet = false
		s.ui.line("%v", err)
		return 127
	}
	s.env = goenv.New(s.environ, s.real.Root)
	if s.config.mode == "off" || s.real.Inner {
		return s.pass()
	}
	s.warn()
	if !s.env.Readable() || s.readsInput() {
		return s.pass() // reading go's settings, or its input, would take them away from go
	}
	if s.verb.Way == classify.Guard && !s.startsTools() {
		return s.guard()
	}
	if s.config.mode == "observe" {
		return s.pass() // nothing is run that the command would not have run
	}
	if s.env.MissingToolchain(s.dir()) != "" {
		s.fetchToolchain()
	}
	if s.verb.Way != classify.Pass {
		s.prefetch()
	}
	return s.pass()
}

// startsTools reports whether the command runs programs of the user's, be they
// compilers and checkers: they may have effects, and count as user code.
func (s *shim) startsTools() bool {
	return hasFlag(append(s.goflags(), s.rest...), "toolexec", "vettool", "fixtool")
}

// readsInput reports whether a file that the command reads is its standard
// input, or a pipe (bash's <(…)): that can be read only once.
func (s *shim) readsInput() bool {
	return slices.ContainsFunc(s.rest, func(a string) bool {
		return strings.Contains(a, "/dev/stdin") || strings.Contains(a, "/dev/fd/") || strings.Contains(a, "/proc/self/fd/")
	})
}

// goflags returns the flags in GOFLAGS.
func (s *shim) goflags() []string { return splitFlags(s.env.Get("GOFLAGS")) }

// splitFlags splits as cmd/go does (cmd/internal/quoted): at white space, but
// for what begins with a quote, which goes to the next one of its kind.
func splitFlags(text string) (flags []string) {
	const blanks = " \t\n\r"
	for text = strings.TrimLeft(text, blanks); text != ""; text = strings.TrimLeft(text, blanks) {
		end, skip := strings.IndexAny(text, blanks), 0
		if text[0] == '"' || text[0] == '\'' {
			end, text, skip = strings.IndexByte(text[1:], text[0]), text[1:], 1
		}
		if end < 0 {
			end, skip = len(text), 0
		}
		flags, text = append(flags, text[:end]), text[end+skip:]
	}
	return flags
}

// find looks for the real go. A GOSAFE_GO that cannot be is warned of and left
// aside: a bad setting must not keep go from running.
func (s *shim) find() (wrapper.Go, error) {
	exe, _ := os.Executable() // empty: nothing is recognised as ourselves, but by its mark
	search := wrapper.Search{
		Override: s.config.realGo,
		Path:     lookup(s.environ, "PATH"),
		Goroot:   lookup(s.environ, "GOROOT"),
		Self:     exe,
		Mark:     lookup(s.environ, wrapper.HopVar),
	}
	if err := search.CheckOverride(); err != nil {
		s.config.warnings = append(s.config.warnings, "GOSAFE_GO: "+err.Error()+"; going on as if it were not set")
		search.Override = nil
	}
	return search.Find()
}

// warn tells, in one line, which settings were not understood.
func (s *shim) warn() {
	if len(s.config.warnings) > 0 {
		s.ui.warning("%s", strings.Join(s.config.warnings, "; "))
	}
}

// pass becomes the real go. It returns only if that is not possible.
func (s *shim) pass() int {
	code, err := wrapper.Exec(s.real.Path, s.real.Argv(s.argv), s.real.Environ(s.environ))
	if err != nil && s.real.Source == "GOSAFE_GO" {
		s.cannotRun(err)
		s.config.realGo = nil
		if s.real, err = s.find(); err == nil {
			return s.pass()
		}
	}
	if err != nil {
		s.cannotRun(err)
	}
	return code
}

func (s *shim) cannotRun(err error) {
	s.ui.quiet = false
	s.ui.line("running %s: %v", s.real.Path, err)
}

// dir is the directory that the command works in: ours, or that of a leading
// -C. It is empty if it cannot be told (it has been deleted).
func (s *shim) dir() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	if c := s.chdir(); len(c) > 0 {
		to := c[len(c)-1]
		if _, value, ok := strings.Cut(to, "="); ok && len(c) == 1 {
			to = value
		}
		if filepath.IsAbs(to) {
			return to
		}
		return filepath.Join(dir, to)
	}
	return dir
}

// chdir returns the leading -C flag of the command line as it was written, in
// one word or two, or nothing. cmd/go takes it before the verb or right after.
func (s *shim) chdir() []string {
	for i, a := range s.argv[1:min(len(s.argv), 4)] {
		switch {
		case strings.HasPrefix(a, "-C="), strings.HasPrefix(a, "--C="):
			return []string{a}
		case (a == "-C" || a == "--C") && i+2 < len(s.argv):
			return []string{a, s.argv[i+2]}
		case strings.HasPrefix(a, "-"):
			return nil
		}
	}
	return nil
}

// lookup finds a variable in an environment as go does: of two assignments, the
// first one counts.
func lookup(environ []string, name string) string {
	return goenv.New(environ, "").Environ(name)
}
