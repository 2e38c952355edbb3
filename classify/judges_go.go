package classify

import "strings"

// noModule: go get outside a module says so in one message with what to use
// instead: that is a matter of the command line (modload/init.go).
func noModule(o *output, at int, f *Finding) bool {
	for _, l := range o.body(at, inGo|inTool) {
		if strings.Contains(l.text, "is no longer supported outside a module") {
			f.set(UsageError)
		}
	}
	return true
}

// byTestTimeout: go test stops a binary that runs too long with SIGQUIT, and
// says so below the trace (test/test.go).
func byTestTimeout(o *output, at int, f *Finding) bool {
	for _, l := range o.lines[at:] {
		if strings.HasPrefix(l.text, "*** Test killed") {
			f.set(TestFailure)
		}
	}
	return true
}

// inModfile: the version stands in the user's own go.mod, at that line.
func inModfile(o *output, at int, f *Finding) bool {
	if before, _, ok := strings.Cut(o.lines[at].text, "version \""); ok && strings.Contains(before, "go.mod:") && !strings.Contains(before, "@v") {
		f.set(ModfileInvalid)
	}
	return true
}

// byNTStatus: a program of the toolchain that Windows ended says so by its
// exit status, an NTSTATUS (ntstatus.h).
func byNTStatus(o *output, at int, f *Finding) bool {
	switch _, status, _ := strings.Cut(o.lines[at].text, "exit status "); {
	case strings.HasPrefix(status, "0xc000013a"): // STATUS_CONTROL_C_EXIT
		f.set(Terminated)
	case strings.HasPrefix(status, "0xc0000017"), strings.HasPrefix(status, "0xc000012d"): // NO_MEMORY, COMMITMENT_LIMIT
		f.set(OutOfMemory)
	case strings.HasPrefix(status, "0xc0000135"), strings.HasPrefix(status, "0xc000007b"): // DLL_NOT_FOUND, INVALID_IMAGE_FORMAT
		f.set(ToolchainUnavailable)
	}
	return true
}

// started reports whether go run says that its program has ended: in a line of
// its own, which make's or a runner's may follow. What go says of its own
// helpers stands behind a colon, or before one.
func (o *output) started() bool {
	for i := range o.lines {
		if l := &o.lines[i]; l.frame&(inGo|inTool|inUser) != 0 && (exitStatus(l.text) || l.text == "signal: killed") {
			return true
		}
	}
	return false
}

func exitStatus(t string) bool {
	n, ok := strings.CutPrefix(t, "exit status ")
	return ok && n != "" && strings.Trim(n, "0123456789") == ""
}

// network reports whether the rule is about a request of cmd/go's own.
func (r *rule) network() bool {
	switch r.cause {
	case DNSFailure, ConnectFailure, Timeout, ConnectionLost, ServerError, RateLimited:
		return r.in&(inGo|inTool) != 0
	}
	return false
}

// ofTool reports whether the line is plainly the words of a compiler, an
// analyzer or a -toolexec program: those ask for nothing over the network, but
// quote what the program says. A failed request names the module, or the URL,
// behind the position of the import, and not in a string of the program's.
func (l *line) ofTool() bool {
	if l.frame == inTool && position(l.text) == 0 && !strings.Contains(l.text, "@") && !hasAnyPrefix(l.text, goPrefixes) {
		return true
	}
	return l.own != "" && !containsAny(l.own[l.rest:], "://", "@", " import path \"") // "unknown import path": up to go 1.12
}

// words is what a server said, in lower case and without the paths and versions
// that it repeats: a module may be called anything, "timeout" or "quota" too.
func words(text string) string {
	var kept []string
	for _, w := range strings.Fields(strings.ToLower(text)) {
		if !strings.ContainsAny(w, "/@") {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}
