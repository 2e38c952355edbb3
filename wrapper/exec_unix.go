//go:build unix

package wrapper

import (
	"errors"
	"syscall"
)

// Exec makes this process the program at path: nothing of ours is left. It
// returns only if that is not possible, with the exit status that a shell would
// give (127 not found, 126 found but not to be run).
func Exec(path string, argv, env []string) (int, error) {
	err := syscall.Exec(path, argv, env)
	return ExitStatus(err), err
}

// ExitStatus is the exit status for a program that could not be started.
func ExitStatus(err error) int {
	if errors.Is(err, syscall.ENOENT) {
		return 127
	}
	return 126
}
