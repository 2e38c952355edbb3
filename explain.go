package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"gosafe/classify"
	"gosafe/internal/args"
	"gosafe/internal/verb"
	"gosafe/wrapper"

	"github.com/mattn/go-shellwords"
)

// explain is `gosafe explain`: it classifies a saved log and prints what it
// means. The report is its product and goes to stdout.
func explain(words []string, stdin io.Reader, stdout, stderr io.Writer) int {
	fset := flag.NewFlagSet("gosafe explain", flag.ContinueOnError)
	fset.SetOutput(stderr)
	fset.Usage = func() {
		fmt.Fprintln(stderr, "usage: gosafe explain [-json] [-v] [-command 'go mod download'] [-exit N|signal:NAME] [-stdout FILE] [FILE]\nWithout FILE, or for -, standard input is read.")
		fset.PrintDefaults()
	}
	asJSON := fset.Bool("json", false, "print one JSON object")
	verbose := fset.Bool("v", false, "name the rule that hit and every finding")
	command := fset.String("command", "", "the command that failed, quoted as for a shell (default: found in the log)")
	exit := fset.String("exit", "1", "its exit status, or signal:NAME")
	stdoutFile := fset.String("stdout", "", "a `file` with its standard output, if that was kept apart")
	files, err := args.Parse(fset, words)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	status, signal, err := parseExit(*exit)
	if err == nil && len(files) > 1 {
		err = errors.New("at most one file")
	}
	var goArgs []string
	if err == nil && *command != "" {
		goArgs, err = goArguments(*command)
	}
	if err != nil {
		fmt.Fprintf(stderr, "gosafe: explain: %v\n", err)
		return 2
	}
	if f, ok := stdin.(*os.File); ok && len(files) == 0 && wrapper.IsTerminal(f) {
		fmt.Fprintln(stderr, "gosafe: explain: reading the log from the terminal; Ctrl-D ends it")
	}
	log, err := readLog(strings.Join(files, ""), stdin)
	var out []byte
	if err == nil && *stdoutFile != "" {
		out, err = readLog(*stdoutFile, stdin)
	}
	if err != nil {
		fmt.Fprintf(stderr, "gosafe: %v\n", err)
		return 1
	}
	r := classify.Record{Args: goArgs, Exit: status, Signal: signal, Stdout: out}
	v := explainLog(r, string(log))
	if *asJSON {
		return printJSON(stdout, stderr, v)
	}
	printReport(stdout, v, *verbose)
	return 0
}

// explainLog classifies the lines of a log that belong to the command that
// failed: r's, or, if r names none, the last one that the log shows with
// output that means something.
func explainLog(r classify.Record, log string) classify.Verdict {
	log = classify.CleanLog(log)
	sections := classify.Sections(log)
	if r.Args != nil {
		for i := len(sections) - 1; i >= 0; i-- {
			if args, err := goArguments(sections[i].Command); err == nil && sameVerb(args, r.Args) {
				log = sections[i].Text
				break
			}
		}
		r.Stderr = []byte(log)
		return classify.Classify(r)
	}
	for i := len(sections) - 1; i >= 0; i-- {
		args, err := goArguments(sections[i].Command)
		if err != nil {
			continue
		}
		r.Args, r.Stderr = args, []byte(sections[i].Text)
		if v := classify.Classify(r); v.Cause != classify.Unknown {
			return v
		}
	}
	r.Args, r.Stderr = nil, []byte(log)
	return classify.Classify(r)
}

func sameVerb(a, b []string) bool {
	va, _ := verb.Lookup(a)
	vb, _ := verb.Lookup(b)
	return va.Name == vb.Name
}

// parseExit understands "1", "143" and "signal:killed".
func parseExit(s string) (status int, signal string, err error) {
	if name, ok := strings.CutPrefix(s, "signal:"); ok {
		return 0, strings.TrimSpace(name), nil
	}
	status, err = strconv.Atoi(s)
	if err != nil {
		return 0, "", fmt.Errorf("-exit %q: neither a number nor signal:NAME", s)
	}
	return status, "", nil
}

// Compiled when they are first needed: this file is linked into every go
// command that people run.
var (
	goProgram = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:go(?:\d[\w.]*|tip|safe)?)(?:\.exe)?$`)
	})
	assignment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_]\w*=`) })
)

