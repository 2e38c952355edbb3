package retry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// explainPermission adds to a refused permission whose the directory is that
// refused it: a cache that another user filled, or a read-only layer.
func explainPermission(err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	name, opening := "", false
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		name, opening = e.Path, e.Op == "open"
	}
	if e := (*os.LinkError)(nil); errors.As(err, &e) {
		name = e.New
	}
	for name = filepath.Clean(name); name != filepath.Dir(name); name = filepath.Dir(name) {
		// What exists and cannot be opened is itself the matter; else its directory is.
		if fi, statErr := os.Stat(name); statErr == nil && (fi.IsDir() || opening) {
			return fmt.Errorf("%w (%s is %smode %04o)", err, name, owner(fi), fi.Mode().Perm())
		}
	}
	return err
}
