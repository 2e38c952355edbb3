package wrapper

import (
	"bytes"
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
	if entries(len(known)) == len(known) {
		return known // nothing is lacking
	}
	block, err := os.ReadFile(startEnviron)
	if whole := strings.Split(strings.TrimSuffix(string(block), "\x00"), "\x00"); err == nil && len(whole) > len(known) {
		return whole
	}
	return known // this is no true /proc
}

// startEnviron is proc(5)'s copy of the environment, each entry of which ends
// with a NUL.
const startEnviron = "/proc/self/environ"

// entries counts those of the environment, or returns known if that cannot be
// done. It does without package os, whose first file costs a tenth of a
// millisecond more, and without the heap.
func entries(known int) (n int) {
	fd, err := unix.Open(startEnviron, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return known
	}
	defer unix.Close(fd)
	var buf [8 << 10]byte
	for {
		k, err := unix.Read(fd, buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return known
		}
		n += bytes.Count(buf[:k], []byte{0})
		if k < len(buf) {
			return n
		}
	}
}
