package main

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// readKernelLog reads what is in the kernel's log now: each read gives one
// record, and the end is that there is none (Documentation/ABI, dev-kmsg).
func readKernelLog(name string) string {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var b strings.Builder
	buf := make([]byte, 16<<10)
	for b.Len() < 4<<20 {
		n, err := unix.Read(fd, buf)
		if err == syscall.EPIPE {
			continue // overwritten while we read
		}
		if err != nil || n <= 0 {
			break
		}
		b.Write(buf[:n])
	}
	return b.String()
}

// hardLimit returns the limit of a resource as far as this process, and a go
// command, may raise it.
func hardLimit(l limit) (uint64, bool) {
	var r unix.Rlimit
	resource := map[limit]int{openFiles: unix.RLIMIT_NOFILE, processes: unix.RLIMIT_NPROC, fileSize: unix.RLIMIT_FSIZE, addressSpace: unix.RLIMIT_AS}[l]
	if unix.Getrlimit(resource, &r) != nil {
		return 0, false
	}
	n := r.Cur
	if l == openFiles {
		n = r.Max // Go programs raise it to that when they start
	}
	return n, n != unix.RLIM_INFINITY
}
