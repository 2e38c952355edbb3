// Package goflag reads flags in a go command's arguments, as far as that can be
// done without knowing all of them.
package goflag

import (
	"slices"
	"strings"
)

// Cut splits an argument into the bare name of a flag and its value, if it has
// one; the name is empty if the argument is no flag.
func Cut(arg string) (name, value string, hasValue bool) {
	if !strings.HasPrefix(arg, "-") {
		return "", "", false
	}
	return strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
}

// Has reports whether one of the flags is among args.
func Has(args []string, names ...string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		name, _, _ := Cut(a)
		return slices.Contains(names, name)
	})
}

// On reports whether a flag is among args and is not switched off again: the
// last one counts.
func On(args []string, name string) (on bool) {
	for _, a := range args {
		if bare, value, _ := Cut(a); bare == name {
			on = value != "false" && value != "0"
		}
	}
	return on
}

// Value returns the value of a flag among args, or the empty string: that of the
// last one, which counts.
func Value(args []string, name string) (value string) {
	for i, a := range args {
		bare, v, ok := Cut(a)
		if bare != name {
			continue
		}
		if value = v; !ok && i+1 < len(args) {
			value = args[i+1]
		}
	}
	return value
}

// Split splits the value of GOFLAGS as cmd/go does (cmd/internal/quoted): at
// white space, but for what begins with a quote, which goes to the next one of
// its kind.
func Split(text string) (flags []string) {
	const blanks = " \t\n\r"
	for text = strings.TrimLeft(text, blanks); text != ""; text = strings.TrimLeft(text, blanks) {
		end, skip := strings.IndexAny(text, blanks), 0
		if text[0] == '"' || text[0] == '\'' {
			end, text, skip = strings.IndexByte(text[1:], text[0]), text[1:], 1
		}
		if end < 0 {
			end, skip = len(text), 0
		}
		flags, text = append(flags, text[:end]), text[end+skip:]
	}
	return flags
}
