package wrapper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// HopVar marks the environment of a hop: a program named go that is no
// toolchain itself (a version manager's shim, a script) and may look "go" up
// on PATH again and so come back to us. A toolchain never sees it.
const HopVar = "GOSAFE_HOP"

// RecordName is the file beside the installed gosafe in which install.sh keeps
// the path of the go command that it found.
const RecordName = "gosafe.realgo"

// ErrNoGo is returned by Find when there is no go command but gosafe itself.
var ErrNoGo = errors.New("no go command found but gosafe itself: install Go, put its bin directory on PATH, or set GOSAFE_GO to the path of a go command")

// A Search says where to look for the real go. The zero value looks only where
// Go is installed by default.
type Search struct {
	Override []string // a command line from the user (GOSAFE_GO), tried first
	Path     string   // PATH
	Goroot   string   // GOROOT, as the user's environment has it
	Self     string   // our own executable, as os.Executable gives it
	Mark     string   // the value of HopVar that we were started with
	Default  string   // tried last; empty: where Go's own archive is unpacked to
}

// A Go is a go command that is not gosafe.
type Go struct {
	Path   string   // absolute, with its symbolic links: a toolchain finds its GOROOT from it
	Args   []string // arguments of the user's GOSAFE_GO, before the command's own
	Source string   // where it was found, for people: "PATH", "GOSAFE_GO", ...
	Root   string   // GOROOT if Path is a toolchain's own go; empty for a hop
	Inner  bool     // another gosafe or a hop above us in this very call is already watching
	mark   string   // value of HopVar to run it with; empty: the variable is removed
}

// Find looks for the real go: the user's override, then the entries of PATH
// below our own place, GOROOT/bin, the path recorded at installation, and the
// default place. Relative entries of PATH, and the empty one that means the
// current directory, are never looked into.
//
// Where gosafe stands in the place of a toolchain's own go (DivertedName), that one
// is meant. Called in its place, it is the real go whatever else there is, the
// override included: another toolchain's go is not what was asked for.
//
// Programs that are ourselves (the same file, whatever its name) are stepped
// over. Entered again from a hop that we started in this same call, Find goes
// on below that hop, so that two shims cannot call each other for ever.
func (s Search) Find() (Go, error) {
	me := newSelf(s.Self)
	m, marked := parseMark(s.Mark)
	reentered := marked && (m.depth > maxHops || isAncestor(m.pid))
	if path, err := me.stead(); err != nil {
		return Go{}, err
	} else if path != "" {
		return Go{Path: path, Source: "its own directory", Root: filepath.Dir(filepath.Dir(path)), Inner: reentered}, nil
	}
	all := s.candidates(me)
	if reentered {
		all = m.below(all)
	}
	for _, c := range all {
		if c.Source == RecordName {
			c.Path = me.recorded() // not read before it is needed
		}
		p, ok := look(c.Path)
		if !ok || me.same(p.info) || p.link && me.is(p.info) {
			continue
		}
		c.Inner = reentered
		if c.Root = toolchainRoot(c.Path); c.Root != "" {
			if bin := filepath.Join(c.Root, "bin"); standIn(bin, p.info) {
				c.Path = join(bin, DivertedName)
				if _, ok := look(c.Path); !ok {
					continue // it would look for a go itself, and come back to us
				}
			}
			return c, nil
		}
		if me.is(p.info) {
			continue
		}
		c.mark = newMark(c.Path, m.depth)
		return c, nil
	}
	return Go{}, ErrNoGo
}

// CheckOverride says what is wrong with the program that the user named.
func (s Search) CheckOverride() error {
	if len(s.Override) == 0 {
		return nil
	}
	path := s.Override[0]
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%q is not an absolute path", path)
	}
	p, ok := look(path)
	if !ok {
		return fmt.Errorf("%s is not an executable file", path)
	}
	if newSelf(s.Self).is(p.info) {
		return fmt.Errorf("%s is gosafe itself", path)
	}
	return nil
}

