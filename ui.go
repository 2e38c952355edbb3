package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gosafe/classify"
	"gosafe/internal/call"
	"gosafe/retry"
)

// Every line that gosafe says while a go command runs is made here. To
// standard error, lower case, "gosafe: " first, no period at its end, one line
// an event: the cause, the place, and what comes next. What comes out of a
// child's text has been stripped of control characters and credentials by
// classify.

// A ui says what was done.
type ui struct {
	w     io.Writer
	quiet bool
}

func (u ui) line(format string, args ...any) {
	if u.quiet {
		return
	}
	io.WriteString(u.w, "gosafe: "+classify.Printable(fmt.Sprintf(format, args...))+"\n")
}

// warning is for what is wrong with gosafe's own surroundings.
func (u ui) warning(format string, args ...any) { u.line("warning: "+format, args...) }

// event says what the loop did.
func (u ui) event(e retry.Event) {
	what := e.Verdict.Summary()
	if n := others(e.Verdict); n > 0 {
		what += fmt.Sprintf(" (and %d more)", n)
	}
	switch e.Kind {
	case retry.Again:
		how := in(e.Wait)
		if e.Next != "" {
			how += " " + e.Next
		}
		u.line("%s; trying again %s", what, how)
	case retry.Skipped:
		u.line("%s failed a moment ago; asked %s", e.Dead, e.Next)
	case retry.Switched:
		u.line("%s; asking %s instead of %s from now on", what, e.Next, e.Dead)
	case retry.Restored:
		u.line("%s; trying once more with all of GOPROXY", what)
	case retry.Reworded:
		u.line("git failed in a language that gosafe does not read; running it once more with LC_ALL=C")
	case retry.Lessened:
		u.line("%s; trying again with less at once (%s)", what, e.Next)
	case retry.Mended:
		u.line("%s; %s; trying again", what, strings.Join(e.Done, "; "))
	case retry.GaveUp:
		u.gaveUp(e)
	case retry.Rescued:
		u.line("it worked at attempt %d, after %s", e.Attempts, span(e.Elapsed))
	}
}

// locked tells that the run waits for a lock that another process holds.
func (u ui) locked(holder int, name string) { u.line(call.Locked, holder, name) }

// others counts the modules, other than the one that the deciding line names,
// of which the same may be said.
func others(v classify.Verdict) int {
	seen := map[string]bool{v.Where.Module + "@" + v.Where.Version: true, "@": true}
	n := len(seen)
	for _, f := range v.Findings {
		if f.Decision == v.Decision {
			seen[f.Where.Module+"@"+f.Where.Version] = true
		}
	}
	return len(seen) - n
}

// gaveUp is the closing of a run that could not be saved.
func (u ui) gaveUp(e retry.Event) {
	tried := "not tried again"
	if e.Attempts > 1 {
		tried = fmt.Sprintf("gave up after %d attempts in %s", e.Attempts, span(e.Elapsed))
	}
	if len(e.Notes) > 0 {
		tried += " (" + strings.Join(e.Notes, "; ") + ")"
	}
	u.line("%s; %s", e.Verdict.Summary(), tried)
	if e.Refused != "" {
		u.line("no other way was open: %s", e.Refused)
	}
	u.advice(e.Verdict)
}

// hinted are the real failures after which a hint is given: those whose cure
// lies outside the module, and which go's own words do not tell. The others
// are the user's own doing, and plain enough.
var hinted = []classify.Cause{
	classify.TLSUntrusted, classify.AuthRequired, classify.HostKey, classify.VCSMissing, classify.DubiousOwnership, classify.VCSStatus,
	classify.ChecksumMismatch, classify.ToolchainUnavailable, classify.ProxyMisconfigured, classify.PermissionDenied, classify.NoHome,
	classify.DiskFull,
}

// hint follows go's own words about a real failure, if there is anything to
// add to them.
func (u ui) hint(v classify.Verdict) {
	if slices.Contains(hinted, v.Cause) {
		u.advice(v)
	}
}

// advice says what a person can do about a failure, if there is anything.
func (u ui) advice(v classify.Verdict) {
	for line := range strings.Lines(v.Advice()) {
		u.line("hint: %s", strings.TrimSuffix(line, "\n"))
	}
}

// in says when, the way people do.
func in(d time.Duration) string {
	if d < 50*time.Millisecond {
		return "at once"
	}
	return "in " + span(d)
}

// span rounds a duration to what is worth reading.
func span(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	}
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	return s
}
