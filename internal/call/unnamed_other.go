//go:build unix && !linux

package call

import "os"

// unnamedFile returns a file that nobody else can open.
func unnamedFile() (*os.File, error) { return deletedFile() }
