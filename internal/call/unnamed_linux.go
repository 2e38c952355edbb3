package call

import (
	"os"

	"golang.org/x/sys/unix"
)

// unnamedFile returns a file that nobody else can open: one that is in memory
// alone, since a full disk is no reason not to try again, or one on disk where the
// system has none of that kind (memfd_create(2), Linux 3.17; some sandboxes).
func unnamedFile() (*os.File, error) {
	if fd, err := unix.MemfdCreate("gosafe", unix.MFD_CLOEXEC); err == nil {
		return os.NewFile(uintptr(fd), "memfd"), nil
	}
	return deletedFile()
}
