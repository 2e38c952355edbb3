package classify

import (
	"strings"

	"gosafe/internal/verb"
)

// maxFindings bounds what a verdict keeps. Lines beyond it are still looked
// at: a real failure among them decides.
const maxFindings = 256

// maxEvidence bounds a line of evidence, in bytes.
const maxEvidence = 400

// Classify returns the verdict on a run that failed.
func Classify(r Record) Verdict {
	o := read(r)
	if f, ok := ended(o); ok {
		return Verdict{Finding: f, Findings: []Finding{f}}
	}
	v := decide(o, o.find())
	if v.Cause == Unknown {
		byStatus(r.Exit, &v.Finding)
		if o.verb.Name == "test" {
			o.byReport(&v.Finding)
		}
	}
	if o.ran && v.Decision == Retry && v.Cause != TextFileBusy {
		v.Decision = Fail // tests of other packages have run: nothing may run twice
	}
	return v
}

// ended recognises the runs whose end says it all: a signal, a program of the
// user's that failed after go had started it.
func ended(o *output) (Finding, bool) {
	if f, ok := bySignal(o.record); ok {
		return f, true
	}
	last := ""
	for i := len(o.lines) - 1; i >= 0 && last == ""; i-- {
		if o.lines[i].frame != inReport {
			last = o.lines[i].text
		}
	}
	program := strings.HasPrefix(last, "exit status ") || strings.HasPrefix(last, "signal: ")
	switch {
	case o.verb.Name == "run" && (last == "signal: interrupt" || last == "signal: terminated" || last == "signal: hangup"):
		return o.finding(Terminated, "signal", last), true
	case o.verb.Name == "run" && (program || o.started()):
		return o.finding(ProgramFailure, "exit status", last), true
	case o.verb.Name == "tool" && o.foreign():
		return o.finding(ProgramFailure, "go tool", last), true
	case o.verb.Name == "generate" && strings.Contains(last, ": running \""):
		return o.finding(ProgramFailure, "running", last), true
	}
	return Finding{}, false
}

// byReport judges a go test whose words say nothing by the shape of its
// report: a test has spoken, although no line says that one failed (the end is
// missing, or its process died), or nothing was built that could have run.
func (o *output) byReport(f *Finding) {
	unbuilt := false
	for i := range o.lines {
		t := o.lines[i].text
		report := o.lines[i].frame&(inReport|inUser) != 0
		switch {
		case strings.HasPrefix(t, "FAIL") && strings.HasSuffix(t, " failed]"):
			unbuilt = true
		case report && hasAnyPrefix(t, []string{"=== RUN", "panic: ", "FAIL\t", "fatal error: "}), report && t == "FAIL" && !unbuilt:
			f.set(TestFailure)
			return
		}
	}
	if unbuilt {
		f.set(CompileError)
	}
}

// bySignal is the verdict on a run that a signal ended, told by the signal or
// by the status that a shell makes of it.
func bySignal(r Record) (Finding, bool) {
	f := Finding{Rule: "signal"}
	name := r.Signal
	if name == "" {
		switch r.Exit {
		case 129:
			name = "hangup"
		case 130:
			name = "interrupt"
		case 131:
			name = "quit"
		case 143:
			name = "terminated"
		}
	}
	switch name {
	case "":
		return f, false
	case "killed":
		f.set(OutOfMemory)
	case "hangup", "interrupt", "terminated", "quit", "user defined signal 1", "user defined signal 2", "broken pipe":
		f.set(Terminated)
	case "segmentation fault", "bus error", "aborted", "abort trap", "illegal instruction", "trace/breakpoint trap":
		f.set(ToolchainCrash)
	default:
		f.set(Terminated)
	}
	f.Evidence = "signal: " + printable(name, 60)
	return f, true
}

// foreign reports whether the run printed something that is not cmd/go's: then
// the tool that go tool was to start has started.
func (o *output) foreign() bool {
	for i := range o.lines {
		if o.lines[i].frame&(inUser|inReport) != 0 {
			return true
		}
	}
	return len(o.lines) == 0 || o.record.Exit > 2
}

