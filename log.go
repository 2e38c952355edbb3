package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"gosafe/internal/call"
	"gosafe/retry"
	"gosafe/wrapper"
)

// A logLine is one event in the file that GOSAFE_LOG names. docs/log.md
// describes it.
type logLine struct {
	Time     time.Time `json:"time"`
	Event    string    `json:"event"`
	Command  string    `json:"command"`
	Cause    string    `json:"cause"`
	Decision string    `json:"decision"`
	Evidence string    `json:"evidence,omitempty"`
	Host     string    `json:"host,omitempty"`
	Module   string    `json:"module,omitempty"`
	Version  string    `json:"version,omitempty"`
	Attempts int       `json:"attempts"`
	WaitMS   int64     `json:"wait_ms,omitempty"`
	TotalMS  int64     `json:"total_ms,omitempty"`
	Next     string    `json:"next,omitempty"`
	Done     []string  `json:"done,omitempty"`
}

// log appends the event to the user's log. A log that cannot be written is
// told of once, and stops nothing.
func (g *guarded) log(e retry.Event) {
	if g.config.Log == "" {
		return
	}
	w := e.Verdict.Where
	line, err := json.Marshal(logLine{
		Time:     time.Now().UTC(),
		Event:    string(e.Kind),
		Command:  "go " + g.Verb.Name,
		Cause:    string(e.Verdict.Cause),
		Decision: e.Verdict.Decision.String(),
		Evidence: e.Verdict.Evidence,
		Host:     w.Host, Module: w.Module, Version: w.Version,
		Attempts: e.Attempts,
		WaitMS:   e.Wait.Milliseconds(),
		TotalMS:  e.Elapsed.Milliseconds(),
		Next:     e.Next,
		Done:     append(e.Done, e.Notes...),
	})
	if err == nil {
		err = appendLine(g.config.Log, string(line))
	}
	if err != nil {
		g.ui.warning("GOSAFE_LOG: %v; nothing more is logged", err)
		g.config.Log = ""
	}
}

// annotate makes a rescued run visible on GitHub Actions: a warning on the run,
// and a line in the job's summary. It goes to standard error, where the runner
// looks too: standard output is go's.
func (g *guarded) annotate(e retry.Event) {
	if e.Kind != retry.Rescued || g.config.Annotate == "off" || call.Lookup(g.Environ, "GITHUB_ACTIONS") != "true" {
		return
	}
	what := fmt.Sprintf("go %s succeeded at attempt %d, after %s: %s", g.Verb.Name, e.Attempts, span(e.Elapsed), e.Verdict.Summary())
	// The runner's workflow commands take %, CR and LF escaped.
	escaped := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(what)
	fmt.Fprintf(wrapper.Remarks{}, "::warning title=gosafe::%s\n", escaped)
	file := call.Lookup(g.Environ, "GITHUB_STEP_SUMMARY")
	if file == "" {
		return
	}
	cell := strings.NewReplacer("|", `\|`, "`", "'", "<", "&lt;").Replace
	row := fmt.Sprintf("| `go %s` | %d | %s | %s |", g.Verb.Name, e.Attempts, span(e.Elapsed), cell(e.Verdict.Summary()))
	if fi, err := os.Stat(file); err != nil || fi.Size() == 0 {
		row = "| gosafe rescued | attempts | in | from |\n| --- | --- | --- | --- |\n" + row
	}
	if err := appendLine(file, row); err != nil {
		g.ui.warning("GITHUB_STEP_SUMMARY: %v", err)
	}
}

// appendLine appends a line to a file in one write, so that the lines of
// several commands do not mix.
func appendLine(file, line string) error {
	// A pipe that nobody reads must not hold us.
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
