//go:build unix && !linux

package wrapper

import (
	"os"
	"syscall"
)

// childAttr asks for nothing: only Linux can end a child with its parent.
func childAttr() *syscall.SysProcAttr { return nil }

// defaultAction does no more than signal.Reset did: there is no raw sigaction
// here. A child's death by SIGSEGV, SIGABRT or SIGPIPE ends us with 128 plus its
// number, or by the Go runtime's own way of dying of it.
func defaultAction(syscall.Signal) {}

// ignoreAction does nothing, for the same reason.
func ignoreAction(syscall.Signal) {}

// deathSignal returns the signal that ended the process, or 0.
func deathSignal(state *os.ProcessState) syscall.Signal {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal()
	}
	return 0
}
