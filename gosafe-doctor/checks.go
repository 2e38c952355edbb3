package main

import (
	"context"
	"time"
)

// A check looks at one thing and changes nothing, but that it may make a file
// to see whether it can, and remove it again. It keeps to its context; what
// does not answer is left behind at the deadline.
type check struct {
	group, name string
	looks       string // what it looks at, for the documentation and the progress line
	deadline    time.Duration
	run         func(context.Context, *patient) []finding
}

// groups are the groups of checks, in the order in which they are shown: what
// comes later needs what came before.
var groups = []string{"toolchain", "shim", "settings", "machine", "cache", "network", "vcs", "module"}

// checks is the table of checks, in the order in which they are shown.
var checks = []check{
	{"toolchain", "go", "which go is the real one, and whether it runs", 4 * time.Second, checkGo},
	{"toolchain", "goroot", "GOROOT against the go that runs; its compiler; files left by an older one", 4 * time.Second, checkGoroot},
	{"toolchain", "version", "the go and toolchain lines of go.mod, and GOTOOLCHAIN", 6 * time.Second, checkVersion},
	{"toolchain", "git", "git, and ssh where something goes by ssh", 4 * time.Second, checkGit},
	{"toolchain", "cgo", "the C compiler, where cgo is on", 5 * time.Second, checkCgo},

	{"shim", "first", "whether gosafe is the first go on PATH", 3 * time.Second, checkFirst},
	{"shim", "single", "whether there is one gosafe only, and it runs", 3 * time.Second, checkSingle},
	{"shim", "loop", "whether the go on PATH ends in a toolchain", 3 * time.Second, checkLoop},
	{"shim", "others", "what sudo and programs started from the desktop would run", 3 * time.Second, checkOthers},

	{"settings", "goproxy", "the entries of GOPROXY", 3 * time.Second, checkGoproxy},
	{"settings", "private", "GOPRIVATE, GONOPROXY, GONOSUMDB against the modules of go.mod", 3 * time.Second, checkPrivate},
	{"settings", "weak", "settings that switch a protection off", 3 * time.Second, checkWeak},
	{"settings", "govcs", "GOVCS", 3 * time.Second, checkGovcs},
	{"settings", "goflags", "GOFLAGS, and variables that change what is built", 3 * time.Second, checkGoflags},
	{"settings", "goenv", "the file that go env -w writes", 3 * time.Second, checkGoenv},
	{"settings", "httpproxy", "HTTP_PROXY, HTTPS_PROXY, NO_PROXY, and git's own", 3 * time.Second, checkHTTPProxy},
	{"settings", "insteadof", "the rules of git that rewrite URLs", 3 * time.Second, checkInsteadOf},

	{"machine", "memory", "memory of the machine and the cgroup against what go starts at once", 3 * time.Second, checkMemory},
	{"machine", "oom", "processes killed for memory", 3 * time.Second, checkOOM},
	{"machine", "limits", "open files, processes, file size, address space", 3 * time.Second, checkLimits},
	{"machine", "clock", "the clock, against the toolchain and the Date of the servers", 9 * time.Second, checkClock},

	{"cache", "places", "GOMODCACHE, GOCACHE, GOPATH, GOBIN, HOME and the temporary directory: writable, owned, mounted", 4 * time.Second, checkPlaces},
	{"cache", "space", "free space and inodes below them, and how much they hold", 4 * time.Second, checkSpace},
	{"cache", "owners", "files in the caches that another user owns", 3 * time.Second, checkOwners},
	{"cache", "modules", "the cached files of the modules in go.mod, by their checksums", 8 * time.Second, checkModules},
	{"cache", "clones", "the clones in the module cache, and locks that were left in them", 3 * time.Second, checkClones},
	{"cache", "locks", "locks of the caches that another process holds", 3 * time.Second, checkLocks},

	{"network", "servers", "GOPROXY's entries, the checksum database, the hosts behind them: name, connection, certificate, answer", 9 * time.Second, checkServers},

	{"vcs", "access", "git's access to private modules and to those that are fetched without a proxy", 9 * time.Second, checkAccess},
	{"vcs", "ownership", "the owner of the current tree", 3 * time.Second, checkOwnership},

	{"module", "modfile", "go.mod and go.work", 3 * time.Second, checkModfile},
	{"module", "path", "go.mod's module line against the git remote and its tags", 3 * time.Second, checkPath},
	{"module", "hosts", "host names that are written wrong", 3 * time.Second, checkHosts},
	{"module", "replace", "directories that replace and use lines name", 3 * time.Second, checkReplace},
	{"module", "sums", "go.sum", 3 * time.Second, checkSums},
}
