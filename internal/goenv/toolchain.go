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
	own := e.own("GOTOOLCHAIN")
	if own == "local" || own == "path" {
		return ""
	}
	lines := versionLines(e.versionFile(dir))
	auto := own == "" || own == "auto"
	if auto && lines == (versions{}) {
		return ""
	}
	local := e.Version()
	if auto && version.Compare(lines.newest(local), local) <= 0 {
		return "" // most calls end here, with two files read
	}
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
		want = lines.newest(want)
	}
	if mode == "path" || !version.IsValid(want) || version.Compare(want, local) == 0 || e.onDisk(want) {
		return ""
	}
	if e.inPath(want) {
		return ""
	}
	return want
}

// versionFile is the file that says which version of go is needed: go.work, or
// else go.mod.
func (e *Env) versionFile(dir string) string {
	mod, work := e.MainModule(dir)
	if work != "" {
		return work
	}
	return mod
}

// Version is the first word of $GOROOT/VERSION: "go1.26.1". It is empty if that
// cannot be told.
func (e *Env) Version() string {
	if e.goroot == "" {
		return ""
	}
	data, err := ReadFile(filepath.Join(e.goroot, "VERSION"), MaxFile)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(data), "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	return word
}

// versions is what stands on the go and the toolchain line of a go.mod or
// go.work file. Both are single lines, never in a block.
type versions struct{ goLine, toolchainLine string }

// newest returns the newest of a toolchain and what the file asks for.
func (v versions) newest(toolchain string) string {
	if v.toolchainLine == "default" {
		return toolchain
	}
	if version.IsValid(v.toolchainLine) && version.Compare(v.toolchainLine, toolchain) > 0 {
		toolchain = v.toolchainLine
	}
	if n := "go" + v.goLine; version.IsValid(n) && version.Compare(n, toolchain) > 0 {
		if n == version.Lang(n) && version.Compare(n, "go1.21") >= 0 {
			n += ".0" // the first release of a language version (go.dev/issue/62278)
		}
		toolchain = n
	}
	return toolchain
}

func versionLines(file string) (v versions) {
	if file == "" {
		return versions{}
	}
	data, err := ReadFile(file, MaxFile)
	if err != nil {
		return versions{}
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimLeft(line, " \t"); !strings.HasPrefix(line, "go") && !strings.HasPrefix(line, "toolchain") {
			continue // most of a long file
		}
		line, _, _ = strings.Cut(line, "//")
		switch f := strings.Fields(line); {
		case len(f) != 2:
		case f[0] == "go":
			v.goLine = f[1]
		case f[0] == "toolchain":
			v.toolchainLine = f[1]
		}
	}
	return v
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
