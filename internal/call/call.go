// Package call is one call of the go command that has reached us, as far as
// gosafe-shim and gosafe do the same with it: what it asks for, which go it is
// for, its first attempt, and how the one program leaves that to the other.
package call

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosafe/internal/goenv"
	"gosafe/internal/goflag"
	"gosafe/internal/verb"
	"gosafe/wrapper"
)

// A Call is one call of the go command.
type Call struct {
	Argv    []string // as we were called
	Environ []string

	Verb verb.Verb
	Rest []string // the arguments after the verb

	// What is known once the real go has been found: it, and its settings.
	Real wrapper.Go
	Env  *goenv.Env
}

// New reads a command line.
func New(argv, environ []string) *Call {
	c := &Call{Argv: argv, Environ: environ}
	if len(argv) > 0 {
		c.Verb, c.Rest = verb.Lookup(argv[1:])
	}
	return c
}

// Search says where to look for the real go.
func (c *Call) Search() wrapper.Search {
	exe, _ := os.Executable() // empty: nothing is recognised as ourselves, but by its mark
	return wrapper.Search{
		Path:   Lookup(c.Environ, "PATH"),
		Goroot: Lookup(c.Environ, "GOROOT"),
		Self:   exe,
		Mark:   Lookup(c.Environ, wrapper.HopVar),
	}
}

// Found notes which go is the real one.
func (c *Call) Found(real wrapper.Go) {
	c.Real, c.Env = real, goenv.New(c.Environ, real.Root)
}

// Pass becomes the real go. It returns only if that is not possible, with the
// exit status that a shell would give.
func (c *Call) Pass() (int, error) {
	code, err := wrapper.Exec(c.Real.Path, c.Real.Argv(c.Argv), c.Real.Environ(c.Environ))
	if !errors.Is(err, fs.ErrNotExist) {
		return code, err
	}
	// Go may have been upgraded just now, or install.sh --undivert run.
	if again, ferr := c.Search().Find(); ferr == nil && again.Path != c.Real.Path {
		c.Found(again)
		return wrapper.Exec(c.Real.Path, c.Real.Argv(c.Argv), c.Real.Environ(c.Environ))
	}
	return code, err
}

// TakesInput reports whether reading go's settings or its arguments would take
// them away from go: the file with its settings, or one that the command reads,
// is a pipe (bash's <(…)), or its standard input.
func (c *Call) TakesInput() bool {
	return !c.Env.Readable() || slices.ContainsFunc(c.Rest, func(a string) bool {
		return strings.Contains(a, "/dev/stdin") || strings.Contains(a, "/dev/fd/") || strings.Contains(a, "/proc/self/fd/")
	})
}

// StartsTools reports whether the command runs programs of the user's, be they
// compilers and checkers: they may have effects, and count as user code.
func (c *Call) StartsTools() bool {
	return goflag.Has(c.Flags(), "toolexec", "vettool", "fixtool")
}

// Goflags returns the flags in GOFLAGS.
func (c *Call) Goflags() []string { return goflag.Split(c.Env.Get("GOFLAGS")) }

// Flags returns the arguments after the verb, behind the flags in GOFLAGS.
func (c *Call) Flags() []string { return append(c.Goflags(), c.Rest...) }

// Dir is the directory that the command works in: ours, or that of a leading
// -C. It is empty if it cannot be told (it has been deleted).
func (c *Call) Dir() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	if flag := c.Chdir(); len(flag) > 0 {
		to := flag[len(flag)-1]
		if _, value, ok := strings.Cut(to, "="); ok && len(flag) == 1 {
			to = value
		}
		if filepath.IsAbs(to) {
			return to
		}
		return filepath.Join(dir, to)
	}
	return dir
}

// Chdir returns the leading -C flag of the command line as it was written, in
// one word or two, or nothing. cmd/go takes it before the verb or right after.
func (c *Call) Chdir() []string {
	for i, a := range c.Argv[1:min(len(c.Argv), 4)] {
		switch {
		case strings.HasPrefix(a, "-C="), strings.HasPrefix(a, "--C="):
			return []string{a}
		case (a == "-C" || a == "--C") && i+2 < len(c.Argv):
			return []string{a, c.Argv[i+2]}
		case strings.HasPrefix(a, "-"):
			return nil
		}
	}
	return nil
}

// Lookup finds a variable in an environment as go does: of two assignments, the
// first one counts.
func Lookup(environ []string, name string) string {
	return goenv.New(environ, "").Environ(name)
}

// DeadDir is the name of the CacheDir with the endpoints that did not answer, for
// a minute.
const DeadDir = "dead"

// CacheDir is where gosafe remembers something of that name; empty if the user has
// no directory for such things.
func CacheDir(name string) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "gosafe", name)
}
