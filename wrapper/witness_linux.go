package wrapper

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A witness is a process of our group that holds back every signal. One that is
// pending there has been sent to the whole group, by a key or by kill(2), and so
// to the child as well; one that is not was sent to us alone. A signal itself
// does not tell: what kill sends to a group looks like what it sends to one.
//
// kill(2) and the terminal reach the newest member of a group first (the
// kernel's attach_pid), and a witness is newer than we are: by the time that we
// have a signal, it has it too.
type witness struct{ pid int }

// newWitness returns nil if no process can be had.
func newWitness() *witness {
	if runtime.GOARCH == "s390x" || !canLook() {
		return nil // clone(2) takes its arguments in another order there; or /proc is another's
	}
	syscall.ForkLock.Lock() // no descriptor of ours is between its birth and its close-on-exec
	defer syscall.ForkLock.Unlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if pid := forkWitness(os.Getpid()); pid > 0 {
		return &witness{pid}
	}
	return nil
}

// forkWitness forks a process that does nothing: it runs system calls alone,
// since nothing else of a Go program works in its copy. It keeps no descriptor
// open, is not stopped or ended by anything but SIGKILL, and gets that when we
// are gone. It returns 0 if there is none.
//
//go:norace
//go:nosplit
func forkWitness(parent int) int {
	all := ^uint64(0)
	var old uint64
	size := unsafe.Sizeof(all)
	if _, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&old)), size, 0, 0); e != 0 {
		return 0
	}
	pid, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		_, _, errno = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0, 0)
		if errno == 0 {
			_, _, errno = syscall.RawSyscall(unix.SYS_CLOSE_RANGE, 0, uintptr(^uint32(0)), 0)
		}
		if ppid, _, _ := syscall.RawSyscall(unix.SYS_GETPPID, 0, 0, 0); errno == 0 && int(ppid) == parent {
			for {
				syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
			}
		}
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&old)), 0, size, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(pid)
}

// saw reports whether the whole group got sig since the witness came, and
// whether that is known. A nil witness knows nothing.
func (w *witness) saw(sig syscall.Signal) (all, known bool) {
	if w == nil {
		return false, false
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(w.pid) + "/status")
	if err != nil || bytes.Contains(status, []byte("\nState:\tZ")) {
		return false, false
	}
	_, line, found := bytes.Cut(status, []byte("\nShdPnd:\t")) // proc(5): pending for the process, in hexadecimal
	line, _, _ = bytes.Cut(line, []byte("\n"))
	pending, err := strconv.ParseUint(string(line), 16, 64)
	return pending&(1<<(sig-1)) != 0, found && err == nil
}

// dismiss ends the witness.
func (w *witness) dismiss() {
	if w != nil {
		unix.Kill(w.pid, unix.SIGKILL)
	}
}

// collect waits until it has ended.
func (w *witness) collect() {
	if w == nil {
		return
	}
	for {
		if _, err := unix.Wait4(w.pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}
