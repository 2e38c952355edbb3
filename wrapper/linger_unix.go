//go:build unix

package wrapper

import (
	"os"
	"syscall"
)

// leave lets another process read the pipe from now on, so that whoever still
// writes to it (a daemon that go's child has started) is heard after our end as
// it would be without us, and does not die of a broken pipe. The reader ends
// with the last writer. It reports false if there is none.
func (p *pump) leave() bool {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer null.Close()
	out := null
	switch show := p.show.(type) {
	case *os.File:
		out = show
	case Remarks:
		out = os.Stderr
	case *Hold:
		out = show.out
	}
	// A session of its own: it must outlive what is sent to our group, as its
	// writers may.
	proc, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "exec cat"}, &os.ProcAttr{
		Dir:   "/",
		Files: []*os.File{p.r, out, null},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return false
	}
	proc.Release()
	return true
}
