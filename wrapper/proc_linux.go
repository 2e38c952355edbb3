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
// All zeros is SIG_DFL in every layout of the kernel's struct sigaction
// (rt_sigaction(2)); 8 is the size of its signal set, but on mips, where the
// call fails and Die exits with 128 plus the number.
func defaultAction(sig syscall.Signal) {
	var dfl [8]uintptr
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&dfl)), 0, 8, 0, 0)
}
