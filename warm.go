package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosafe/internal/goenv"
	"gosafe/internal/goflag"
)

// warm reports whether the command needs nothing from the network, as far as
// the module files and the cache tell: then a prefetch would only cost time. If
// not, the memory returned knows whether this very prefetch has been finished
// before: some of the modules that go.mod lists are never needed on a platform,
// and so are never complete.
func (s *shim) warm(l loading, args []string) (bool, memory) {
	dir, modfile := s.Dir(), s.loadingFlag(l, "modfile")
	file := findModuleFile(s.Env, dir, modfile)
	if file.path == "" {
		return true, memory{} // no module: only the standard library can be loaded
	}
	if s.loadingFlag(l, "overlay") != "" {
		return false, memory{} // any file may have another one in its place
	}
	switch mod := s.loadingFlag(l, "mod"); {
	case mod == "vendor" || mod == "" && vendored(file):
		return true, memory{}
	case mod == "mod" || args[0] != "list":
		return false, memory{} // go looks for what is imported, and go.mod does not name
	}
	v, ok := s.survey(file, false)
	switch {
	case !ok:
		return true, memory{} // go will refuse it
	case !v.pruned || s.foreign(l, args, dir, file.root, v.mains):
		if v, ok = s.survey(file, true); !ok {
			return true, memory{}
		}
	case len(v.missing) == 0:
		return true, memory{}
	}
	sources, ok := heads(file.root, s.Env.Get("GOMODCACHE"), sourcePlaces(v, l, dir, file))
	if !ok {
		return false, memory{}
	}
	return false, s.remember(v, args, dir, sources)
}

// loadingFlag returns the value of a build flag, from the command line or from
// GOFLAGS.
func (s *shim) loadingFlag(l loading, name string) string {
	if v := goflag.Value(l.flags, name); v != "" {
		return v
	}
	return goflag.Value(s.Goflags(), name)
}

// foreign reports whether the command loads more than the packages of the module
// in root. What others need, or a file that belongs to no package, may stand in no
// go.mod of ours.
func (s *shim) foreign(l loading, args []string, dir, root string, mains []string) bool {
	if s.Verb.Name == "tool" {
		return false // the packages of the tool lines count as imported
	}
	for _, p := range l.patterns {
		p, homes := filepath.ToSlash(p), mains
		if filepath.IsAbs(p) || p == "." || p == ".." || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") {
			p, homes = filepath.ToSlash(absolute(p, dir)), []string{filepath.ToSlash(root)}
		}
		within := func(home string) bool { return p == home || strings.HasPrefix(p, home+"/") }
		if strings.HasSuffix(p, ".go") || !slices.ContainsFunc(homes, within) {
			return true
		}
	}
	return args[len(args)-1] == "all"
}

// vendored reports whether packages are loaded from the vendor directory beside
// the module file without being asked to: if there is one that was made for a module or for
// a workspace, as this one is, and the go line is recent enough
// (cmd/go/internal/modload, setDefaultBuildMod).
func vendored(file moduleFile) bool {
	list, err := goenv.ReadFile(filepath.Join(file.root, "vendor", "modules.txt"), goenv.MaxFile)
	if err != nil {
		return false
	}
	set, ok := file.read()
	if !ok {
		return false
	}
	first, _, _ := strings.Cut(string(list), "\n")
	if forWork := strings.HasPrefix(first, "## ") && strings.Contains(first, "workspace"); forWork != set.work {
		return false
	}
	return atLeast(set.version, 1, 22) || !set.work && atLeast(set.version, 1, 14)
}

// A memory remembers, as an empty file, that a prefetch was finished. Its key
// holds everything that the prefetch depended on, the incomplete modules among
// it: when one of them changes, it is done once more. The zero memory remembers
// nothing.
type memory struct{ file string }

// memorySize bounds how many finished prefetches are remembered.
const memorySize = 400

// remember returns the memory of a finished prefetch where a survey shows this,
// and the user's files say that.
func (s *shim) remember(v survey, args []string, dir string, sources []byte) memory {
	var vars []string
	for _, kv := range s.Environ {
		if strings.HasPrefix(kv, "GO") && !strings.HasPrefix(kv, "GOSAFE") || strings.HasPrefix(kv, "CGO_") || strings.HasPrefix(kv, "CC=") {
			vars = append(vars, kv)
		}
	}
	slices.Sort(vars)
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", []any{s.Real.Path, args, dir, s.Env.Get("GOMODCACHE"), vars, v.files, v.missing})
	h.Write(v.hashes)
	h.Write(sources)
	files := append(v.sums, s.Env.UserFile())
	if s.Real.Root != "" {
		files = append(files, filepath.Join(s.Real.Root, "go.env"), filepath.Join(s.Real.Root, "VERSION"))
	}
	for _, file := range files {
		_, hash, _ := readHashed(file)
		h.Write(hash[:])
	}
	return memory{remembered("prefetched", h.Sum(nil))}
}

// sourcePlaces returns where the user's own Go files are that a command may load:
// in the main modules and in directories that stand for others. What the command
// line names besides may be what go does not look into by itself.
func sourcePlaces(v survey, l loading, dir string, main moduleFile) (places []string) {
	if !main.work {
		places = append(places, main.root)
	}
	for _, file := range v.files[1:] {
		if filepath.Base(file) == "go.mod" {
			places = append(places, filepath.Dir(file))
		}
	}
	slash := string(filepath.Separator)
	for _, p := range l.patterns {
		if !filepath.IsAbs(p) && !strings.HasPrefix(p, ".") && !strings.HasSuffix(p, ".go") {
			continue
		}
		p = strings.TrimSuffix(absolute(p, dir), slash+"...")
		if !slices.ContainsFunc(places, func(place string) bool {
			below, ok := strings.CutPrefix(p+slash, place+slash)
			return ok && !strings.HasPrefix(below, ".") && !strings.Contains(below, slash+".")
		}) {
			places = append(places, p)
		}
	}
	return places
}

func (m memory) has() bool { return m.file != "" && exists(m.file) }

// add remembers. If that fails, the next prefetch is one too many.
func (m memory) add() {
	if m.file != "" && makeRoom(filepath.Dir(m.file), memorySize) == nil {
		os.WriteFile(m.file, nil, 0o666)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
