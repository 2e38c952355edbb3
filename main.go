// Gosafe is a go command that does not flake: it stands before the real one on
// PATH, runs it, and when a run fails for a reason that a second run can cure,
// cures it and runs again. Called as go, everything is go's.
package main

import (
	"os"

	"gosafe/wrapper"
)

func main() {
	os.Exit(run(os.Args, wrapper.Environ()))
}

// own are gosafe's own commands, which exist only under its own name.
var own = []struct {
	name string
	run  func(args, environ []string) int
}{
	{"about", about},
	{"doctor", doctor},
	{"explain", func(args, _ []string) int { return explain(args, os.Stdin, os.Stdout, os.Stderr) }},
	{"repair", repair},
}

// run is main with its inputs named: argv as the program was called, and the
// environment. It returns the exit status, unless the process becomes the real
// go, or dies of the signal that ended it.
func run(argv, environ []string) int {
	if len(argv) > 1 && !wrapper.IsGo(argv[0]) {
		for _, o := range own {
			if o.name == argv[1] {
				return o.run(argv[2:], environ)
			}
		}
	}
	return newShim(argv, environ).run()
}
