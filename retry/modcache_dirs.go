package retry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// openedDirs makes the read-only directories of an extracted module writable
// for a while. The zero modes map is useful.
type openedDirs struct {
	root  string
	names []string // in the order of opening: parents before children
	modes map[string]fs.FileMode
}

// open makes one directory writable.
func (o *openedDirs) open(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil || fi.Mode()&0o200 != 0 {
		return err
	}
	if err := os.Chmod(dir, fi.Mode().Perm()|0o700); err != nil {
		return err
	}
	o.closeAs(dir, fi.Mode().Perm())
	return nil
}

func (o *openedDirs) closeAs(dir string, mode fs.FileMode) {
	if o.modes == nil {
		o.modes = map[string]fs.FileMode{}
	}
	if _, ok := o.modes[dir]; !ok {
		o.names = append(o.names, dir)
		o.modes[dir] = mode
	}
}

// restore gives the opened directories the modes that they had.
func (o *openedDirs) restore() (err error) {
	for i := len(o.names) - 1; i >= 0; i-- {
		err = errors.Join(err, os.Chmod(o.names[i], o.modes[o.names[i]]))
	}
	return err
}

// put renames a fresh file to a name below root.
func (o *openedDirs) put(fresh, name string) error {
	dir := o.root
	parts := strings.Split(name, string(filepath.Separator))
	for _, part := range parts[:len(parts)-1] {
		sub := filepath.Join(dir, part)
		if err := o.makeDir(dir, sub); err != nil {
			return err
		}
		dir = sub
	}
	if err := o.open(dir); err != nil {
		return err
	}
	dst := filepath.Join(dir, parts[len(parts)-1])
	fi, err := os.Lstat(dst)
	if err == nil && fi.IsDir() {
		if err := o.removeEmpty(dst); err != nil {
			return err
		}
	}
	if err := os.Rename(fresh, dst); err == nil {
		return nil
	}
	// Windows does not rename over a file that is read-only.
	os.Chmod(dst, 0o666)
	return os.Rename(fresh, dst)
}

// makeDir makes sub a directory, if it is none, that will end with the mode of
// the root: cmd/go takes the write permission from all directories or, with
// -modcacherw, from none.
func (o *openedDirs) makeDir(dir, sub string) error {
	fi, err := os.Lstat(sub)
	if err == nil && fi.IsDir() {
		return nil
	}
	if err == nil {
		return fmt.Errorf("%s is not a directory", sub)
	}
	if err := o.open(dir); err != nil {
		return err
	}
	root, err := os.Lstat(o.root)
	if err != nil {
		return err
	}
	mode := root.Mode().Perm()
	if opened, ok := o.modes[o.root]; ok {
		mode = opened
	}
	if err := os.Mkdir(sub, 0o777); err != nil {
		return err
	}
	o.closeAs(sub, mode)
	return nil
}

// removeEmpty removes a directory that stands in the place of a file; the files
// in it were extra, and are gone.
func (o *openedDirs) removeEmpty(dir string) error {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(name, 0o777)
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
