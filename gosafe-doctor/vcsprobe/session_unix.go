//go:build unix

package vcsprobe

import (
	"os"
	"syscall"
)

// ownSession makes the child the leader of a session, and so of a process group.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// killAll kills the child's process group.
func killAll(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
