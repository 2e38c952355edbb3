package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"gosafe/internal/call"
	"gosafe/wrapper"
)

// doctorName is the program that looks at everything between a go command and
// its modules. It is one of its own, so that this one, which stands before
// every go command, links no net/http.
const doctorName = "gosafe-doctor"

// doctor becomes gosafe-doctor, which is found beside gosafe, as git finds its
// commands, else on PATH.
func doctor(args, environ []string) int {
	path := findDoctor(environ)
	if path == "" {
		fmt.Fprintf(os.Stderr, "gosafe: %s is neither beside gosafe nor on PATH: ./install.sh in a checkout of gosafe installs it\n", doctorName)
		return 127
	}
	code, err := wrapper.Exec(path, append([]string{doctorName}, args...), environ)
	if err != nil {
		fmt.Fprintf(os.Stderr, "gosafe: running %s: %v\n", path, bare(err))
	}
	return code
}

// findDoctor returns the path of the program, or the empty string. The current
// directory is not looked into.
func findDoctor(environ []string) string {
	var dirs []string
	if exe, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(exe); err == nil {
			exe = resolved
		}
		dirs = append(dirs, filepath.Dir(exe))
	}
	dirs = append(dirs, filepath.SplitList(call.Lookup(environ, "PATH"))...)
	name := doctorName
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if fi, err := os.Stat(path); filepath.IsAbs(dir) && err == nil && fi.Mode().IsRegular() {
			return path
		}
	}
	return ""
}
