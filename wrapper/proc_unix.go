//go:build unix

package wrapper

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watched lists the signals to catch. All others keep their default action:
// passing on SIGURG, SIGCHLD or SIGWINCH would tell the child what is ours.
var watched = []os.Signal{
	syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP,
	syscall.SIGUSR1, syscall.SIGUSR2,
}

// ignoredByGo reports whether a Go program that does not ask for sig goes on as
// if it had not come (os/signal).
func ignoredByGo(sig syscall.Signal) bool { return sig == syscall.SIGUSR1 || sig == syscall.SIGUSR2 }

// typed guesses whether sig was typed at our terminal, which has then sent it to
// its whole foreground group. What comes while we are in that group counts as
// typed; the hole is a kill -INT of us alone, from elsewhere, at that time.
func typed(sig syscall.Signal) bool {
	if sig != syscall.SIGINT && sig != syscall.SIGQUIT {
		return false
	}
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty)
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// Ignore has those signals ignored that a Go program does not mind, before this
// process becomes another Go program of ours: until its runtime catches them,
// they would end us.
func Ignore() {
	for _, sig := range watched {
		if n := sig.(syscall.Signal); ignoredByGo(n) {
			ignoreAction(n)
		}
	}
}

// Die ends this process by the signal that ended the child, so that shells and
// make, which look at that, do what they would have done. It does not return.
func Die(sig syscall.Signal) {
	// The child has left the core file, if there is to be one.
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	signal.Reset(sig)
	defaultAction(sig)
	if unix.Getpid() == 1 { // the first process of a container survives what it does not catch,
		os.Exit(2) // and the Go runtime, of go itself, does this then (runtime, dieFromSignal)
	}
	unix.Kill(unix.Getpid(), sig)
	time.Sleep(time.Second) // the signal is on its way; only a blocked one never comes
	os.Exit(128 + int(sig))
}

// takeRest takes what is in the pipe now: the child's last words, if this
// process was not scheduled for so long that the deadline passed before them.
func (p *pump) takeRest() {
	raw, err := p.r.SyscallConn()
	if err != nil {
		return
	}
	buf := make([]byte, 32<<10)
	raw.Read(func(fd uintptr) bool {
		for taken := 0; taken < 1<<20; { // no pipe holds more; who still writes is not the child

			n, err := syscall.Read(int(fd), buf)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 {
				return true // nothing now; the next Read waits
			}
			p.take(buf[:n])
			taken += n
		}
		return true
	})
}
