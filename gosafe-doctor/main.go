// Gosafe-doctor looks at everything between a go command and its modules, at
// once, and says what is wrong and what to type. It changes nothing.
//
// It is a program of its own, so that gosafe, which stands before every go
// command, stays small: `gosafe doctor` runs it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosafe/classify"
	"gosafe/internal/args"
)

func main() {
	dir, _ := os.Getwd() // empty: it has been deleted, and the checks of the module say so
	p := newPatient(os.Environ(), dir)
	os.Exit(run(os.Args[1:], p, os.Stdout, os.Stderr))
}

const usage = "usage: gosafe doctor [-json] [-v] [-C dir] [group...] [LOGFILE]\n"

// The exit statuses.
const (
	exitWell   = 0
	exitBroken = 1
	exitUsage  = 2
)

// run is main with its inputs named. It returns the exit status.
func run(args []string, p *patient, stdout, stderr io.Writer) int {
	opts, err := parse(args, p, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitWell
	}
	if err != nil {
		fmt.Fprintf(stderr, "gosafe doctor: %s\n%s", classify.Printable(err.Error()), usage)
		return exitUsage
	}
	e := examination{patient: p, checks: checks}
	if opts.log != "" {
		v, err := readVerdict(opts.log)
		if err != nil {
			fmt.Fprintf(stderr, "gosafe doctor: %v\n", err)
			return exitUsage
		}
		e.verdict, e.checks, e.partial = &v, relevant(v), len(opts.groups) > 0
		p.Failed = v
	}
	if len(opts.groups) > 0 {
		e.checks = slices.DeleteFunc(slices.Clone(e.checks), func(c check) bool { return !slices.Contains(opts.groups, c.group) })
	}
	if opts.json {
		e.run(nil)
		if err := printJSON(stdout, &e); err != nil {
			fmt.Fprintf(stderr, "gosafe doctor: writing the report: %v\n", err)
			return exitBroken
		}
		return e.exit()
	}
	pr := newPrinter(stdout, stderr, p, opts.verbose)
	pr.head(&e)
	e.run(pr)
	pr.foot(&e)
	return e.exit()
}

// options are what the command line says.
type options struct {
	json, verbose bool
	groups        []string
	log           string // a saved failure
}

// parse reads the command line; flags may stand behind words, too.
func parse(line []string, p *patient, stderr io.Writer) (options, error) {
	var o options
	fset := flag.NewFlagSet("gosafe doctor", flag.ContinueOnError)
	fset.SetOutput(io.Discard)
	fset.BoolVar(&o.json, "json", false, "print one JSON object (docs/doctor.md)")
	fset.BoolVar(&o.verbose, "v", false, "show what was seen where all is well, too")
	dir := fset.String("C", "", "look at the module in `dir` instead of the current directory")
	words, err := args.Parse(fset, line)
	if errors.Is(err, flag.ErrHelp) {
		help(stderr, fset)
	}
	if err != nil {
		return o, err
	}
	for _, w := range words {
		switch file := p.abs(w); {
		case slices.Contains(groups, w):
			o.groups = append(o.groups, w)
		case o.log != "":
			return o, fmt.Errorf("%q: more than one log file", w)
		case w == "-" || isFile(file):
			o.log = file
			if w == "-" {
				o.log = w
			}
		default:
			return o, fmt.Errorf("%q is neither a group of checks (%s) nor a file", w, strings.Join(groups, ", "))
		}
	}
	if *dir != "" {
		d := p.abs(*dir)
		if fi, err := os.Stat(d); err != nil || !fi.IsDir() {
			return o, fmt.Errorf("-C %s: not a directory", *dir)
		}
		p.Dir = d
	}
	return o, nil
}

func help(w io.Writer, fset *flag.FlagSet) {
	fmt.Fprint(w, usage)
	fset.SetOutput(w)
	fset.PrintDefaults()
	fmt.Fprint(w, "\nThe groups, all of them if none is named:\n\n")
	for _, g := range groups {
		var names []string
		for _, c := range checks {
			if c.group == g {
				names = append(names, c.name)
			}
		}
		fmt.Fprintf(w, "  %-10s %s\n", g, strings.Join(names, ", "))
	}
	fmt.Fprint(w, "\nLOGFILE is the saved output of a command that failed (- is standard input): it is explained, and what matters for it is checked.\n")
}

func isFile(name string) bool {
	fi, err := os.Stat(name)
	return err == nil && !fi.IsDir()
}

// abs returns a path of the user's as an absolute one.
func (p *patient) abs(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.Dir, name)
}
