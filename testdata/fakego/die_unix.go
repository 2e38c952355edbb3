//go:build unix

package main

import (
	"os"
	"syscall"
	"time"
)

// peak returns the peak of the resident memory, in KiB (Linux).
func peak() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return int64(u.Maxrss)
}

// die ends this process by a signal. (A Go program survives some.)
func die(sig int) {
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		p.Signal(syscall.Signal(sig))
	}
	time.Sleep(10 * time.Second)
}
