package wrapper

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A child is a process that we have started and not collected yet.
//
// Package os would do as well, but finds out at its first child what the kernel
// knows of pidfds (os, checkPidfd), with a process made for that alone: a
// twentieth of what a go version takes. A number is as good as a pidfd as long as
// nobody else collects the process, and we tell when: between wait and collect
// it is there, be it as a zombie, and after that nothing is sent to it any more.
type child struct {
	pid       int
	collected bool // together with wait
	status    unix.WaitStatus
	err       error
}

// startChild starts a program with the files as its first descriptors.
func startChild(path string, argv, env []string, files []*os.File) (*child, error) {
	fds := make([]uintptr, len(files))
	for i, f := range files {
		fds[i] = f.Fd()
	}
	pid, _, err := syscall.StartProcess(path, argv, &syscall.ProcAttr{Env: env, Files: fds, Sys: childAttr()})
	if err != nil {
		return nil, &os.PathError{Op: "fork/exec", Path: path, Err: err}
	}
	return &child{pid: pid}, nil
}

// wait waits until the process has ended, and leaves it as it is; or collects it,
// where waitid(2) is not to be had (some sandboxes).
func (c *child) wait() {
	for {
		switch err := unix.Waitid(unix.P_PID, c.pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err {
		case unix.EINTR:
		case nil:
			return
		default:
			c.reap()
			return
		}
	}
}

// reap waits until the process has ended, and collects it.
func (c *child) reap() {
	for !c.collected {
		_, c.err = unix.Wait4(c.pid, &c.status, 0, nil)
		c.collected = c.err != unix.EINTR
	}
}

// collect returns how a process that has ended did so: its exit status, -1 if it
// was a signal's, and that signal.
func (c *child) collect() (exit int, sig syscall.Signal, err error) {
	c.reap()
	switch {
	case c.err != nil:
		return 0, 0, os.NewSyscallError("wait4", c.err)
	case c.status.Signaled():
		return -1, c.status.Signal(), nil
	}
	return c.status.ExitStatus(), 0, nil
}

// signal sends a signal.
func (c *child) signal(sig syscall.Signal) { syscall.Kill(c.pid, sig) }
