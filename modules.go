package main

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"gosafe/internal/goenv"
)

// A moduleSet is what the module files of a command say that it is built from.
type moduleSet struct {
	files    []string // go.mod and go.work, with the sums beside them
	sums     []string // the go.sum and go.work.sum among them
	dir      string   // of go.work, or of go.mod
	requires []module.Version
	tools    []string // the packages of the tool lines
	pruned   bool     // requires names every module that a build can need (go 1.17 and later)
}

// readModules reads the module files that a command in dir uses: those named
// by modfile if it is not empty (-modfile), or found there as go finds them. It
// reports false if there are none, or they cannot be understood: then there is
// nothing to say about them, and go says what is wrong.
func readModules(env *goenv.Env, dir, modfile string) (moduleSet, bool) {
	mod, work := env.MainModule(dir)
	if modfile != "" {
		if !filepath.IsAbs(modfile) {
			modfile = filepath.Join(dir, modfile)
		}
		mod, work = modfile, ""
	}
	set := moduleSet{pruned: true}
	switch {
	case work != "":
		set.dir = filepath.Dir(work)
		return set, set.addWork(work)
	case mod != "":
		set.dir = filepath.Dir(mod)
		return set, set.addMod(mod, nil)
	}
	return set, false
}

// addWork adds a go.work file and the modules it uses.
func (s *moduleSet) addWork(file string) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	f, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return false
	}
	s.addFile(file, file+".sum")
	for _, use := range f.Use {
		dir := use.Path
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(s.dir, filepath.FromSlash(dir))
		}
		if !s.addMod(filepath.Join(dir, "go.mod"), f.Replace) {
			return false
		}
	}
	return true
}

// addMod adds the requirements of a go.mod file, with its replacements and
// those of go.work, which go before, applied.
func (s *moduleSet) addMod(file string, above []*modfile.Replace) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	f, err := modfile.Parse(file, data, nil) // ParseLax would drop the replace lines
	if err != nil {
		return false
	}
	s.addFile(file, strings.TrimSuffix(file, ".mod")+".sum")
	above = append(above[:len(above):len(above)], f.Replace...)
	if f.Go == nil || !atLeast(f.Go.Version, 1, 17) {
		s.pruned = false
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

func (s *moduleSet) addFile(file, sum string) {
	s.files = append(s.files, file, sum)
	s.sums = append(s.sums, sum)
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
