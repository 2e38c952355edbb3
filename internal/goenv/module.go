package goenv

import (
	"os"
	"path/filepath"
)

// MainModule finds the files that say what is being built in dir: go.mod in it
// or above it, and go.work unless GOWORK says otherwise. Both are empty where
// there is none, or modules are off.
func (e *Env) MainModule(dir string) (mod, work string) {
	if e.Get("GO111MODULE") == "off" {
		return "", ""
	}
	switch gowork := e.Get("GOWORK"); gowork {
	case "off":
	case "", "auto":
		work = upwards(dir, "go.work")
	default:
		work = gowork
	}
	return upwards(dir, "go.mod"), work
}

// upwards returns the path of the file name in dir or the nearest directory
// above it, or the empty string.
func upwards(dir, name string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	for {
		file := filepath.Join(dir, name)
		if fi, err := os.Stat(file); err == nil && !fi.IsDir() {
			return file
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
