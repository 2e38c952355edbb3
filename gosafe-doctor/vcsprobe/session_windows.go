package vcsprobe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

const detachedProcess = 0x8 // DETACHED_PROCESS: no console to ask anybody on

// ownSession keeps the child from the console.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP}
}

// killAll ends the child with all that it started.
func killAll(p *os.Process) error {
	taskkill := filepath.Join(os.Getenv("SystemRoot"), "System32", "taskkill.exe")
	if exec.Command(taskkill, "/T", "/F", "/PID", strconv.Itoa(p.Pid)).Run() == nil {
		return nil
	}
	return p.Kill()
}
