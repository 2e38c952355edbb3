// Package goenv finds the go command's settings where the go command finds
// them, without running it: `go env` costs as much as many a go command, and
// may itself have to fetch a toolchain before it answers.
package goenv

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// An Env looks settings up in an environment, the user's go/env file and the
// toolchain's own go.env (cmd/go/internal/cfg, cfg.Getenv and initEnvCache).
// Files are read when they are first needed. It is not for concurrent use.
type Env struct {
	environ []string
	goroot  string
	user    []string // lines of the user's file, nil until read
	root    []string // lines of $GOROOT/go.env, nil until read
}

// New returns the settings of a go command that runs in environ and belongs to
// goroot, which may be empty if it is not known.
func New(environ []string, goroot string) *Env {
	return &Env{environ: environ, goroot: goroot}
}

// Environ returns the value of a variable in the environment alone.
func (e *Env) Environ(key string) string {
	for _, kv := range e.environ { // of two, go sees the first (syscall, copyenv)
		if k, v, ok := strings.Cut(kv, "="); ok && sameKey(k, key) {
			return v
		}
	}
	return ""
}

// sameKey compares names of variables as the system does.
func sameKey(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// Get returns the setting as the go command would use it: an empty variable
// counts as unset. The defaults are those of GOPROXY, GOSUMDB, GOVCS,
// GOTOOLCHAIN, GOPATH, GOCACHE, GOMODCACHE and the two that GOPRIVATE stands
// for; any other key has none.
func (e *Env) Get(key string) string {
	if v := e.own(key); v != "" {
		return v
	}
	if e.root == nil && e.goroot != "" {
		e.root = lines(filepath.Join(e.goroot, "go.env"))
	}
	if v := lookup(e.root, key); v != "" {
		return v
	}
	return e.builtin(key)
}

// Readable reports whether the user's file, if there is one, can be read
// without taking it away from go: it is no pipe.
func (e *Env) Readable() bool {
	file := e.Environ("GOENV")
	if file == "" || file == "off" {
		return true
	}
	fi, err := os.Stat(file)
	return err != nil || fi.Mode().IsRegular()
}

// own returns what the user has set, in the environment or in the file.
func (e *Env) own(key string) string {
	if v := e.Environ(key); v != "" {
		return v
	}
	if e.user == nil {
		e.user = lines(e.UserFile())
	}
	return lookup(e.user, key)
}

// builtin holds what cmd/go falls back on.
func (e *Env) builtin(key string) string {
	switch key {
	case "GOPROXY":
		return "https://proxy.golang.org,direct"
	case "GOSUMDB":
		return "sum.golang.org"
	case "GOVCS":
		return "public:git|hg,private:all"
	case "GOTOOLCHAIN":
		return "auto"
	case "GONOPROXY", "GONOSUMDB":
		return e.Get("GOPRIVATE")
	case "GOCACHE":
		if dir, err := os.UserCacheDir(); err == nil { // cmd/go/internal/cache, DefaultDir
			return filepath.Join(dir, "go-build")
		}
	case "GOPATH":
		return e.defaultPath()
	case "GOMODCACHE":
		if list := filepath.SplitList(e.Get("GOPATH")); len(list) > 0 && list[0] != "" {
			return filepath.Join(list[0], "pkg", "mod")
		}
	}
	return ""
}

// defaultPath is $HOME/go (go/build, defaultGOPATH), unless that is where Go
// itself is.
func (e *Env) defaultPath() string {
	home := e.Environ("HOME")
	switch runtime.GOOS {
	case "windows":
		home = e.Environ("USERPROFILE")
	case "plan9":
		home = e.Environ("home")
	}
	if home == "" {
		return ""
	}
	if def := filepath.Join(home, "go"); filepath.Clean(def) != filepath.Clean(e.goroot) {
		return def
	}
	return ""
}

// UserFile is the path of the file that `go env -w` writes; empty if there is
// none, or if GOENV is off.
func (e *Env) UserFile() string {
	switch file := e.Environ("GOENV"); file {
	case "off":
		return ""
	case "":
		dir, err := os.UserConfigDir()
		if err != nil {
			return ""
		}
		return filepath.Join(dir, "go", "env")
	default:
		return file
	}
}

// lines reads a file; a file that cannot be read has none.
func lines(file string) []string {
	if file == "" {
		return []string{}
	}
	data, err := ReadFile(file, MaxFile)
	if err != nil {
		return []string{}
	}
	return strings.Split(string(data), "\n")
}

// lookup finds key among the lines: KEY=VALUE at the start of a line, nothing
// quoted, nothing trimmed; the last one wins (cmd/go/internal/cfg, readEnvFile).
func lookup(lines []string, key string) (value string) {
	for _, line := range lines {
		if k, v, ok := strings.Cut(line, "="); ok && k == key {
			value = v
		}
	}
	return value
}

// MaxFile is more than any file of go's settings or modules has.
const MaxFile = 64 << 20

func errTooLong(name string) error {
	return &os.PathError{Op: "read", Path: name, Err: errors.New("too long")}
}