// candidates lists the places to look in, in order, without touching them but
// for finding our own place on PATH.
func (s Search) candidates(me *self) []Go {
	var all []Go
	if len(s.Override) > 0 {
		all = append(all, Go{Path: s.Override[0], Args: s.Override[1:], Source: "GOSAFE_GO"})
	}
	for _, dir := range s.below(me) {
		all = append(all, Go{Path: join(dir, goName), Source: "PATH"})
	}
	if filepath.IsAbs(s.Goroot) {
		all = append(all, Go{Path: filepath.Join(s.Goroot, "bin", goName), Source: "GOROOT"})
	}
	all = append(all, Go{Source: RecordName})
	last := s.Default
	if last == "" {
		last = defaultGo
	}
	return append(all, Go{Path: last, Source: "the default place"})
}

// below returns the directories of PATH below our own place; all of them if we
// are not on it (called by path, or through an alias).
func (s Search) below(me *self) []string {
	var dirs []string
	for _, dir := range filepath.SplitList(s.Path) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	for i, dir := range dirs {
		if me.in(dir) {
			return dirs[i+1:]
		}
	}
	return dirs
}

// join is filepath.Join without cleaning: on PATH "a/../b" may cross a link.
func join(dir, name string) string {
	return strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator) + name
}

// A program is a regular file that somebody may execute. Whether we may is for
// the exec to say, as it is in a shell.
type program struct {
	info os.FileInfo
	link bool // the path is that of a symbolic link which leads to it
}

// look returns the program at path, if there is one.
func look(path string) (program, bool) {
	fi, err := os.Lstat(path)
	link := err == nil && fi.Mode()&os.ModeSymlink != 0
	if link {
		fi, err = os.Stat(path)
	}
	ok := err == nil && fi.Mode().IsRegular() && (!checkExecBit || fi.Mode()&0o111 != 0)
	return program{fi, link}, ok
}

// toolchainRoot returns the GOROOT that a go command at path belongs to, and
// the empty string if it is none of a toolchain's. Distributions and version
// managers link to it, so the resolved path counts too (cmd/go/internal/cfg,
// findGOROOT, does the same).
func toolchainRoot(path string) string {
	for range 2 {
		root := filepath.Dir(filepath.Dir(path))
		for _, sign := range []string{"pkg/tool", "VERSION"} {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(sign))); err == nil {
				return root
			}
		}
		resolved, err := filepath.EvalSymlinks(path)
		if err != nil || resolved == path {
			return ""
		}
		path = resolved
	}
	return ""
}

// Argv is the argument list to run g with, given the one we were called with.
// The name is kept if it is go's; a hop that asks by which name it was called
// must not hear ours.
func (g Go) Argv(called []string) []string {
	argv := []string{g.Path}
	if len(called) > 0 {
		if IsGo(called[0]) && len(g.Args) == 0 {
			argv[0] = called[0]
		}
		argv = append(append(argv, g.Args...), called[1:]...)
	}
	return argv
}

// IsGo reports whether a program called by this name has been called as go.
func IsGo(arg0 string) bool {
	return strings.TrimSuffix(filepath.Base(arg0), exeSuffix) == "go"
}

// Environ is the environment to run g with: environ itself, unless a hop's
// mark has to be set or taken away.
func (g Go) Environ(environ []string) []string {
	const prefix = HopVar + "="
	has := false
	for _, kv := range environ {
		has = has || strings.HasPrefix(kv, prefix)
	}
	if !has && g.mark == "" {
		return environ
	}
	env := make([]string, 0, len(environ)+1)
	for _, kv := range environ {
		if !strings.HasPrefix(kv, prefix) {
			env = append(env, kv)
		}
	}
	if g.mark != "" {
		env = append(env, prefix+g.mark)
	}
	return env
}
