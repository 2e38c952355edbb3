package main

import (
	"bytes"
	"io"
	"os"
	"strings"
)

// width is how many columns a transcript takes.
const width = 80

// A transcript prints a command and its output, line by line as it comes, with
// long lines broken between words.
type transcript struct {
	out  io.Writer
	rest []byte // the begin of a line
}

func (t *transcript) command(args []string) {
	t.line("$ go " + strings.Join(args, " "))
}

// status prints how a command ended, if it did not end well.
func (t *transcript) status(s *os.ProcessState) {
	if !s.Success() {
		t.line(s.String()) // "exit status 1"
	}
}

// Write takes a piece of output. It never fails.
func (t *transcript) Write(p []byte) (int, error) {
	t.rest = append(t.rest, p...)
	for {
		line, rest, whole := bytes.Cut(t.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		t.rest = rest
		t.line(strings.TrimSuffix(string(line), "\r"))
	}
}

// flush prints a last line that has no end.
func (t *transcript) flush() {
	if len(t.rest) > 0 {
		t.line(string(t.rest))
		t.rest = nil
	}
}

func (t *transcript) line(text string) {
	for _, s := range wrap(text) {
		_, _ = io.WriteString(t.out, s+"\n") // as printf
	}
}

// wrap breaks a line between words so that it fits; what follows the first
// piece is indented. A word that is too long stays whole.
func wrap(line string) []string {
	line = strings.ReplaceAll(line, "\t", "    ")
	var pieces []string
	for len(line) > width {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		at := strings.LastIndexByte(line[:width+1], ' ')
		if at <= indent { // the first word is too long
			next := strings.IndexByte(line[indent:], ' ')
			if next < 0 {
				break
			}
			at = indent + next
		}
		pieces = append(pieces, strings.TrimRight(line[:at], " "))
		line = "    " + strings.TrimLeft(line[at:], " ")
	}
	return append(pieces, line)
}
