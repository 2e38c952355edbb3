package classify

import "strings"

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
}

// verbs follows `go help` and `go help mod` and `go help work` of go 1.26;
// repo_test.go compares it with the go that runs the tests.
var verbs = []Verb{
	{"build", Guard, "-json"},
	{"fix", Guard, "-diff -json"},
	{"get", Guard, ""},
	{"install", Guard, "-json"},
	{"list", Guard, "*"},
	{"vet", Guard, "-json -diff"},

	{"mod download", Guard, "-json"},
	{"mod graph", Guard, "*"},
	{"mod tidy", Guard, "-diff"},
	{"mod vendor", Guard, ""},
	{"mod verify", Guard, "*"},
	{"mod why", Guard, "*"},
	{"work sync", Guard, ""},
	{"work vendor", Guard, ""},

	{"test", Prefetch, ""},
	{"run", Prefetch, ""},
	{"tool", Prefetch, ""},
	{"generate", Prefetch, ""},
	{"doc", Prefetch, ""},

	// Looked at, passed: nothing they do touches the network, but for a switch
	// of toolchains, which can precede any command.
	{"bug", Pass, ""},
	{"clean", Pass, ""}, // loads packages, but only to name what to delete
	{"env", Pass, ""},
	{"fmt", Pass, ""}, // loads packages, but formats those it finds here
	{"help", Pass, ""},
	{"mod edit", Pass, ""},
	{"mod init", Pass, ""},
	{"telemetry", Pass, ""},
	{"version", Pass, ""},
	{"work edit", Pass, ""},
	{"work init", Pass, ""},
	{"work use", Pass, ""},
}

// LookupVerb returns the row for the command line args (without the program's
// name) and the arguments that follow the verb's words. A verb that is not in
// the table, and a command line without one, is a Pass of that name.
//
// cmd/go takes -C as its first argument, before the verb or between the words
// of one ("go -C dir build", "go mod -C dir graph"): it is stepped over
// (cmd/go/main.go, handleChdirFlag).
func LookupVerb(args []string) (Verb, []string) {
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
// the arguments that follow its verb.
func (v Verb) DataOnStdout(rest []string) bool {
	if v.Data == "*" {
		return true
	}
	for _, flag := range strings.Fields(v.Data) {
		for _, a := range rest {
			name, value, _ := strings.Cut(a, "=")
			if strings.TrimPrefix(name, "-") == flag || name == flag {
				return value != "false" && value != "0"
			}
		}
	}
	return false
}

// Mends reports whether what is damaged may be mended and the command run
// again. Of go mod verify, the damage is the answer.
func (v Verb) Mends() bool { return v.Name != "mod verify" }

// UserCode reports whether the command starts programs, tests or generators
// of the user's, whose output and exit status are then its own.
func (v Verb) UserCode() bool { return v.Way == Prefetch && v.Name != "doc" }

// KnownVerb reports whether the table has a row of that name, be it to pass it.
func KnownVerb(name string) bool {
	for _, v := range verbs {
		if v.Name == name {
			return true
		}
	}
	return false
}
