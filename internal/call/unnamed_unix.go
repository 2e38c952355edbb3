//go:build unix && !linux

package call

import "os"

// unnamedFile returns a file that nobody else can open, and that is gone with
// the last descriptor of it.
func unnamedFile() (*os.File, error) {
	f, err := os.CreateTemp("", "gosafe-attempt-*")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}
