//go:build linux

// Probe puts itself into the state that its flags ask for, as a caller of
// gosafe's might be in, and becomes the program that is named after them, with
// the arguments that follow it, the zeroth among them. What Go reads as Go
// source is between quotes that are not written: \xff is one byte.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

func main() {
	runtime.LockOSThread() // the mask and the signal of a parent's death belong to a thread
	environ := os.Environ()
	var ignore, block []int
	flag.Func("ignore", "signals to ignore, by number", numbers(&ignore))
	flag.Func("block", "signals to block", numbers(&block))
	nofile := flag.Uint64("nofile", 0, "soft limit of open files")
	umask := flag.Int("umask", -1, "umask")
	nice := flag.Int("nice", 0, "how much nicer to be")
	fd := flag.Int("fd", 0, "descriptor to open, and to leave open")
	death := flag.Int("pdeathsig", 0, "signal to get when the parent ends")
	gone := flag.String("gone", "", "directory to make, to work in, and to delete")
	flag.Func("env", "entry to add to the environment as it is", func(s string) error {
		entry, err := strconv.Unquote(`"` + s + `"`)
		environ = append(environ, entry)
		return err
	})
	flag.Parse()
	argv := flag.Args()[1:]
	for i, a := range argv {
		if text, err := strconv.Unquote(`"` + a + `"`); err == nil {
			argv[i] = text
		}
	}

	if *gone != "" {
		check(os.Mkdir(*gone, 0o777))
		check(os.Chdir(*gone))
		check(os.Remove(*gone))
	}
	if *umask >= 0 {
		syscall.Umask(*umask)
	}
	raised, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // as the kernel has it: 20 less the niceness
	check(err)
	check(syscall.Setpriority(syscall.PRIO_PROCESS, 0, min(20-raised+*nice, 19)))
	// What the test process may have let through, while it started something else,
	// is no part of the state. Not known before Linux 5.11: then it stays.
	const closeRange, closeRangeCloexec = 436, 4
	syscall.RawSyscall(closeRange, 3, uintptr(^uint32(0)), closeRangeCloexec)
	if *fd > 0 {
		null, err := syscall.Open("/dev/zero", syscall.O_RDONLY, 0)
		check(err)
		check(syscall.Dup3(null, *fd, 0))
		check(syscall.Close(null))
	}
	for _, n := range ignore {
		signal.Ignore(syscall.Signal(n))
	}
	var mask uint64
	for _, n := range block {
		mask |= 1 << (n - 1)
	}
	const sigBlock, prSetPdeathsig = 0, 1
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, sigBlock, uintptr(unsafe.Pointer(&mask)), 0, unsafe.Sizeof(mask), 0, 0)
	checkErrno(errno)
	if *nofile > 0 {
		var limit syscall.Rlimit
		check(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
		limit.Cur = *nofile
		check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	}
	if *death > 0 {
		_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetPdeathsig, uintptr(*death), 0)
		checkErrno(errno)
	}
	check(syscall.Exec(flag.Arg(0), argv, environ))
}

func numbers(to *[]int) func(string) error {
	return func(list string) error {
		for _, f := range strings.Split(list, ",") {
			n, err := strconv.Atoi(f)
			if err != nil {
				return err
			}
			*to = append(*to, n)
		}
		return nil
	}
}

func checkErrno(errno syscall.Errno) {
	if errno != 0 {
		check(errno)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(99)
	}
}
