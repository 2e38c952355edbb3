package main

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// as runs a program as another user, if uid is not 0.
func as(cmd *exec.Cmd, uid uint32) {
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
}

// holder is a program that locks a file as a go command does, says so, and
// waits.
func holder() {
	f, err := os.OpenFile(os.Args[1], os.O_RDWR|os.O_CREATE, 0o666)
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString("locked\n")
	time.Sleep(time.Minute)
}
