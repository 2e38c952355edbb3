//go:build unix && !linux

package wrapper

import "syscall"

// childAttr asks for nothing: only Linux can end a child with its parent.
func childAttr() *syscall.SysProcAttr { return nil }

// defaultAction does no more than signal.Reset did: there is no raw sigaction
// here. A child's death by SIGSEGV, SIGABRT or SIGPIPE ends us with 128 plus its
// number, or by the Go runtime's own way of dying of it.
func defaultAction(syscall.Signal) {}
