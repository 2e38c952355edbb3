//go:build !linux

package wrapper

import (
	"os"
	"syscall"
)

// A child is a process that we have started.
type child struct {
	pid   int
	proc  *os.Process
	state *os.ProcessState
	err   error
}

// startChild starts a program with the files as its first descriptors.
func startChild(path string, argv, env []string, files []*os.File) (*child, error) {
	proc, err := os.StartProcess(path, argv, &os.ProcAttr{Env: env, Files: files})
	if err != nil {
		return nil, err
	}
	return &child{pid: proc.Pid, proc: proc}, nil
}

// wait waits until the process has ended.
func (c *child) wait() { c.state, c.err = c.proc.Wait() }

// collect returns how it ended: its exit status, -1 if it was a signal's, and that
// signal.
func (c *child) collect() (exit int, sig syscall.Signal, err error) {
	if c.err != nil {
		return 0, 0, c.err
	}
	return c.state.ExitCode(), deathSignal(c.state), nil
}

// signal sends a signal.
func (c *child) signal(sig syscall.Signal) { c.proc.Signal(sig) }
