//go:build unix

package wrapper

import "golang.org/x/sys/unix"

// Remarks is standard error for what a plain go would not have written there: our
// own lines, and the words of a second attempt. That nobody reads it any more is no
// reason to die, as it is for a Go program that writes there through package os
// (os/signal, SIGPIPE): the exit status is go's. It never fails.
type Remarks struct{}

func (Remarks) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n, err := unix.Write(2, rest)
		switch err {
		case nil:
			rest = rest[n:]
		case unix.EINTR:
		case unix.EAGAIN: // somebody shares it who has made it so
			unix.Poll([]unix.PollFd{{Fd: 2, Events: unix.POLLOUT}}, -1)
		default:
			return len(p), nil
		}
	}
	return len(p), nil
}
