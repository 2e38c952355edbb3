//go:build unix

package call

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gosafe/wrapper"
)

// handoverVar tells the program that this process becomes that gosafe-shim was
// there, and of an attempt that it has made: "pid:record:held", where record is a
// descriptor to read it from, or -1, and held the one of the file that holds its
// standard output back, or -1. The go command never sees it.
const handoverVar = "GOSAFE_ATTEMPT"

// HandOver becomes the gosafe at path, and leaves the attempt to it; nothing, if
// that is nil. It returns only if that is not possible.
func (c *Call) HandOver(path string, a *Attempt) error {
	record, held, err := a.leave()
	if err != nil {
		return fmt.Errorf("leaving the first attempt to %s: %w", path, err)
	}
	mark := fmt.Sprintf("%s=%d:%d:%d", handoverVar, os.Getpid(), record, held)
	_, err = wrapper.Exec(path, c.Argv, append(c.Environ[:len(c.Environ):len(c.Environ)], mark))
	return fmt.Errorf("running %s: %w", path, err)
}

// leave writes the attempt down for the next program of this process, and
// returns where: two descriptors, each -1 if there is nothing.
func (a *Attempt) leave() (record, held int, err error) {
	if a == nil {
		return -1, -1, nil
	}
	held, mem := -1, ""
	if a.Hold != nil {
		b, file := a.Hold.Parts()
		mem = string(b)
		if file != nil {
			if held, err = unix.Dup(int(file.Fd())); err != nil { // a copy is not closed by exec
				return -1, -1, err
			}
		}
	}
	f, err := unnamedFile()
	if err != nil {
		return -1, -1, err
	}
	if _, err = io.WriteString(f, a.encode(mem)); err != nil {
		return -1, -1, err
	}
	record, err = unix.Dup(int(f.Fd()))
	return record, held, err
}

// TakeOver returns the environment without the word of gosafe-shim, whether this
// process was that before, and the attempt that it has left, or nil.
func TakeOver(environ []string) (rest []string, came bool, a *Attempt) {
	const prefix = handoverVar + "="
	mark := ""
	rest = environ
	for i := len(environ) - 1; i >= 0; i-- {
		if kv := environ[i]; strings.HasPrefix(kv, prefix) {
			mark = kv[len(prefix):]
			rest = append(rest[:i:i], rest[i+1:]...)
		}
	}
	if mark == "" {
		return rest, false, nil
	}
	var pid, fd, held int
	if n, _ := fmt.Sscanf(mark, "%d:%d:%d", &pid, &fd, &held); n != 3 || pid != os.Getpid() {
		return rest, false, nil // there is none; or it was another process's
	}
	if fd <= 2 || held >= 0 && held <= 2 {
		return rest, true, nil
	}
	f := inherited(fd, "the first attempt")
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxRecord))
	r, mem, ok := decode(string(text))
	if err != nil || !ok {
		return rest, true, nil
	}
	if r.holds {
		out := os.Stdout
		if r.Merged {
			out = os.Stderr
		}
		var file *os.File
		if held >= 0 {
			file = inherited(held, "standard output, held back")
		}
		r.Hold = wrapper.HoldParts(out, mem, file)
	}
	return rest, true, &r.Attempt
}

// maxRecord bounds what is read of a record: every byte of what is kept of
// standard error, and of what is held in memory, may take four.
const maxRecord = 8 << 20

// inherited returns a file that was left open for us, and that nobody else
// shall inherit.
func inherited(fd int, name string) *os.File {
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name)
}

// deletedFile returns a file that has no name any more, and is gone with the last
// descriptor of it.
func deletedFile() (*os.File, error) {
	f, err := os.CreateTemp("", "gosafe-attempt-*")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}