func (o *output) finding(c Cause, rule, evidence string) Finding {
	f := Finding{Rule: rule, Evidence: printable(evidence, maxEvidence)}
	f.set(c)
	return f
}

// A hit is a finding with what ranking needs to know of it.
type hit struct {
	Finding
	weak  bool
	block bool // in a VCS block: weakness is the block's affair
	head  int  // the group of the line
	rule  *rule

	follows bool // from another finding: not to be counted
}

// find tries every rule on every line: one finding a line, the first rule's.
func (o *output) find() []hit {
	text := make([]string, len(o.lines))
	for i := range o.lines {
		text[i] = o.lines[i].text
	}
	for i := range o.lines {
		text = append(text, inEnglish(&o.lines[i]))
	}
	rules := relevant(strings.Join(text, "\n"))
	var hits []hit
	worst := Retry
	for i := range o.lines {
		if h, ok := o.match(i, rules); ok {
			if len(hits) < maxFindings || !h.weak && h.Decision < worst {
				hits = append(hits, h)
			}
			if !h.weak {
				worst = min(worst, h.Decision)
			}
		}
	}
	return hits
}

// match returns the finding of the first rule that fits line at.
func (o *output) match(at int, rules []compiledRule) (hit, bool) {
	l := &o.lines[at]
	opener := l.frame&(inGo|inTool) != 0 && endsInExitStatus(l.text) && at+1 < len(o.lines) && o.lines[at+1].frame&(inVCS|inRemote) != 0
	texts := [2]string{inEnglish(l), l.said()}
	for _, text := range texts {
		if text == "" {
			continue
		}
		for k := range rules {
			if opener && rules[k].cause != Unknown && rules[k].cause != OutOfMemory {
				continue // what it says before "exit status 128:" is not the reason
			}
			if rules[k].network() && l.ofTool() {
				continue
			}
			if phrase, ok := rules[k].match(text, l.frame); ok {
				if h := o.hit(at, &rules[k], phrase); h.Cause != "" && l.settles(&h.Finding) {
					return h, true
				}
			}
		}
	}
	return hit{}, false
}

// hit makes the finding of a rule on line at; without a cause if the rule's
// judge says that the line means nothing.
func (o *output) hit(at int, r *compiledRule, phrase string) hit {
	l := &o.lines[at]
	f := Finding{Rule: r.pattern(), Evidence: printable(l.text, maxEvidence)}
	f.set(r.cause)
	f.Where = o.where(at)
	f.phrase = printable(phrase, 80)
	f.vcs = o.vcsProgram(at)
	if r.judge != nil && !r.judge(o, at, &f) {
		return hit{}
	}
	return hit{Finding: f, weak: r.weak, block: l.frame&(inVCS|inRemote) != 0, head: l.group, rule: r.rule}
}

// Concealed returns the verdict on the errors that a run which exited 0 hides
// in the JSON on its stdout: go list -e -json, go mod download -json. It
// reports false if there are none.
func Concealed(r Record) (Verdict, bool) {
	if !strings.Contains(string(r.Stdout), `"Err`) {
		return Verdict{}, false
	}
	_, errors := splitJSON(string(r.Stdout))
	if len(errors) == 0 {
		return Verdict{}, false
	}
	o := &output{record: r, known: len(r.Args) > 0}
	o.verb, o.rest = verb.Lookup(r.Args)
	o.add(frames(string(r.Stderr), o.verb.UserCode()))
	o.addErrors(errors)
	return decide(o, o.find()), true
}

// byStatus judges a run whose words say nothing by its exit status: a shell
// makes 128+N of a signal.
func byStatus(exit int, f *Finding) {
	switch exit {
	case 132, 134, 135, 136, 139: // ILL, ABRT, BUS, FPE, SEGV
		f.set(ToolchainCrash)
	case 137: // KILL
		f.set(OutOfMemory)
	}
}
