package classify

import "strings"

// A frame says whose words a line holds. The same words mean different things
// in different mouths: a rule counts only in the frames that it names.
type frame uint8

const (
	inGo     frame = 1 << iota // cmd/go itself
	inVCS                      // git, hg, ssh…, run by cmd/go: the block under "exit status 128:"
	inRemote                   // what the other side said, inside such a block: "remote: …"
	inServer                   // a server's answer, quoted by cmd/go: it describes the server, not us
	inTool                     // compiler, linker, vet, gcc: the lines under "# import/path"
	inReport                   // the report that go test prints on stdout
	inUser                     // programs, tests and generators of the user's: never matched
)

// A line is one line of output.
type line struct {
	text  string // without escape codes, carriage return and surrounding blanks
	frame frame
	head  int // index of the line that opened the message this one continues; itself if it opened one
	group int // the same, but all lines under one "# import/path" are one group
	quoting
}

// goPrefixes open the messages that cmd/go prints without a position. With
// indentation lost (logs pasted into reports) they also end a VCS block.
var goPrefixes = []string{
	"go: ", "go build ", "go install ", "go list ", "go get ", "go mod ", "go vet", "go run ", "go tool ", "go test ", "go test: ",
	"package ", "build ", "verifying ", "can't load", "cannot find ", "-> unzip ", "-> ", "unzip ",
	"warning: pattern", "FAIL", "ok  \t", "?   \t", "# ", "unrecognized import path", "failed to initialize build cache",
	"error loading ", "error obtaining ", "finding ", "downloading ", "extracting ", "Fetching ", "pattern ", "go.mod",
}

// framer assigns frames while it walks through the lines of one stream.
type framer struct {
	lines    []line
	mode     frame // frame of the lines that follow
	head     int
	group    int  // of the lines under "# import/path", -1 outside
	indented bool // the first line of the current block was indented
	fresh    bool // the current block has no line yet
	gopath   bool // the block is one of GOPATH mode: "# cd DIR; git clone …"
	strict   bool // user code may have printed here: only what is plainly go's counts
}

// frames splits text into lines and says whose each is. With strict, lines
// that do not open or continue a message of cmd/go's belong to user code.
func frames(text string, strict bool) []line {
	f := framer{mode: inGo, group: -1, strict: strict}
	for len(text) > 0 {
		var raw string
		raw, text, _ = strings.Cut(text, "\n")
		f.add(raw)
	}
	markQuotes(f.lines)
	return f.lines
}

func (f *framer) add(raw string) {
	raw = plain(raw)
	t := strings.TrimSpace(raw)
	indented := raw != "" && (raw[0] == ' ' || raw[0] == '\t')
	if t == "" {
		return
	}
	if before, after, ok := strings.Cut(t, "server response:"); ok && f.mode != inServer {
		if before != "" {
			f.place(strings.TrimSpace(before), indented)
		}
		f.open(inServer)
		if after = strings.TrimSpace(after); after != "" {
			f.append(after, inServer)
			f.fresh, f.indented = false, indented
		}
		return
	}
	f.place(t, indented)
}

// place puts one non-empty line into the frame it belongs to.
func (f *framer) place(t string, indented bool) {
	if f.mode&(inVCS|inServer) != 0 {
		if f.fresh {
			f.fresh, f.indented = false, indented
		}
		if f.stays(t, indented) {
			fr := f.mode
			if fr == inVCS && strings.HasPrefix(t, "remote: ") {
				fr = inRemote
			}
			f.append(t, fr)
			f.vcsEnds(t)
			return
		}
		f.mode = inGo
		if f.group >= 0 {
			f.mode = inTool
		}
		if f.gopath && strings.HasPrefix(t, "package ") {
			f.append(t, inGo) // "package x: exit status 128" closes the block
			return
		}
	}
	switch {
	case strings.HasPrefix(t, "# get http"), strings.Contains(t, "s # get http"):
		f.append(t, 0) // -x: a request that may be made again
		return
	case strings.HasPrefix(t, "# cd "), strings.HasPrefix(t, "Cloning into '") && !indented:
		f.head = len(f.lines)
		f.append(t, inGo)
		f.open(inVCS)
		f.gopath = true
		return
	case strings.HasPrefix(t, "# ") && !indented && !strings.ContainsAny(t[2:], ":;="):
		f.mode = inTool
		f.head, f.group = len(f.lines), len(f.lines)
		f.append(t, inGo)
		return
	}
	head := !indented && (hasAnyPrefix(t, goPrefixes) || position(t) > 0 || modulePrefix(t) || toolPrefix(t))
	if head && f.mode == inTool && position(t) == 0 && !strings.HasPrefix(t, "go build") && !toolPrefix(t) {
		f.mode, f.group = inGo, -1
	}
	fr := f.mode
	if head || !indented {
		f.head = len(f.lines)
	}
	if f.strict && f.mode == inGo && !head && !(indented && f.continues()) {
		fr = inUser
	}
	f.append(t, fr)
	if fr != inUser && endsInExitStatus(t) {
		f.open(inVCS)
	}
}

