package main

import (
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"gosafe/internal/goenv"
)

// A moduleSet is what the module files of a command say that it is built from.
type moduleSet struct {
	files    []string // go.mod and go.work, and the go.mod of directories in the place of modules
	hashes   []byte   // of what was read in them, one after the other
	sums     []string // the go.sum and go.work.sum beside them
	dir      string   // that of go.work, or of go.mod even if another file stands in for it
	work     bool     // there is a go.work
	version  string   // that of the go line, in go.work if there is one
	mains    []string // the paths of the main modules
	requires []module.Version
	tools    []string // the packages of the tool lines

	// pruned says that requires names every module that the packages and tests
	// of the main module can need: from go 1.17 on, and if there is no go.work,
	// in which one module raises the versions of another's, and for which go
	// reads the go.mod files of all that they require.
	pruned bool
}

// A moduleFile says what a command is built from: a go.work or go.mod, or the file
// that stands in for one (-modfile).
type moduleFile struct {
	path string // empty if there is none
	root string // the directory of the go.work or go.mod that go finds
	work bool   // it is a go.work
}

// findModuleFile finds the one of a command in dir: that named by modfile if it is
// not empty, or as go does.
func findModuleFile(env *goenv.Env, dir, modfile string) moduleFile {
	mod, gowork := env.MainModule(dir)
	switch {
	case modfile == "" && gowork != "":
		return moduleFile{gowork, filepath.Dir(gowork), true}
	case mod == "":
		return moduleFile{}
	case modfile == "":
		modfile = mod
	case !filepath.IsAbs(modfile):
		modfile = filepath.Join(dir, modfile)
	}
	return moduleFile{modfile, filepath.Dir(mod), false}
}

// readModules reads the module files that a command in dir uses.
func readModules(env *goenv.Env, dir, modfile string) (moduleSet, bool) {
	return findModuleFile(env, dir, modfile).read()
}

// read reads the file, and those that it names. It reports false if there is none,
// or it cannot be understood: then there is nothing to say about it, and go says
// what is wrong.
func (f moduleFile) read() (moduleSet, bool) {
	set := moduleSet{dir: f.root, work: f.work, pruned: !f.work}
	switch {
	case f.path == "":
		return set, false
	case f.work:
		return set, set.addWork(f.path)
	}
	return set, set.addMod(f.path, f.root, nil)
}

// addWork adds a go.work file and the modules it uses.
func (s *moduleSet) addWork(file string) bool {
	data, err := s.read(file)
	if err != nil {
		return false
	}
	f, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return false
	}
	if f.Go != nil {
		s.version = f.Go.Version
	}
	s.sums = append(s.sums, file+".sum")
	s.addReplaces(f.Replace, s.dir)
	for _, use := range f.Use {
		dir := absolute(use.Path, s.dir)
		if !s.addMod(filepath.Join(dir, "go.mod"), dir, f.Replace) {
			return false
		}
	}
	return true
}

// addMod adds the requirements of the go.mod file of the module in root, with
// its replacements and those of go.work, which go before, applied.
func (s *moduleSet) addMod(file, root string, above []*modfile.Replace) bool {
	data, err := s.read(file)
	if err != nil {
		return false
	}
	f, err := modfile.Parse(file, data, nil) // ParseLax would drop the replace lines
	if err != nil {
		return false
	}
	s.sums = append(s.sums, strings.TrimSuffix(file, ".mod")+".sum")
	s.addReplaces(f.Replace, root)
	above = append(above[:len(above):len(above)], f.Replace...)
	if f.Go == nil || !atLeast(f.Go.Version, 1, 17) {
		s.pruned = false
	}
	if f.Go != nil && !s.work {
		s.version = f.Go.Version
	}
	if f.Module != nil {
		s.mains = append(s.mains, f.Module.Mod.Path)
	}
	for _, tool := range f.Tool {
		s.tools = append(s.tools, tool.Path)
	}
	for _, r := range f.Require {
		if m, remote := replace(above, r.Mod); remote {
			s.requires = append(s.requires, m)
		}
	}
	return true
}

// read reads one of the module files.
func (s *moduleSet) read(file string) ([]byte, error) {
	data, hash, err := readHashed(file)
	s.files = append(s.files, file)
	s.hashes = append(s.hashes, hash[:]...)
	return data, err
}

// addReplaces makes the directories among replacements absolute, as seen from
// dir. What is required there counts as well, so it is read; what it says is
// go's to find out.
func (s *moduleSet) addReplaces(replaces []*modfile.Replace, dir string) {
	for _, r := range replaces {
		if r.New.Version == "" {
			r.New.Path = absolute(r.New.Path, dir)
			s.read(filepath.Join(r.New.Path, "go.mod"))
		}
	}
}

func absolute(path, dir string) string {
	if path = filepath.FromSlash(path); !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path
}

// replace returns the module that stands in for m, and whether it comes from
// the module cache rather than from a directory.
func replace(replaces []*modfile.Replace, m module.Version) (module.Version, bool) {
	for _, r := range replaces {
		if r.Old.Path == m.Path && (r.Old.Version == "" || r.Old.Version == m.Version) {
			return r.New, r.New.Version != ""
		}
	}
	return m, true
}

// atLeast compares the version of a go line ("1.21", "1.9.3") with major.minor.
func atLeast(version string, major, minor int) bool {
	v := [2]int{}
	for i, f := range strings.SplitN(version, ".", 3) {
		if i > 1 {
			break
		}
		for _, c := range f {
			if c < '0' || c > '9' {
				break // 1.21rc1
			}
			v[i] = v[i]*10 + int(c-'0')
		}
	}
	return v[0] > major || v[0] == major && v[1] >= minor
}
