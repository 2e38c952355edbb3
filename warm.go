package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosafe/internal/goflag"

	"golang.org/x/mod/module"
)

// warm reports whether the command needs nothing from the network, as far as
// the module files and the cache tell: then a prefetch would only cost time. If
// not, the memory returned knows whether this very prefetch has been finished
// before: some of the modules that go.mod lists are never needed on a platform,
// and so are never complete.
func (s *shim) warm(l loading, args []string) (bool, memory) {
	dir := s.Dir()
	set, ok := readModules(s.Env, dir, s.loadingFlag(l, "modfile"))
	if !ok {
		// No module: only the standard library can be loaded. Or one that go
		// will refuse.
		return true, memory{}
	}
	if s.vendored(set, s.loadingFlag(l, "mod")) {
		return true, memory{}
	}
	cache := s.Env.Get("GOMODCACHE")
	var unchanged memory
	if stamps := stampAll(cache, set.requires); stamps != "" {
		if unchanged = s.remember(set, args, dir, cache, []string{stamps}); unchanged.has() {
			return true, memory{}
		}
	}
	missing := incomplete(cache, set.requires)
	if len(missing) == 0 && set.pruned {
		unchanged.add()
		return true, memory{}
	}
	m := s.remember(set, args, dir, cache, missing)
	if m.has() {
		unchanged.add()
	}
	return false, m
}

// loadingFlag returns the value of a build flag, from the command line or from
// GOFLAGS.
func (s *shim) loadingFlag(l loading, name string) string {
	if v := goflag.Value(l.flags, name); v != "" {
		return v
	}
	return goflag.Value(s.Goflags(), name)
}

// vendored reports whether packages are loaded from the vendor directory. go
// does so by itself if there is one and go.mod says go 1.14 or later
// (cmd/go/internal/modload, setDefaultBuildMod).
func (s *shim) vendored(set moduleSet, mod string) bool {
	if mod != "" {
		return mod == "vendor"
	}
	_, err := os.Stat(filepath.Join(set.dir, "vendor", "modules.txt"))
	return err == nil
}

// incomplete returns those of the modules for which something may have to be
// fetched.
func incomplete(cache string, mods []module.Version) (missing []string) {
	for _, m := range mods {
		if !complete(cache, m) {
			missing = append(missing, m.String())
		}
	}
	return missing
}

// complete reports whether nothing has to be fetched for a module version:
// extracted, to the end, and with the files beside it that go looks at
// (cmd/go/internal/modfetch, cache.go).
func complete(cache string, m module.Version) bool {
	path, err1 := module.EscapePath(m.Path)
	version, err2 := module.EscapeVersion(m.Version)
	if err1 != nil || err2 != nil {
		return false
	}
	path = filepath.FromSlash(path)
	base := filepath.Join(cache, "cache", "download", path, "@v", version)
	if exists(base+".partial") || !exists(filepath.Join(cache, path+"@"+version)) {
		return false
	}
	return exists(base+".ziphash") && exists(base+".mod") && exists(base+".info")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// A memory remembers, as an empty file, that a prefetch was finished. Its key
// holds everything that the prefetch depended on, the incomplete modules among
// it: when one of them changes, it is done once more. The zero memory remembers
// nothing.
type memory struct{ file string }

// memorySize bounds how many finished prefetches are remembered.
const memorySize = 400

// remember returns the memory of a finished prefetch in a cache whose state is
// told by the words: the modules missing, or what stampAll returned.
func (s *shim) remember(set moduleSet, args []string, dir, cache string, state []string) memory {
	base, err := os.UserCacheDir()
	if err != nil {
		return memory{}
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q\n%q\n%q\n%q\n%q\n", s.Real.Path, args, dir, cache, state)
	for _, file := range set.files {
		fmt.Fprintf(h, "%q\n", file)
		if f, err := os.Open(file); err == nil {
			io.Copy(h, f)
			f.Close()
		}
	}
	var vars []string
	for _, kv := range s.Environ {
		if strings.HasPrefix(kv, "GO") && !strings.HasPrefix(kv, "GOSAFE") || strings.HasPrefix(kv, "CGO_") {
			vars = append(vars, kv)
		}
	}
	slices.Sort(vars)
	fmt.Fprintf(h, "%q\n%q\n", vars, s.Env.Get("GOFLAGS"))
	return memory{filepath.Join(base, "gosafe", "prefetched", hex.EncodeToString(h.Sum(nil)))}
}

func (m memory) has() bool { return m.file != "" && exists(m.file) }

// add remembers. If that fails, the next prefetch is one too many.
func (m memory) add() {
	if m.file == "" {
		return
	}
	dir := filepath.Dir(m.file)
	if os.MkdirAll(dir, 0o777) != nil {
		return
	}
	if all, err := os.ReadDir(dir); err == nil && len(all) >= memorySize {
		// Which ones go does not matter: their names are hashes.
		for _, old := range all[:memorySize/4] {
			os.Remove(filepath.Join(dir, old.Name()))
		}
	}
	os.WriteFile(m.file, nil, 0o666)
}
