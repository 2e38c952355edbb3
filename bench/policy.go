package main

import (
	"context"
	"regexp"
	"time"
)

// A policy is a way to run a go command that may fail.
type policy struct {
	name  string
	what  string          // for the page
	pipe  bool            // every comma of GOPROXY becomes a |
	waits []time.Duration // after each failure but the last
	gate  *regexp.Regexp  // what the output must show for another attempt; nil: nothing
	safe  bool            // gosafe stands before the real go on PATH
}

// bare is the policy that the fault-free runs are measured with.
var bare = policy{name: "bare go", what: "the command, once"}

// policies are the columns of the page, gosafe the last one.
var policies = []policy{
	bare,
	{name: "go with `|`", what: "the command, once, with every comma of GOPROXY turned into a `|`", pipe: true},
	{name: "blanket loop", what: "three attempts whatever the failure, with 2 s and 4 s between them " +
		"(others in use wait 5 s or 10 s each time)",
		waits: []time.Duration{2 * time.Second, 4 * time.Second}},
	{name: "gated loop", what: "three attempts if the output matches a regular expression of network errors, with 5 s and 10 s between them",
		waits: []time.Duration{5 * time.Second, 10 * time.Second}, gate: signs},
	{name: "gosafe", what: "the command, once, with gosafe as `go`, in its default settings unless the fault's row says otherwise", safe: true},
}

// signs are the words that the gated loops in use look for most often.
var signs = regexp.MustCompile(`(?i)connection (reset|refused)|i/o timeout|TLS handshake timeout|unexpected EOF|` +
	`stream error|INTERNAL_ERROR|no such host|temporary failure in name resolution|` +
	`too many requests|bad gateway|service unavailable|gateway time-?out|internal server error`)

// run makes attempts as the policy says, until one succeeds, none is left, or
// ctx ends. An attempt's error is one of the measurement, not of the command.
func (p policy) run(ctx context.Context, attempt func(context.Context) (ok bool, output []byte, err error)) (ok bool, err error) {
	for n := 0; ; n++ {
		ok, output, err := attempt(ctx)
		if ok || err != nil || n == len(p.waits) || p.gate != nil && !p.gate.Match(output) {
			return ok, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-time.After(p.waits[n]):
		}
	}
}
