// Package verb holds the one table of go's commands, and says how gosafe runs
// each.
package verb

import (
	"slices"
	"strings"

	"gosafe/internal/goflag"
)

// A Way is how gosafe runs a go command.
type Way uint8

const (
	Pass     Way = iota // become the real go: the command cannot fail transiently, or is not known
	Guard               // run it as a child, and again if that can help: it runs no user code
	Prefetch            // guard the loading half alone, then pass: it runs user code, once
)

// A Verb says what one go command may do. The commands that the table does not
// name are passed: what is not known cannot be known to be repeatable.
type Verb struct {
	Name string // as typed: "build", "mod download"
	Way  Way

	// Data says when the command's standard output is data for a reader, who
	// must not see a failed attempt's half: always ("*"), never (""), or with
	// one of these flags, separated by spaces.
	Data string

	// Conceals says when the command takes what it cannot fetch for what is not
	// needed, and exits 0: in the same words.
	Conceals string
}

// verbs follows `go help` and `go help mod` and `go help work` of go 1.26;
// repo_test.go of the root compares it with the go that runs the tests.
var verbs = []Verb{
	{Name: "build", Way: Guard, Data: "-json"},
	{Name: "fix", Way: Guard, Data: "-diff -json"},
	{Name: "get", Way: Guard},
	{Name: "install", Way: Guard, Data: "-json"},
	{Name: "list", Way: Guard, Data: "*"},
	{Name: "vet", Way: Guard, Data: "-json -diff"},

	{Name: "mod download", Way: Guard, Data: "-json"},
	{Name: "mod graph", Way: Guard, Data: "*"},
	{Name: "mod tidy", Way: Guard, Data: "-diff", Conceals: "-e"},
	{Name: "mod vendor", Way: Guard, Conceals: "-e"},
	{Name: "mod verify", Way: Guard, Data: "*"},
	{Name: "mod why", Way: Guard, Data: "*", Conceals: "*"},
	{Name: "work sync", Way: Guard, Conceals: "*"},
	{Name: "work vendor", Way: Guard, Conceals: "-e"},

	{Name: "test", Way: Prefetch},
	{Name: "run", Way: Prefetch},
	{Name: "tool", Way: Prefetch},
	{Name: "generate", Way: Prefetch},
	{Name: "doc", Way: Prefetch},

	// Looked at, passed: nothing they do touches the network, but for a switch
	// of toolchains, which can precede any command.
	{Name: "bug", Way: Pass},
	{Name: "clean", Way: Pass}, // loads packages, but only to name what to delete
	{Name: "env", Way: Pass},
	{Name: "fmt", Way: Pass}, // loads packages, but formats those it finds here
	{Name: "help", Way: Pass},
	{Name: "mod edit", Way: Pass},
	{Name: "mod init", Way: Pass},
	{Name: "telemetry", Way: Pass},
	{Name: "version", Way: Pass},
	{Name: "work edit", Way: Pass},
	{Name: "work init", Way: Pass},
	{Name: "work use", Way: Pass},
}

// Lookup returns the row for the command line args (without the program's
// name) and the arguments that follow the verb's words. A verb that is not in
// the table, and a command line without one, is a Pass of that name.
//
// cmd/go takes -C as its first argument, before the verb or between the words
// of one ("go -C dir build", "go mod -C dir graph"): it is stepped over
// (cmd/go/main.go, handleChdirFlag).
func Lookup(args []string) (Verb, []string) {
	args = skipChdir(args)
	if len(args) == 0 {
		return Verb{}, nil
	}
	name, rest := args[0], args[1:]
	if name == "mod" || name == "work" {
		if sub := skipChdir(rest); len(sub) > 0 {
			name, rest = name+" "+sub[0], sub[1:]
		}
	}
	for _, v := range verbs {
		if v.Name == name {
			return v, rest
		}
	}
	return Verb{Name: name}, rest
}

// skipChdir drops a leading -C flag and its value.
func skipChdir(args []string) []string {
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return args
	}
	switch name, _, hasValue := strings.Cut(strings.TrimPrefix(args[0][1:], "-"), "="); {
	case name != "C":
		return args
	case hasValue || len(args) == 1:
		return args[1:]
	default:
		return args[2:]
	}
}

// DataOnStdout reports whether the command's standard output is data, given
// its flags.
func (v Verb) DataOnStdout(flags []string) bool { return applies(v.Data, flags) }

// ConcealsFailures reports whether the command, with these flags, answers
// wrongly and exits 0 where it could not fetch something.
func (v Verb) ConcealsFailures(flags []string) bool { return applies(v.Conceals, flags) }

// applies reports whether a column of the table applies to a command with these
// flags.
func applies(when string, flags []string) bool {
	return when == "*" || slices.ContainsFunc(strings.Fields(when), func(flag string) bool { return goflag.On(flags, flag[1:]) })
}

// Mends reports whether what is damaged may be mended and the command run
// again. Of go mod verify, the damage is the answer.
func (v Verb) Mends() bool { return v.Name != "mod verify" }

// UserCode reports whether the command starts programs, tests or generators
// of the user's, whose output and exit status are then its own.
func (v Verb) UserCode() bool { return v.Way == Prefetch && v.Name != "doc" }

// Known reports whether the table has a row of that name, be it to pass it.
func Known(name string) bool {
	for _, v := range verbs {
		if v.Name == name {
			return true
		}
	}
	return false
}
