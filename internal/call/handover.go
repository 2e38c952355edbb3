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

// handoverVar tells the program that this process becomes of an attempt that
// has been made: "pid:record:held", where record is a descriptor to read it from,
// and held the one of the file that holds its standard output back, or -1. The
// go command never sees it.
const handoverVar = "GOSAFE_ATTEMPT"

// HandOver becomes the gosafe at path, and leaves the attempt to it; nothing, if
// that is nil. It returns only if that is not possible.
func (c *Call) HandOver(path string, a *Attempt) error {
	env := c.Environ
	if a != nil {
		mark, err := a.leave()
		if err != nil {
			return fmt.Errorf("leaving the first attempt to %s: %w", path, err)
		}
		env = append(env[:len(env):len(env)], handoverVar+"="+mark)
	}
	_, err := wrapper.Exec(path, c.Argv, env)
	return fmt.Errorf("running %s: %w", path, err)
}

// leave writes the attempt down for the next program of this process, and
// returns what tells it where.
func (a *Attempt) leave() (string, error) {
	held, mem := -1, ""
	if a.Hold != nil {
		b, file := a.Hold.Parts()
		mem = string(b)
		if file != nil {
			var err error
			if held, err = unix.Dup(int(file.Fd())); err != nil { // a copy is not closed by exec
				return "", err
			}
		}
	}
	record, err := unnamedFile()
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(record, a.encode(mem)); err != nil {
		return "", err
	}
	fd, err := unix.Dup(int(record.Fd()))
	return fmt.Sprintf("%d:%d:%d", os.Getpid(), fd, held), err
}

// TakeOver returns the attempt that the last program of this process has left,
// or nil, and the environment without the word of it.
func TakeOver(environ []string) (*Attempt, []string) {
	const prefix = handoverVar + "="
	mark, rest := "", environ
	for i, kv := range environ {
		if strings.HasPrefix(kv, prefix) {
			mark = kv[len(prefix):]
			rest = append(environ[:i:i], environ[i+1:]...)
			break
		}
	}
	var pid, fd, held int
	if n, _ := fmt.Sscanf(mark, "%d:%d:%d", &pid, &fd, &held); n != 3 || pid != os.Getpid() {
		return nil, rest // there is none; or it was another process's
	}
	record := inherited(fd, "the first attempt")
	defer record.Close()
	text, err := io.ReadAll(io.NewSectionReader(record, 0, maxRecord))
	a, mem, ok := decode(string(text))
	if err != nil || !ok {
		return nil, rest
	}
	if a.holds {
		out := os.Stdout
		if a.Merged {
			out = os.Stderr
		}
		var file *os.File
		if held >= 0 {
			file = inherited(held, "standard output, held back")
		}
		a.Hold = wrapper.HoldParts(out, mem, file)
	}
	return &a.Attempt, rest
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
