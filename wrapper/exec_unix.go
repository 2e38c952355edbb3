//go:build unix

package wrapper

import (
	"errors"
	"os/signal"
	"syscall"
)

// Exec makes this process the program at path: nothing of ours is left. It
// returns only if that is not possible, with the exit status that a shell would
// give (127 not found, 126 found but not to be run).
func Exec(path string, argv, env []string) (int, error) {
	// From here on the kernel acts on signals: one that a handler of the Go
	// runtime takes on a thread which exec then ends would be lost.
	for _, sig := range watched {
		if n := sig.(syscall.Signal); !ignoredByGo(n) && !signal.Ignored(n) {
			defaultAction(n)
		}
	}
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
