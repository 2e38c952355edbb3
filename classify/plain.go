package classify

import (
	"strings"
	"unicode/utf8"
)

// plain removes what a terminal would have eaten from one line: escape
// sequences, the text before the last carriage return, control characters.
func plain(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == 0x1b:
			i += escape(s[i:])
		case c < ' ' && c != '\t' || c == 0x7f:
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// escape returns the length of the escape sequence that s begins with:
// CSI … final byte, OSC … BEL or ST, or ESC and one byte (ECMA-48).
func escape(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']':
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	}
	return 2
}

// Printable returns s as one line that is safe to print: without control
// characters, without the credentials of URLs, and at most 1,000 bytes long.
func Printable(s string) string { return printable(s, 1000) }

// printable makes s safe to show on a terminal and in a log, at most max
// bytes of it: no control characters, valid UTF-8, no credentials.
func printable(s string, max int) string {
	s = redact(plain(strings.ReplaceAll(s, "\t", " ")))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '?'
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029,
			r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1 // controls, and the marks that reorder or hide what is read
		}
		return r
	}, s)
	if len(s) <= max {
		return s
	}
	cut := max - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// redact removes from URLs what may be a secret: the userinfo, so that
// "https://user:secret@host" becomes "https://host", and the query, in which
// storage services sign ("?X-Amz-Signature=..."), but for go's own go-get=1. The
// user name of ssh ("ssh://git@host") is no secret, but nothing needs it either.
func redact(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "://")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		i += len("://")
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexAny(s, " \t\"'<>`\\")
		if end < 0 {
			end = len(s)
		}
		url := s[userinfo(s[:end]):end]
		s = s[end:]
		if at, query, ok := strings.Cut(url, "?"); ok && !strings.HasPrefix(query, "go-get=1") {
			url = at + "?…" + query[len(strings.TrimRight(query, ":,;.)")):] // the sentence goes on
		}
		b.WriteString(url)
	}
}

// userinfo returns how many bytes of url, which begins behind "://", are
// credentials with their "@". Passwords are pasted as they are, with characters
// that belong escaped; so the last "@" before the path counts, and if what
// looks like a port is none, the last one of all.
func userinfo(url string) int {
	host, _, _ := strings.Cut(url, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		return at + 1
	}
	if _, port, ok := strings.Cut(host, ":"); ok && strings.Trim(port, "0123456789:[]") != "" && !strings.HasPrefix(host, "[") {
		return strings.LastIndexByte(url, '@') + 1
	}
	return 0
}
