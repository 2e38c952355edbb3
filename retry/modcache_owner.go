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
	name := ""
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		name = e.Path
	}
	if e := (*os.LinkError)(nil); errors.As(err, &e) {
		name = e.New
	}
	for name = filepath.Clean(name); name != filepath.Dir(name); name = filepath.Dir(name) {
		if fi, statErr := os.Stat(name); statErr == nil && fi.IsDir() {
			return fmt.Errorf("%w (%s is %smode %04o)", err, name, owner(fi), fi.Mode().Perm())
		}
	}
	return err
}
