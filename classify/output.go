package classify

import (
	"encoding/json"
	"strings"

	"gosafe/internal/verb"
)

// An output is what one run printed, split into lines that know their frame.
type output struct {
	record Record
	verb   verb.Verb
	rest   []string // the arguments after the verb
	known  bool     // the command is known
	lines  []line
	ran    bool // a test of the user's has run
}

// read makes an output of a record.
//
// stderr comes first, then what stdout holds: the errors inside JSON, the
// report of go test. Where stderr is empty the two may have been one stream.
func read(r Record) *output {
	o := &output{record: r, known: len(r.Args) > 0}
	o.verb, o.rest = verb.Lookup(r.Args)
	strict := o.strict(r)
	stderr, stdout := string(r.Stderr), string(r.Stdout)
	if strings.TrimSpace(stderr) == "" && !strings.Contains(stdout, "\": ") && o.verb.Name != "run" && o.verb.Name != "generate" {
		stderr, stdout = stdout, ""
		strict = strict || o.verb.Name == "test"
	}
	text, errors := splitJSON(stderr)
	o.add(frames(text, strict))
	o.addErrors(errors)
	if stdout != "" {
		text, errors = splitJSON(stdout)
		o.addErrors(errors)
		if o.verb.Name == "test" || !o.known {
			o.addReport(text)
		}
	}
	for i := range o.lines {
		o.ran = o.ran || testRan(o.lines[i].text)
	}
	o.ran = o.ran && (o.verb.Name == "test" || !o.known)
	return o
}

func (o *output) add(lines []line) {
	base := len(o.lines)
	for i := range lines {
		lines[i].head += base
		lines[i].group += base
	}
	o.lines = append(o.lines, lines...)
}

// addErrors adds the errors that JSON held, each a message of its own.
func (o *output) addErrors(errors []string) {
	for _, e := range errors {
		o.add(frames(e, false))
	}
}

func (o *output) addReport(text string) {
	lines := frames(text, false)
	for i := range lines {
		lines[i].frame, lines[i].head, lines[i].group = inReport, i, i
	}
	o.add(lines)
}

// strict reports whether user code may have written to what was kept as
// stderr. go test prints the output of tests on stdout, so only a log that
// holds both is suspect. A program that go run started and that failed leaves
// "exit status N" behind (ended sees to that); without it, it never started.
func (o *output) strict(r Record) bool {
	switch o.verb.Name {
	case "generate", "tool":
		return true
	case "test":
		return looksTested(r.Stderr)
	}
	return !o.known && looksTested(r.Stderr)
}

// looksTested recognises a log of unknown command that holds the report of a
// go test: there, too, only what is plainly go's counts.
func looksTested(text []byte) bool {
	s := "\n" + string(text)
	return strings.Contains(s, "--- FAIL: ") || strings.Contains(s, "\nok  \t") || strings.Contains(s, "=== RUN ") || strings.Contains(s, "\nFAIL\t")
}

// testRan reports whether the line says that a test binary was started and did
// not fail. A package from the cache shows its old output again, with -v and
// -json: only its last line tells.
func testRan(t string) bool {
	return strings.HasPrefix(t, "ok ") && !strings.Contains(t, "(cached)") && (strings.HasSuffix(t, "s") || strings.Contains(t, "s\tcoverage: "))
}

// A jsonLine is a line of `go build -json` and `go test -json` (cmd/test2json,
// cmd/go/internal/work, go 1.24).
type jsonLine struct {
	Action  string
	Output  string
	Package string
	Test    string
}

// splitJSON separates the JSON that cmd/go prints from other text. It returns
// the other text with test output put back into it, and the errors that the
// JSON holds, as cmd/go would have printed them. It goes line by line, for the
// middle may be missing: the errors of list and mod download stand alone on a
// line (encoding/json with an indent), the events of build and test are a
// line each.
func splitJSON(s string) (text string, errors []string) {
	if !strings.Contains(s, `"E`) && !strings.Contains(s, `"Action":"`) {
		return s, nil
	}
	var plain, build strings.Builder
	for len(s) > 0 {
		var raw string
		raw, s, _ = strings.Cut(s, "\n")
		t := strings.TrimSpace(raw)
		switch {
		case strings.HasPrefix(t, `"Error": "`), strings.HasPrefix(t, `"Err": "`):
			_, value, _ := strings.Cut(t, ": ")
			var message string
			if json.Unmarshal([]byte(strings.TrimSuffix(value, ",")), &message) == nil {
				errors = append(errors, strings.TrimSpace(message))
			}
		case strings.HasPrefix(t, "{") && strings.Contains(t, `"Action":"`):
			var l jsonLine
			if json.Unmarshal([]byte(t), &l) != nil {
				continue
			}
			if strings.HasPrefix(l.Action, "build-") {
				build.WriteString(l.Output)
			} else {
				plain.WriteString(l.Output)
			}
			if l.Action == "fail" && l.Test != "" {
				plain.WriteString("--- FAIL: " + l.Test + "\n")
			}
		default:
			plain.WriteString(raw + "\n")
		}
	}
	if build.Len() > 0 {
		errors = append(errors, build.String())
	}
	return plain.String(), errors
}

// body returns the lines after at that continue the same message in one of
// the frames.
func (o *output) body(at int, in frame) []line {
	end := at + 1
	for end < len(o.lines) && end < at+64 && o.lines[end].frame&in != 0 && o.lines[end].head == o.lines[at].head {
		end++
	}
	return o.lines[at+1 : end]
}

// downloading reports whether cmd/go said that it fetches the zip of a module:
// of any, if module is empty. go mod download never says so
// (modfetch/fetch.go, downloadZip).
func (o *output) downloading(module, version string) bool {
	for i := range o.lines {
		_, what, ok := strings.Cut(o.lines[i].text, "downloading ")
		if !ok || o.lines[i].frame&(inGo|inTool) == 0 {
			continue
		}
		if module == "" {
			return true
		}
		m, v, _ := strings.Cut(what, " ")
		if m == module && (version == "" || v == version) {
			return true
		}
	}
	return false
}
