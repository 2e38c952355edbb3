package goenv

import (
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// MissingToolchain returns the name of the toolchain that a go command of this
// environment, run in dir, will fetch before it does anything else; the empty
// string if the local one serves, or the other is on disk, or nothing can be
// told (cmd/go/internal/toolchain, Select).
func (e *Env) MissingToolchain(dir string) string {
	switch own := e.own("GOTOOLCHAIN"); {
	case own == "local", own == "path":
		return ""
	case (own == "" || own == "auto") && !e.asksForToolchain(dir):
		return "" // most calls end here, with two files read
	}
	local := e.Version()
	if !version.IsValid(local) || version.Compare(local, "go1.21") < 0 {
		return ""
	}
	setting := e.Get("GOTOOLCHAIN")
	least, mode, plus := strings.Cut(setting, "+")
	switch {
	case setting == "auto" || setting == "path":
		least, mode = local, setting
	case least == "local":
		least = local
	case !plus:
		mode = ""
	}
	want := least
	if mode == "auto" || mode == "path" {
		want = e.newest(want, dir)
	}
	if mode == "path" || !version.IsValid(want) || version.Compare(want, local) == 0 || e.onDisk(want) {
		return ""
	}
	if e.inPath(want) {
		return ""
	}
	return want
}

// asksForToolchain reports whether go.work or go.mod names a version that the
// local toolchain may be too old for.
func (e *Env) asksForToolchain(dir string) bool {
	mod, work := e.MainModule(dir)
	if mod == "" && work == "" {
		return false
	}
	local := e.Version()
	return version.Compare(e.newest(local, dir), local) > 0
}

// Version is the first word of $GOROOT/VERSION: "go1.26.1". It is empty if that
// cannot be told.
func (e *Env) Version() string {
	if e.goroot == "" {
		return ""
	}
	data, err := readFile(filepath.Join(e.goroot, "VERSION"))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(data), "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	return word
}

// newest returns the newest of toolchain and what go.work, or else go.mod,
// asks for.
func (e *Env) newest(toolchain, dir string) string {
	file, work := e.MainModule(dir)
	if work != "" {
		file = work
	}
	goLine, toolchainLine := versionLines(file)
	if toolchainLine == "default" {
		return toolchain
	}
	if version.IsValid(toolchainLine) && version.Compare(toolchainLine, toolchain) > 0 {
		toolchain = toolchainLine
	}
	if v := "go" + goLine; version.IsValid(v) && version.Compare(v, toolchain) > 0 {
		if v == version.Lang(v) && version.Compare(v, "go1.21") >= 0 {
			v += ".0" // the first release of a language version (go.dev/issue/62278)
		}
		toolchain = v
	}
	return toolchain
}

// versionLines returns what stands on the go and the toolchain line of a
// go.mod or go.work file. Both are single lines, never in a block.
func versionLines(file string) (goLine, toolchainLine string) {
	if file == "" {
		return "", ""
	}
	data, err := readFile(file)
	if err != nil {
		return "", ""
	}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "//")
		switch f := strings.Fields(line); {
		case len(f) != 2:
		case f[0] == "go":
			goLine = f[1]
		case f[0] == "toolchain":
			toolchainLine = f[1]
		}
	}
	return goLine, toolchainLine
}

// onDisk reports whether the toolchain has been fetched and unpacked.
func (e *Env) onDisk(name string) bool {
	cache := e.Get("GOMODCACHE")
	if cache == "" {
		return false
	}
	dir := filepath.Join(cache, "golang.org", "toolchain@v0.0.1-"+name+"."+runtime.GOOS+"-"+runtime.GOARCH)
	_, err := os.Stat(filepath.Join(dir, "bin"))
	return err == nil
}

// inPath reports whether a toolchain is on PATH under its own name, which go
// prefers to a download.
func (e *Env) inPath(name string) bool {
	for _, dir := range filepath.SplitList(e.Environ("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if fi, err := os.Stat(filepath.Join(dir, name)); err == nil && fi.Mode().IsRegular() {
			return true
		}
	}
	return false
}
