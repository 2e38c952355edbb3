//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

const exeSuffix = ""

// ownGroup puts a program into a process group of its own, which ends with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
