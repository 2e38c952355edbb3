package wrapper

import (
	"errors"
	"os"
)

// Exec runs the program at path as a child with all our descriptors and
// returns its exit status: there is no exec on Windows.
func Exec(path string, argv, env []string) (int, error) {
	sig := Listen()
	defer sig.Close()
	proc, err := sig.start(func() (*child, error) {
		return startChild(path, argv, env, []*os.File{os.Stdin, os.Stdout, os.Stderr})
	})
	if err != nil {
		return ExitStatus(err), err
	}
	proc.wait()
	code, _, err := proc.collect()
	if err != nil {
		return 126, err
	}
	return code, nil
}

// ExitStatus is the exit status for a program that could not be started.
func ExitStatus(err error) int {
	if errors.Is(err, os.ErrNotExist) {
		return 127
	}
	return 126
}
