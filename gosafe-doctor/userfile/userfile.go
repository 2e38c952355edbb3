// Package userfile reads files that a user's settings name. Such a name may
// lead to a pipe, which is never at its end, or to a device.
package userfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Limit is the size of the greatest file that is read: go.sum files of large
// programs have about one MiB.
const Limit = 8 << 20

var (
	errSpecial = errors.New("it is no regular file")
	errLarge   = fmt.Errorf("it is larger than %d MiB", Limit>>20)
)

// Read is os.ReadFile for a regular file of at most Limit bytes. Anything else
// is an error, and is not opened.
func Read(name string) ([]byte, error) {
	if err := Check(name); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, Limit+1))
	if err == nil && len(data) > Limit { // it has grown
		return nil, &fs.PathError{Op: "read", Path: name, Err: errLarge}
	}
	return data, err
}

// Check reports why Read would not open a file; nil if it would.
func Check(name string) error {
	fi, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case !fi.Mode().IsRegular():
		return &fs.PathError{Op: "read", Path: name, Err: errSpecial}
	case fi.Size() > Limit:
		return &fs.PathError{Op: "read", Path: name, Err: errLarge}
	}
	return nil
}
