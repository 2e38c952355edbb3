package wrapper

import (
	"fmt"
	"io"
	"os"
)

// A Hold keeps a command's standard output back until it is known whether the
// attempt was the last one: in memory, then in a temporary file that has no
// name any more (where the system allows that), so that nothing is left behind.
//
// If there is no room to hold it, what is held so far goes out, the rest
// follows as it comes, and the attempt is the last one, whatever becomes of it.
type Hold struct {
	out  *os.File // where it goes in the end
	mem  []byte
	file *os.File
	name string // of file, while it has one
	gone bool   // it has begun to go out: no further attempt
	seen bool   // some of it has arrived
	err  error  // the first error of writing to out
}

// memSize is how much is held in memory.
const memSize = 1 << 20

// NewHold returns a Hold for output that belongs to out.
func NewHold(out *os.File) *Hold { return &Hold{out: out} }

// Write holds p. It fails only if p had to go out and could not.
func (h *Hold) Write(p []byte) (int, error) {
	switch {
	case h.gone:
		return h.emit(p)
	case h.file == nil && len(h.mem)+len(p) <= memSize:
		h.mem = append(h.mem, p...)
		return len(p), nil
	}
	if err := h.spill(p); err != nil {
		if err := h.Release(); err != nil {
			return 0, err
		}
		return h.emit(p)
	}
	return len(p), nil
}

// spill appends p to the temporary file, which it makes if there is none. If
// p did not fit, the file ends before it.
func (h *Hold) spill(p []byte) error {
	if h.file == nil {
		f, err := os.CreateTemp("", "gosafe-stdout-*")
		if err != nil {
			return err
		}
		h.file = f
		if os.Remove(f.Name()) != nil { // Windows: not while it is open
			h.name = f.Name()
		}
		if _, err := f.Write(h.mem); err != nil {
			h.removeFile()
			return err
		}
		h.mem = nil
	}
	n, err := h.file.Write(p)
	if err != nil && n > 0 {
		if end, serr := h.file.Seek(int64(-n), io.SeekCurrent); serr == nil {
			h.file.Truncate(end)
		}
	}
	return err
}

// emit writes p to where it belongs. After the first failure it only says so
// again: go itself would get no further either.
func (h *Hold) emit(p []byte) (int, error) {
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.out.Write(p)
	h.seen = h.seen || n > 0
	if err != nil {
		h.err = fmt.Errorf("writing standard output: %w", err)
	}
	return n, h.err
}

// Release lets go what is held. What is written from then on goes out at once.
func (h *Hold) Release() error {
	if h.gone {
		return h.err
	}
	h.gone = true
	if h.file != nil {
		if _, err := h.file.Seek(0, io.SeekStart); err != nil {
			h.err = fmt.Errorf("reading back standard output: %w", err)
		} else {
			h.emitFile()
		}
		h.removeFile()
	}
	if len(h.mem) > 0 {
		h.emit(h.mem)
		h.mem = nil
	}
	return h.err
}

// emitFile writes the temporary file to where it belongs.
func (h *Hold) emitFile() {
	buf := make([]byte, 64<<10)
	for {
		n, err := h.file.Read(buf)
		if _, werr := h.emit(buf[:n]); werr != nil || err == io.EOF {
			return
		}
		if err != nil {
			h.err = fmt.Errorf("reading back standard output: %w", err)
			return
		}
	}
}

// Seen reports whether any of it has arrived where it belongs.
func (h *Hold) Seen() bool { return h.seen }

// Drop forgets what is held: the attempt that wrote it is not the last one.
func (h *Hold) Drop() {
	h.mem = nil
	h.removeFile()
}

// Gone reports whether any of the output has left: then it must not be
// repeated.
func (h *Hold) Gone() bool { return h.gone }

// Parts returns what is held, for another program to go on with: first what is in
// the file, if there is one, then what is in memory.
func (h *Hold) Parts() (mem []byte, file *os.File) { return h.mem, h.file }

// HoldParts returns a Hold of what Parts has returned.
func HoldParts(out *os.File, mem []byte, file *os.File) *Hold {
	return &Hold{out: out, mem: mem, file: file}
}

// Bytes returns what is held, at most limit bytes from its beginning.
func (h *Hold) Bytes(limit int64) []byte {
	if h.file == nil {
		return h.mem[:min(int64(len(h.mem)), limit)]
	}
	size, err := h.file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	b := make([]byte, min(size, limit))
	n, _ := h.file.ReadAt(b, 0)
	return b[:n]
}

func (h *Hold) removeFile() {
	if h.file != nil {
		h.file.Close()
		if h.name != "" {
			os.Remove(h.name)
		}
		h.file, h.name = nil, ""
	}
}
