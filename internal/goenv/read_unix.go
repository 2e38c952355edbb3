//go:build unix

package goenv

import (
	"os"
	"syscall"
)

// readFile is os.ReadFile for a small file that every call reads: it does not
// set up the runtime's network poller, which opening a file through package os
// does, and which would be a tenth of what a call costs us.
func readFile(name string) ([]byte, error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer syscall.Close(fd)
	data := make([]byte, 0, 4096)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		switch n, err := syscall.Read(fd, data[len(data):cap(data)]); {
		case err == syscall.EINTR:
		case err != nil:
			return nil, &os.PathError{Op: "read", Path: name, Err: err}
		case n <= 0:
			return data, nil
		default:
			data = data[:len(data)+n]
		}
	}
}
