//go:build !linux

package wrapper

import "os"

// Environ returns the environment that we were started with, as package os
// knows it.
func Environ() []string { return os.Environ() }
