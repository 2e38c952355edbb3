package retry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
)

// Versions lists the module versions of which something was downloaded: all of
// them if path is empty, or those of one module.
func (c ModCache) Versions(path string) (mods []module.Version, err error) {
	root := filepath.Join(c.Dir, "cache", "download")
	from := root
	if path != "" {
		escaped, err := module.EscapePath(path)
		if err != nil {
			return nil, err
		}
		from = filepath.Join(root, filepath.FromSlash(escaped), "@v")
	}
	seen := map[module.Version]bool{}
	err = filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir():
			if name == filepath.Join(root, "sumdb") {
				return fs.SkipDir
			}
			return nil
		}
		if m, ok := c.ModuleOf(name); ok && !seen[m] {
			seen[m] = true
			mods = append(mods, m)
		}
		return nil
	})
	return mods, explainPermission(err)
}

// Holds reports whether anything of a version was downloaded.
func (c ModCache) Holds(m module.Version) bool {
	v, err := c.version(m)
	if err != nil {
		return false
	}
	for _, suffix := range []string{".mod", ".zip", ".info", ".ziphash"} {
		if _, err := os.Lstat(v.base + suffix); err == nil {
			return true
		}
	}
	return false
}

// ModuleOf tells which module version a file of the cache belongs to: one of
// those that were downloaded, or one in an extracted tree.
func (c ModCache) ModuleOf(name string) (m module.Version, ok bool) {
	rel, err := filepath.Rel(c.Dir, name)
	if err != nil || !filepath.IsLocal(rel) {
		return m, false
	}
	rel = filepath.ToSlash(rel)
	path, version := "", ""
	if in, ok := strings.CutPrefix(rel, "cache/download/"); ok {
		if path, version, ok = strings.Cut(in, "/@v/"); !ok || strings.Contains(version, "/") {
			return m, false
		}
		version = strings.TrimSuffix(version, filepath.Ext(version))
	} else {
		at := strings.Index(rel, "@")
		if at < 0 {
			return m, false
		}
		path = rel[:at]
		version, _, _ = strings.Cut(rel[at+1:], "/")
	}
	if m.Path, err = module.UnescapePath(path); err != nil {
		return m, false
	}
	if m.Version, err = module.UnescapeVersion(version); err != nil {
		return m, false
	}
	return m, module.CanonicalVersion(m.Version) == m.Version && module.Check(m.Path, m.Version) == nil
}

// Unhashed picks the versions whose .zip lacks its .ziphash: go verifies such a
// .zip when it needs it, without a word about where it comes from.
func (c ModCache) Unhashed(mods []module.Version) (picked []module.Version) {
	for _, m := range mods {
		v, err := c.version(m)
		if err != nil {
			continue
		}
		_, zerr := os.Stat(v.zipName())
		_, herr := os.Stat(v.base + ".ziphash")
		if zerr == nil && errors.Is(herr, fs.ErrNotExist) {
			picked = append(picked, m)
		}
	}
	return picked
}
