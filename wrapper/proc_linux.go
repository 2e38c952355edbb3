package wrapper

import (
	"syscall"
	"unsafe"
)

// childAttr asks for the child's death with ours: a wrapper that is killed must
// not leave a go command behind that holds the module cache's locks.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}

// defaultAction gives sig its default action. signal.Reset is not enough: the
// Go runtime keeps handlers of its own for SIGSEGV, SIGABRT, SIGPIPE and others.
func defaultAction(sig syscall.Signal) { action(sig, 0) } // SIG_DFL

// ignoreAction has sig ignored.
func ignoreAction(sig syscall.Signal) { action(sig, 1) } // SIG_IGN

// action sets what the kernel does about sig. The handler comes first in every
// layout of its struct sigaction (rt_sigaction(2)), and all that follows is zero; 8
// is the size of its signal set. On mips both are otherwise: there the call fails,
// and Die exits with 128 plus the number.
func action(sig syscall.Signal, handler uintptr) {
	act := [8]uintptr{handler}
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0)
}
