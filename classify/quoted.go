package classify

import "strings"

// An error at a position repeats the user's code: a constant, a struct tag, an
// argument of Printf, a pattern of //go:embed. A program that talks to networks
// is full of the very words that rules look for, and they are no news of this
// run. So on such lines the rules see only what the tool itself says.

// A quoting is what a line repeats of the user's.
type quoting struct {
	own  string // the line without what it quotes; empty if it has no position
	rest int    // where own goes on after the position
	user bool   // the rest of the line, too, is the user's or of the user's code
}

// settles reports whether a finding on a line that repeats the user's words may
// count: those words can cure nothing, and fill no disk.
func (q *quoting) settles(f *Finding) bool {
	return !q.user || f.Decision == Fail && f.Cause != DiskFull
}

// said returns what the tool itself says in the line.
func (l *line) said() string {
	if l.own != "" {
		return l.own
	}
	return l.text
}

// markQuotes finds out what the lines of one stream quote. A raw string may go
// on over several of them: the compiler and vet print it as it stands in the
// source, from the first column (measured with go1.26).
func markQuotes(lines []line) {
	raw := false
	for i := range lines {
		l := &lines[i]
		if raw {
			l.user = true
			_, raw = ownWords(l.text, true, true)
			continue
		}
		if l.frame&(inGo|inTool) == 0 {
			continue
		}
		l.user = repeating(l.text) || l.frame == inTool && sourceLine(l.text)
		name, rest := sourcePosition(l.text, l.frame)
		if rest == 0 {
			continue
		}
		golang := strings.HasSuffix(name, ".go") || !strings.Contains(name, ".")
		message := l.text[rest:]
		if hasAnyPrefix(message, compilersOfC) {
			l.user, golang = true, false // "error: #error words", say
		}
		own, open := ownWords(message, golang, false)
		place := l.text[:rest]
		if strings.Contains(name, " ") {
			place = "x.go" + l.text[len(name):rest] // a file may be called anything
		}
		l.own, l.rest, raw = place+own, len(place), open && golang
	}
}

// compilersOfC open what gcc and clang say at a position of the code; when they
// run out of something it is a "fatal error" or without a position.
var compilersOfC = []string{"error: ", "warning: ", "note: ", "remark: "}

// sourceLine recognises the line of code that gcc and clang show below an error.
func sourceLine(t string) bool {
	if strings.HasPrefix(t, "#error") || strings.HasPrefix(t, "#warning") {
		return true
	}
	n := 0
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	return strings.HasPrefix(strings.TrimLeft(t[n:], " "), "|")
}

// sourcePosition returns the file of a leading "FILE:L: " or "FILE:L:C: " and
// where the message after it begins; 0 if there is none. Under "# import/path"
// the file may have any name: that is what //line sets.
func sourcePosition(t string, f frame) (name string, rest int) {
	skip := 0
	for _, p := range []string{"vet: ", "go: "} {
		if strings.HasPrefix(t, p) {
			skip = len(p)
		}
	}
	for i := skip; i < len(t); i++ {
		if t[i] != ':' {
			continue
		}
		n := i + number(t[i:])
		if n == i {
			continue
		}
		n += number(t[n:])
		if !strings.HasPrefix(t[n:], ": ") {
			continue
		}
		name := t[skip:i]
		blank := strings.ContainsAny(name, " \t")
		if before, after, ok := strings.Cut(name, ": "); ok && isModulePath(before) && !strings.Contains(after, " ") {
			blank = false // go tool: "example.com/tool: main.go:7:2: …"
		}
		switch {
		case !blank && strings.Contains(name, "."):
		case f != inTool, strings.Contains(name, "://"), strings.ContainsAny(name, "@\"`"), skip == 0 && hasAnyPrefix(t, goPrefixes):
			return "", 0
		}
		return t[:i], n + len(": ")
	}
	return "", 0
}

// number returns the length of a leading ":12".
func number(t string) int {
	n := 1
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	if t == "" || t[0] != ':' || n == 1 {
		return 0
	}
	return n
}

// repeats are the messages that repeat a name or a line of the user's without
// quotes, or with quotes where there is no position: what such a line holds, and
// how it ends (load/pkg.go, work/exec.go, cmd/asm, gcc, pkg-config).
var repeats = []struct{ has, end string }{
	{"found packages ", ""},
	{"malformed import path \"", ""},
	{"invalid import path: ", ""},
	{"invalid input file name \"", ""},
	{"invalid #cgo ", ""},
	{"invalid flag in ", ""},
	{"# [pkg-config ", ""},
	{" in the pkg-config search path", ""},
	{"pattern ", ": no matching files found"},
	{"pattern ", ": invalid pattern syntax"},
	{": cannot embed ", ""},
	{"stat ", ": directory not found"},
	{"#include: open ", ": no such file or directory"},
	{": fatal error: ", ": No such file or directory"},
}

// repeating recognises such a message. A header missing in $WORK is one that go made.
func repeating(t string) bool {
	for _, r := range repeats {
		if strings.HasSuffix(t, r.end) && strings.Contains(t, r.has) {
			return !strings.Contains(t, "#include: open $WORK")
		}
	}
	return false
}

// ownWords empties the quoted strings of s. Of a URL the scheme stays: what
// follows `Get "https://…": ` is not the user's. It reports whether a raw
// string is still open at the end; open says that one was at the beginning.
// Only the tools of Go use backquotes for that.
func ownWords(s string, golang, open bool) (own string, still bool) {
	var b strings.Builder
	for {
		if open {
			_, after, ok := strings.Cut(s, "`")
			b.WriteString("`x`")
			if !ok {
				return b.String(), true
			}
			s, open = after, false
		}
		i := strings.IndexAny(s, "\"`'")
		if i < 0 {
			b.WriteString(s)
			return b.String(), false
		}
		b.WriteString(s[:i])
		switch quote := s[i]; {
		case quote == '\'' && len(s) >= i+3 && s[i+2] == '\'' && strings.IndexByte("\"`", s[i+1]) >= 0:
			s = s[i+3:] // a rune
			b.WriteString("'x'")
		case quote == '"':
			n := closing(s[i+1:])
			b.WriteString("\"" + scheme(s[i+1:i+1+n]) + "x\"")
			s = s[min(i+n+2, len(s)):]
		case quote == '`' && golang:
			s, open = s[i+1:], true
		default:
			b.WriteByte(quote)
			s = s[i+1:]
		}
	}
}

// closing returns where the quote ends that s continues: at its end, if the
// quote was cut short, as the type checker does with long constants.
func closing(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(s)
}

// scheme returns "https://" of what is a URL and nothing else.
func scheme(s string) string {
	i := strings.Index(s, "://")
	if i <= 0 || i > len("https") || strings.ContainsAny(s, " \t") {
		return ""
	}
	return s[:i+len("://")]
}
