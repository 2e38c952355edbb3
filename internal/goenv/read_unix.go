//go:build unix

package goenv

import (
	"os"
	"syscall"
)

// ReadFile is os.ReadFile for a file of at most so many bytes, and an error for a
// longer one. It does not set up the runtime's network poller, which opening a
// file through package os does, and which would be a tenth of what a call costs
// us. It waits for nobody: a pipe has nothing in it.
func ReadFile(name string, most int) ([]byte, error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer syscall.Close(fd)
	data := make([]byte, 0, 4096)
	for len(data) <= most {
		if len(data) == cap(data) {
			data = append(make([]byte, 0, 4*cap(data)), data...)
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
	return nil, errTooLong(name)
}
