//go:build linux

package main

import (
	"os"
	"path/filepath"
)

// fakeRoot is a copy of the real Go, but for what files say.
func (l *lab) fakeRoot(name string, files map[string]string) string {
	l.t.Helper()
	dir := l.mkdir(name)
	for _, sub := range []string{"src", "pkg", "lib", "go.env", "api"} {
		if _, own := files[sub]; own {
			continue
		}
		if _, err := os.Stat(filepath.Join(realGoroot(), sub)); err == nil {
			must(l.t, os.Symlink(filepath.Join(realGoroot(), sub), filepath.Join(dir, sub)))
		}
	}
	version, err := os.ReadFile(filepath.Join(realGoroot(), "VERSION"))
	must(l.t, err)
	l.write(name+"/VERSION", string(version))
	l.copyFile(filepath.Join(realGoroot(), "bin", "go"), name+"/bin/go")
	for file, content := range files {
		if content != "" {
			l.write(name+"/"+file, content)
		}
	}
	return dir
}
