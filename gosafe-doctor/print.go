package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gosafe/classify"
)

// A printer writes the report for people: a heading a group, a mark a line.
// Colour and progress are for terminals only.
type printer struct {
	out, err io.Writer
	colour   bool // the report
	live     bool // the line that says what is waited for
	verbose  bool
	shown    string // of that line
}

// marks stand before the lines, one a level, with their colours.
var marks = []struct{ mark, colour string }{
	{"✓", "32"}, {"·", "36"}, {"!", "33"}, {"✗", "31"},
}

func newPrinter(out, err io.Writer, p *patient, verbose bool) *printer {
	dumb := p.environ("TERM") == "dumb"
	return &printer{
		out: out, err: err, verbose: verbose,
		colour: isTerminal(out) && !dumb && p.environ("NO_COLOR") == "",
		live:   isTerminal(err) && !dumb,
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0 && fi.Name() != os.DevNull
}

// paint gives text a colour.
func (p *printer) paint(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// head says what is looked at, and what the log says that it starts from.
func (p *printer) head(e *examination) {
	where := e.patient.Dir
	if m := e.patient.mainModule(300 * time.Millisecond); m != "" {
		where = m + " in " + where
	}
	fmt.Fprintf(p.out, "%s\n", p.paint("1", "gosafe doctor: "+classify.Printable(where)))
	if v := e.verdict; v != nil {
		fmt.Fprintf(p.out, "\n%s\n", p.paint("1", "the failure"))
		fmt.Fprintf(p.out, "  %s: %s\n", v.Cause, v.Cause.Description())
		for _, row := range []struct{ name, text string }{{"saw", v.Evidence}, {"where", v.Where.String()}, {"do", v.Advice()}} {
			p.row(row.name, row.text)
		}
	}
}

// row is an indented line below a finding.
func (p *printer) row(name, text string) {
	if text != "" {
		fmt.Fprintf(p.out, "      %s %s\n", p.paint("2", fmt.Sprintf("%-5s", name+":")), strings.ReplaceAll(text, "\n", "\n            "))
	}
}

// groups shows finished groups.
func (p *printer) groups(results []result) {
	p.progress(nil)
	group := ""
	for _, r := range results {
		if r.check.group != group {
			group = r.check.group
			fmt.Fprintf(p.out, "\n%s\n", p.paint("1", group))
		}
		for _, f := range r.findings {
			p.finding(f)
		}
		if p.verbose {
			fmt.Fprintf(p.out, "      %s\n", p.paint("2", fmt.Sprintf("(%s, %.2f s)", r.check.name, r.elapsed.Seconds())))
		}
	}
}

func (p *printer) finding(f finding) {
	m := marks[f.Level]
	fmt.Fprintf(p.out, "  %s %s\n", p.paint(m.colour, m.mark), f.Summary)
	if f.Level >= warning || p.verbose {
		for _, e := range f.Evidence {
			p.row("saw", e)
		}
	}
	p.row("do", f.Remedy)
}

// progress shows what is still waited for, in a line that the next one takes
// the place of.
func (p *printer) progress(waiting []string) {
	if !p.live {
		return
	}
	line := ""
	if len(waiting) > 0 {
		line = "… " + strings.Join(waiting, ", ")
		if r := []rune(line); len(r) > 78 {
			line = string(r[:77]) + "…"
		}
	}
	if line != p.shown {
		fmt.Fprint(p.err, "\r\x1b[K"+line)
		p.shown = line
	}
}

// foot is the verdict.
func (p *printer) foot(e *examination) {
	l, _, _ := e.worst()
	m := marks[l]
	if l == note {
		m = marks[ok]
	}
	fmt.Fprintf(p.out, "\n%s %s\n", p.paint(m.colour, m.mark), e.closing())
}

// A report is what -json prints. docs/doctor.md describes it; fields are added
// to it, never changed.
type report struct {
	Schema  int          `json:"schema"`
	Dir     string       `json:"dir"`
	Module  string       `json:"module,omitempty"`
	Level   level        `json:"level"`
	Verdict string       `json:"verdict"`
	Failure *failure     `json:"failure,omitempty"`
	Seconds float64      `json:"seconds"`
	Checks  []checkEntry `json:"checks"`
}

type failure struct {
	Cause    string `json:"cause"`
	Decision string `json:"decision"`
	Evidence string `json:"evidence"`
	Where    string `json:"where"`
	Advice   string `json:"advice"`
}

type checkEntry struct {
	Group    string    `json:"group"`
	Name     string    `json:"name"`
	Level    level     `json:"level"`
	Seconds  float64   `json:"seconds"`
	Findings []finding `json:"findings"`
}

func printJSON(w io.Writer, e *examination) error {
	l, _, _ := e.worst()
	r := report{
		Schema: 1, Dir: classify.Printable(e.patient.Dir), Module: classify.Printable(e.patient.mainModule(50 * time.Millisecond)),
		Level: l, Verdict: e.closing(), Seconds: round(e.elapsed.Seconds()), Checks: []checkEntry{},
	}
	if v := e.verdict; v != nil {
		r.Failure = &failure{string(v.Cause), v.Decision.String(), v.Evidence, v.Where.String(), v.Advice()}
	}
	for _, c := range e.results {
		findings := c.findings
		if findings == nil {
			findings = []finding{}
		}
		r.Checks = append(r.Checks, checkEntry{c.check.group, c.check.name, c.level(), round(c.elapsed.Seconds()), findings})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// round keeps milliseconds.
func round(seconds float64) float64 { return float64(int64(seconds*1000+0.5)) / 1000 }

// firstLine is the first of several.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// gitUser is what ssh URLs begin with. The name is no secret, and a command
// without it would not do.
const gitUser = "ssh://git@"

// printableLines is classify.Printable for a text of several lines, in which
// there may be commands.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		parts := strings.Split(l, gitUser)
		for j, part := range parts {
			parts[j] = classify.Printable(part)
		}
		lines[i] = strings.Join(parts, gitUser)
	}
	return strings.Join(lines, "\n")
}
