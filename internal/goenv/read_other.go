//go:build !unix

package goenv

import "os"

func readFile(name string) ([]byte, error) { return os.ReadFile(name) }
