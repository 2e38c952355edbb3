package wrapper

import (
	"os"
	"strings"
)

// Environ returns the environment that we were started with, to the byte. That
// of package os lacks what is there twice, and what is empty (syscall, copyenv):
// a program that is not written in Go might have looked at it. As in package os,
// the first of two assignments counts.
//
// Whether it lacks anything is told by the room that was made for it: as much as
// for all that we were started with (syscall, Environ). proc(5) would tell, too,
// but takes a tenth of the time that we have.
func Environ() []string {
	known := os.Environ()
	if len(known) == cap(known) {
		return known
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
