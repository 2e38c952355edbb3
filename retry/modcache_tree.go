package retry

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"
)

// A difference is how an extracted tree differs from its .zip, in slash-separated
// names.
type difference struct {
	wrong []string // absent, or with other content
	extra []string // not in the .zip
}

func (d difference) empty() bool { return len(d.wrong)+len(d.extra) == 0 }

func (d difference) String() string {
	names, what := d.wrong, "differs from the .zip"
	if len(names) == 0 {
		names, what = d.extra, "is not in the .zip"
	}
	s := fmt.Sprintf("%q in it %s", names[0], what)
	if more := len(d.wrong) + len(d.extra) - 1; more > 0 {
		s += fmt.Sprintf(", and so on (%d files)", more+1)
	}
	return s
}

// files opens the .zip, which must be sound, and calls do for each file in it.
func (v *version) files(do func(name string, f *zip.File) error) error {
	z, err := zip.OpenReader(v.zipName())
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, v.mod.String()+"/")
		if name == "" || strings.HasSuffix(name, "/") {
			continue // as modzip.Unzip does
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%s holds the name %q, which leads out of the module", v.zipName(), f.Name)
		}
		if err := do(name, f); err != nil {
			return err
		}
	}
	return nil
}

// compare compares the tree at root with the .zip. Links in it are not followed.
func (v *version) compare(root string) (diff difference, err error) {
	have := map[string]bool{} // and whether it is a regular file
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, name)
			have[filepath.ToSlash(rel)] = d.Type().IsRegular()
		}
		return err
	})
	if err != nil {
		return diff, err
	}
	err = v.files(func(name string, f *zip.File) error {
		regular := have[name]
		delete(have, name)
		if !regular {
			diff.wrong = append(diff.wrong, name)
			return nil
		}
		same, err := sameContent(filepath.Join(root, filepath.FromSlash(name)), f)
		if !same {
			diff.wrong = append(diff.wrong, name)
		}
		return err
	})
	for name := range have {
		diff.extra = append(diff.extra, name)
	}
	return diff, err
}

func sameContent(name string, f *zip.File) (bool, error) {
	got, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrPermission) {
		return false, err
	}
	if err != nil || uint64(len(got)) != f.UncompressedSize64 {
		return false, nil
	}
	r, err := f.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	want, err := io.ReadAll(r)
	return bytes.Equal(got, want), err
}

// Torn reports whether a crash, rather than a person, has changed files of an
// extracted module: they are absent, end early or hold NULs that the .zip does
// not.
func (c ModCache) Torn(m module.Version) bool {
	v, err := c.version(m)
	if err != nil {
		return false
	}
	at := content{version: v}
	if at.zip, _, err = v.zipSum(); err != nil {
		return false
	}
	if at.ziphash, _, _, err = v.ziphashText(); err != nil || at.zip == "" || at.zip != at.ziphash {
		return false
	}
	dir, err := at.extracted()
	if err != nil || dir == "" {
		return false
	}
	diff, err := v.compare(dir)
	if err != nil || len(diff.wrong) == 0 {
		return false
	}
	torn := true
	err = v.files(func(name string, f *zip.File) error {
		if !slices.Contains(diff.wrong, name) {
			return nil
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		want, err := io.ReadAll(r)
		early := len(got) < len(want) && bytes.HasPrefix(want, got)
		torn = torn && (early || bytes.IndexByte(got, 0) >= 0 && bytes.IndexByte(want, 0) < 0)
		return err
	})
	return err == nil && torn
}

// mendTree makes the extracted tree what the .zip holds. Each file that differs
// is replaced by a rename of a fresh copy, so that a build that reads the tree
// meanwhile never misses one, and the others are not touched. (Exchanging the
// whole directory by renameat2 is as safe, but gives every file a new inode and
// exists on Linux only.)
func (v *version) mendTree() (err error) {
	diff, err := v.compare(v.dir)
	if err != nil {
		return err
	}
	stage := v.dir + ".tmp-" + randomSuffix() // cmd/go removes what a crash leaves of it (modfetch.unzip)
	if err := os.Mkdir(stage, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	dirs := openedDirs{root: v.dir}
	defer func() { err = errors.Join(err, dirs.restore()) }()
	for _, name := range diff.extra {
		name = filepath.Join(v.dir, filepath.FromSlash(name))
		if err := dirs.open(filepath.Dir(name)); err != nil {
			return err
		}
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	wrong := map[string]bool{}
	for _, name := range diff.wrong {
		wrong[name] = true
	}
	return v.files(func(name string, f *zip.File) error {
		if !wrong[name] {
			return nil
		}
		fresh := filepath.Join(stage, strconv.Itoa(len(wrong)))
		if err := extract(f, fresh); err != nil {
			return err
		}
		return dirs.put(fresh, filepath.FromSlash(name))
	})
}

func extract(f *zip.File, name string) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r) // checks size and CRC
	return errors.Join(err, w.Close())
}

// moveAway takes a tree out of go's sight in one step, then removes it: what
// cannot be removed of it, cmd/go tries again when it extracts the next.
func moveAway(dir string) error {
	if isLink(dir) {
		return os.Remove(dir)
	}
	away := dir + ".tmp-" + randomSuffix()
	if err := os.Rename(dir, away); err != nil {
		return err
	}
	filepath.WalkDir(away, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(name, 0o777) // they are read-only, as modfetch.RemoveAll knows too
		}
		return nil
	})
	os.RemoveAll(away)
	return nil
}

func randomSuffix() string { return strconv.FormatUint(rand.Uint64()%1e9, 10) }
