package call

import (
	"os"

	"golang.org/x/sys/unix"
)

// unnamedFile returns a file that is in memory alone: a full disk is no reason
// not to try again.
func unnamedFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("gosafe", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "memfd"), nil
}
