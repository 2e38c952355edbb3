//go:build !unix

package goenv

import (
	"io"
	"os"
)

// ReadFile is os.ReadFile for a file of at most so many bytes, and an error for a
// longer one.
func ReadFile(name string, most int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(data) > most {
		err = errTooLong(name)
	}
	return data, err
}
