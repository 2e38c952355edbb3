package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gosafe/internal/goflag"
	"gosafe/internal/verb"
)

// A loading is the part of a command line that says which packages are loaded,
// and how: all that a prefetch needs of it.
type loading struct {
	flags    []string // those of the command's build flags that change what is loaded
	patterns []string // packages, or .go files, or one package@version
	odd      bool     // go will not accept the command line, most likely
}

// loadFlags are the build flags that change which packages and modules are
// loaded (go help build), by whether they take a value.
var loadFlags = []struct {
	name  string
	value bool
}{
	{"asan", false}, {"cover", false}, {"msan", false}, {"modcacherw", false}, {"race", false},
	{"compiler", true}, {"covermode", true}, {"coverpkg", true}, {"installsuffix", true}, {"mod", true},
	{"modfile", true}, {"overlay", true}, {"tags", true},
}

// otherFlags are flags that go takes as well, and what they take is no package:
// the rest of go help build, and the flags of test, run, tool, doc and vet.
var otherFlags = []struct {
	names string
	value bool
}{
	{"a all artifacts benchmem buildvcs c cmd ex failfast fullpath http i json linkshared n short src trimpath u v work x", false},
	{"asmflags buildmode exec fixtool gccgoflags gcflags ldflags o p pgo pkgdir toolexec vettool", true},
	{"bench benchtime blockprofile blockprofilerate count coverprofile cpu cpuprofile fuzz fuzzcachedir " +
		"fuzzminimizetime fuzztime list memprofile memprofilerate mutexprofile mutexprofilefraction outputdir " +
		"parallel run shuffle skip timeout trace vet", true},
}

// knownFlag looks a flag up by its bare name.
func knownFlag(name string) (known, loads, value bool) {
	for _, f := range loadFlags {
		if f.name == name {
			return true, true, f.value
		}
	}
	name = strings.TrimPrefix(name, "test.")
	for _, f := range otherFlags {
		if slices.Contains(strings.Fields(f.names), name) {
			return true, false, f.value
		}
	}
	return false, false, false
}

// readLoading reads the arguments after the verb. Their grammar differs: run
// and tool take one package and leave the rest to the program; test takes one
// list of packages, and nothing after the first flag that it does not know
// (cmd/go/internal/test, testFlags); a build takes a list to the end.
func readLoading(verb string, args []string) loading {
	var l loading
	for first := true; len(args) > 0; {
		arg := args[0]
		if arg == "--" || arg == "-args" || arg == "--args" {
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			return l.readPatterns(verb, args)
		}
		args = args[1:]
		name, text, hasValue := goflag.Cut(arg)
		known, loads, value := knownFlag(name)
		if !known && verb == "test" && name != "C" {
			break // it and all that follows is the test's
		}
		taken := []string{arg}
		if (value || name == "C") && !hasValue && len(args) > 0 {
			taken, text = append(taken, args[0]), args[0]
			args = args[1:]
		}
		if !known && !(name == "C" && first) || !plausible(name, text, value || hasValue) {
			l.odd = true // go says so at once
		}
		first = false
		if loads {
			l.flags = append(l.flags, taken...)
		}
	}
	return l
}

// readPatterns reads what begins at the first argument that is no flag.
func (l loading) readPatterns(verb string, args []string) loading {
	switch {
	case verb == "tool", verb == "run" && !strings.HasSuffix(args[0], ".go"):
		l.patterns = args[:1]
		return l
	case verb == "run":
		for len(args) > 0 && strings.HasSuffix(args[0], ".go") {
			l.patterns, args = append(l.patterns, args[0]), args[1:]
		}
		return l
	}
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		l.patterns, args = append(l.patterns, args[0]), args[1:]
	}
	// Flags may stand behind the packages as well.
	after := readFlagsOnly(args)
	l.flags = append(l.flags, after...)
	return l
}

// readFlagsOnly returns the loading flags among args, up to the first argument
// that cannot be go's.
func readFlagsOnly(args []string) []string {
	for i, a := range args {
		if !strings.HasPrefix(a, "-") && (i == 0 || !strings.HasPrefix(args[i-1], "-")) {
			args = args[:i]
			break
		}
	}
	return readLoading("test", args).flags
}

// plausible reports whether go will take text as the value of the flag, as far
// as is easily told.
func plausible(name, text string, has bool) bool {
	_, _, value := knownFlag(name)
	var err error
	switch name {
	case "p", "count", "parallel", "blockprofilerate", "memprofilerate", "mutexprofilefraction":
		_, err = strconv.Atoi(text)
	case "timeout":
		_, err = time.ParseDuration(text)
	case "buildvcs", "C":
	default:
		if has && !value {
			_, err = strconv.ParseBool(text)
		}
	}
	return err == nil
}

// remote reports whether the one pattern is package@version, which has nothing
// to do with the module around it.
func (l loading) remote() bool {
	return len(l.patterns) == 1 && strings.Contains(l.patterns[0], "@")
}

// prefetchArgs returns the arguments of the go command that loads the same
// packages, and so fetches the same modules, but runs nothing; nil if there is
// none. With -e, list goes on after an error and exits 0: the errors are in its
// output. It writes nothing, and runs none of the programs that flags such as
// -toolexec, -vettool or -exec name. `go test -n` would run some of them, and
// would truncate the file of -coverprofile.
func (l loading) prefetchArgs(v verb.Verb) []string {
	if l.odd {
		return nil
	}
	list := append([]string{"list", "-e", "-deps", "-json=ImportPath,Error"}, l.flags...)
	switch v.Name {
	case "build", "install", "vet", "fix", "list":
		if l.remote() {
			return nil
		}
		return append(list, l.patterns...)
	case "test":
		return append(append(list, "-test"), l.patterns...)
	case "run":
		if l.remote() {
			return append(append([]string{"install", "-n"}, l.flags...), l.patterns...)
		}
		return append(list, l.patterns...)
	case "tool":
		if len(l.patterns) == 0 {
			return nil
		}
		return append(list, l.patterns...)
	case "generate":
		return nil // it reads the directives in the files here, and needs nothing
	case "doc":
		if len(l.patterns) == 0 {
			return nil // the package here
		}
		// go doc looks for packages in the modules that it finds in the cache.
		// It fetches what it takes to list them, and no more.
		return []string{"list", "-e", "-m", "all"}
	}
	return nil
}