// goArguments splits a command line as a shell would and returns what follows
// the go program: `GOFLAGS=-x go1.22.3 mod download` gives [mod download].
// Nothing is expanded, nothing is run.
func goArguments(command string) ([]string, error) {
	p := shellwords.NewParser()
	p.ParseEnv, p.ParseBacktick = false, false
	for rest := command; ; {
		words, err := p.Parse(rest)
		if err != nil {
			return nil, fmt.Errorf("-command %q: %w", command, err)
		}
		if args, ok := afterGo(words); ok {
			return args, nil
		}
		if p.Position < 0 || p.Position >= len(rest) { // it went to the end
			if len(words) == 0 {
				return nil, fmt.Errorf("-command %q: no command", command)
			}
			return words, nil
		}
		rest = strings.TrimLeft(rest[p.Position:], ";&|<> \t") // it stops at these: the next command
	}
}

// afterGo returns the words after the go program, stepping over what may stand
// before it: assignments, env, time, sudo.
func afterGo(words []string) ([]string, bool) {
	for i, w := range words {
		switch {
		case goProgram().MatchString(filepath.Base(strings.ReplaceAll(w, `\`, "/"))):
			return append([]string{}, words[i+1:]...), true
		case assignment().MatchString(w), w == "env", w == "time", w == "sudo", w == "exec", w == "command", strings.HasPrefix(w, "-"):
		default:
			return nil, false
		}
	}
	return nil, false
}

// What is read of a log: its beginning, where the command is shown, and its
// end, where it fails.
const (
	logHead = 64 << 10
	logTail = 1 << 20
)

// readLog reads FILE, or stdin if name is empty or "-", keeping at most
// logHead bytes of the beginning and logTail of the end.
func readLog(name string, stdin io.Reader) ([]byte, error) {
	r := stdin
	if name != "" && name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, bare(err))
		}
		defer f.Close()
		r = f
	} else {
		name = "standard input"
	}
	head, err := io.ReadAll(io.LimitReader(r, logHead))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, bare(err))
	}
	var tail []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		tail = append(tail, buf[:n]...)
		if len(tail) > 2*logTail {
			tail = append([]byte("\n"), tail[len(tail)-logTail:]...)
		}
		if err == io.EOF {
			return bytes.Join([][]byte{head, tail}, nil), nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, bare(err))
		}
	}
}

// bare takes the operation and the path off an error that names them again.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// An explanation is what -json prints. Readers rely on the first five keys.
type explanation struct {
	Decision string `json:"decision"`
	Cause    string `json:"cause"`
	Evidence string `json:"evidence"`
	Where    string `json:"where"`
	Advice   string `json:"advice"`
	Summary  string `json:"summary"`
	Rule     string `json:"rule"`
	Host     string `json:"host,omitempty"`
	URL      string `json:"url,omitempty"`
	Module   string `json:"module,omitempty"`
	Version  string `json:"version,omitempty"`
	Path     string `json:"path,omitempty"`
}

func printJSON(stdout, stderr io.Writer, v classify.Verdict) int {
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	err := enc.Encode(explanation{
		Decision: v.Decision.String(), Cause: string(v.Cause), Evidence: v.Evidence, Where: v.Where.String(), Advice: v.Advice(),
		Summary: v.Summary(), Rule: v.Rule,
		Host: v.Where.Host, URL: v.Where.URL, Module: v.Where.Module, Version: v.Where.Version, Path: v.Where.Path,
	})
	if err != nil {
		fmt.Fprintf(stderr, "gosafe: explain: %v\n", err)
		return 1
	}
	return 0
}

func printReport(w io.Writer, v classify.Verdict, verbose bool) {
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-9s %s\n", name+":", strings.ReplaceAll(value, "\n", "\n          "))
		}
	}
	row("cause", string(v.Cause)+": "+v.Cause.Description())
	row("decision", v.Decision.String()+": "+v.Decision.Meaning())
	row("evidence", v.Evidence)
	row("where", v.Where.String())
	if row("advice", v.Advice()); v.Cause == classify.Unknown {
		row("advice", "gosafe doctor looks at everything between go and its modules")
	}
	if !verbose {
		return
	}
	row("rule", v.Rule)
	for _, f := range v.Findings {
		fmt.Fprintf(w, "finding:  %s/%s %q\n          rule %s\n", f.Decision, f.Cause, f.Evidence, f.Rule)
	}
}
