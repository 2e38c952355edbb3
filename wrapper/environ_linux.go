package wrapper

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Environ returns the environment that we were started with, to the byte. That
// of package os lacks what is there twice, and what is empty (syscall, copyenv):
// a program that is not written in Go might have looked at it. As in package os,
// the first of two assignments counts.
func Environ() []string {
	known := os.Environ()
	block := strings.TrimSuffix(readStart(), "\x00")
	if whole := strings.Split(block, "\x00"); block != "" && len(whole) > len(known) {
		return whole
	}
	return known // nothing is lacking, or this is no true /proc
}

// readStart returns proc(5)'s copy of the environment, or nothing. It does
// without package os: its first file costs a tenth of a millisecond more.
func readStart() string {
	fd, err := unix.Open("/proc/self/environ", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var all []byte
	buf := make([]byte, 16<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			return string(all)
		}
		all = append(all, buf[:n]...)
	}
}
