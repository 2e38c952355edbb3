package wrapper

// A capture keeps what is written to it, up to a bound: the first headSize
// bytes and the last tailSize. Errors stand at the end of an output, and what
// the command was doing at its beginning; what lies between is counted only.
type capture struct {
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where in tail the next byte goes, once it is full
	total int64
}

const (
	headSize = 64 << 10
	tailSize = 192 << 10
)

// Write keeps p. It never fails.
func (c *capture) Write(p []byte) (int, error) {
	n := len(p)
	c.total += int64(n)
	if room := headSize - len(c.head); room > 0 {
		k := min(room, len(p))
		c.head = append(c.head, p[:k]...)
		p = p[k:]
	}
	if len(p) > tailSize {
		p = p[len(p)-tailSize:]
	}
	if room := tailSize - len(c.tail); room > 0 {
		k := min(room, len(p))
		c.tail = append(c.tail, p[:k]...)
		p = p[k:]
	}
	for len(p) > 0 {
		k := copy(c.tail[c.next:], p)
		c.next = (c.next + k) % tailSize
		p = p[k:]
	}
	return n, nil
}

// Bytes returns what was kept. Where bytes were left out, the broken lines at
// both edges of the gap are left out too, so that no line is read that nobody
// wrote.
func (c *capture) Bytes() []byte {
	kept := int64(len(c.head) + len(c.tail))
	b := make([]byte, 0, kept+1)
	b = append(b, c.head...)
	tail := append(append([]byte(nil), c.tail[c.next:]...), c.tail[:c.next]...)
	if c.total == kept {
		return append(b, tail...)
	}
	return append(wholeLines(b), afterLine(tail)...)
}

// wholeLines drops an unfinished last line.
func wholeLines(b []byte) []byte {
	for i := len(b); i > 0; i-- {
		if b[i-1] == '\n' {
			return b[:i]
		}
	}
	return b[:0]
}

// afterLine drops the rest of a line whose beginning is lost.
func afterLine(b []byte) []byte {
	for i, c := range b {
		if c == '\n' {
			return b[i+1:]
		}
	}
	return nil
}
