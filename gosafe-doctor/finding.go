package main

import (
	"fmt"

	"gosafe/classify"
)

// A level says how bad a finding is.
type level int

const (
	ok      level = iota
	note          // worth knowing, nothing to mend
	warning       // works, but will fail some day, or is weaker than it should be
	broken        // go commands fail by it
)

var levelNames = []string{"ok", "note", "warning", "broken"}

func (l level) String() string { return levelNames[l] }

// MarshalText spells the level in -json.
func (l level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// A finding is one thing that a check has seen.
type finding struct {
	Level    level    `json:"level"`
	Fault    string   `json:"fault,omitempty"` // a slug that stays the same; empty if Level is ok
	Summary  string   `json:"summary"`         // the cause, in plain words
	Evidence []string `json:"evidence,omitempty"`
	Remedy   string   `json:"remedy,omitempty"` // the command or setting that mends it
}

// fine is what a check says that has found nothing wrong.
func fine(format string, args ...any) []finding {
	return []finding{{Level: ok, Summary: fmt.Sprintf(format, args...)}}
}

// fault returns a finding; saw and do add to it.
func fault(l level, slug, format string, args ...any) finding {
	return finding{Level: l, Fault: slug, Summary: fmt.Sprintf(format, args...)}
}

// saw adds a line of evidence.
func (f finding) saw(format string, args ...any) finding {
	f.Evidence = append(f.Evidence[:len(f.Evidence):len(f.Evidence)], fmt.Sprintf(format, args...))
	return f
}

// do sets the remedy.
func (f finding) do(format string, args ...any) finding {
	f.Remedy = fmt.Sprintf(format, args...)
	return f
}

// clean makes what a finding says safe to print: no control characters, no
// credentials of URLs.
func (f finding) clean() finding {
	f.Summary, f.Remedy = classify.Printable(f.Summary), printableLines(f.Remedy)
	evidence := make([]string, len(f.Evidence))
	for i, e := range f.Evidence {
		evidence[i] = classify.Printable(e)
	}
	f.Evidence = evidence
	return f
}