// stays reports whether the line t goes on with the current block. A block is
// indented by a tab (codehost.RunError.Error, web.HTTPError.Error); where the
// log lost its indentation it lasts until cmd/go speaks again.
func (f *framer) stays(t string, indented bool) bool {
	if f.gopath {
		return !strings.HasPrefix(t, "package ") && !strings.HasPrefix(t, "# ") && !strings.HasPrefix(t, "go: ")
	}
	if indented {
		return true
	}
	return !f.indented && !hasAnyPrefix(t, goPrefixes) && position(t) == 0 && !modulePrefix(t)
}

// vcsEnds leaves a VCS block whose last line is go's own: git's block inside a
// longer message ("…: exit status 128:") may be followed by another one.
func (f *framer) vcsEnds(t string) {
	if f.mode == inVCS && strings.HasPrefix(t, "If this is a private repository, see https://golang.org/doc/faq") {
		f.mode = inGo
	}
}

// continues reports whether an indented line belongs to a message of go's.
func (f *framer) continues() bool {
	return len(f.lines) > 0 && f.lines[len(f.lines)-1].frame != inUser
}

func (f *framer) open(mode frame) {
	f.mode, f.fresh, f.indented, f.gopath = mode, true, false, false
}

func (f *framer) append(t string, fr frame) {
	head := f.head
	if head >= len(f.lines) {
		head = len(f.lines)
	}
	group := head
	if f.group >= 0 {
		group = f.group
	}
	if f.mode&(inVCS|inServer) != 0 {
		group = head
	}
	f.lines = append(f.lines, line{text: t, frame: fr, head: head, group: group})
}

// endsInExitStatus recognises the last words before a VCS command's output.
func endsInExitStatus(t string) bool {
	if !strings.HasSuffix(t, ":") {
		return false
	}
	i := strings.LastIndex(t, "exit status ")
	if i < 0 {
		i = strings.LastIndex(t, "signal: ")
	}
	return i >= 0 && len(t)-i < 40
}

// position returns the length of a leading "FILE.go:12:3: ", 0 if there is
// none. The column tells a position of go's from a line that log.Lshortfile
// or testing.T.Log prefixed.
func position(t string) int {
	i := strings.IndexByte(t, ':')
	if len(t) > 2 && i == 1 && (t[2] == '\\' || t[2] == '/') { // a drive letter
		if j := strings.IndexByte(t[2:], ':'); j >= 0 {
			i = j + 2
		}
	}
	if i <= 0 || strings.IndexByte(t[i-1:], ' ') == 0 || !strings.Contains(t[:i], ".") {
		return 0
	}
	n, rest := i, t[i:]
	for range 2 {
		j := 1
		for j < len(rest) && rest[j] >= '0' && rest[j] <= '9' {
			j++
		}
		if j == 1 || j >= len(rest) || rest[j] != ':' {
			return 0
		}
		n, rest = n+j, rest[j:]
	}
	if !strings.HasPrefix(rest, ": ") {
		return 0
	}
	return n + 2
}

// toolPrefix recognises what cmd/go prints of a program of its own that it
// could not run, or a file that it could not handle, without saying "go: ":
// "example.com/p: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed".
func toolPrefix(t string) bool {
	if strings.Contains(t, "/pkg/tool/") || strings.Contains(t, `\pkg\tool\`) {
		return true
	}
	if before, after, ok := strings.Cut(t, ": "); ok && isModulePath(before) && position(after) > 0 {
		return true // go tool: "example.com/tool: main.go:7:2: …"
	}
	return false
}

// modulePrefix recognises "example.com/m@v1.2.3: ".
func modulePrefix(t string) bool {
	i := strings.Index(t, ": ")
	if i < 0 {
		return false
	}
	at := strings.IndexByte(t[:i], '@')
	return at > 0 && !strings.ContainsAny(t[:i], " \t\"'") && strings.Contains(t[:at], ".")
}

func hasAnyPrefix(t string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	return false
}
