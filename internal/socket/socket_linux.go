package socket

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds one look at whether an address is back.
const patience = 900 * time.Millisecond

// Answers reports whether a TCP connection to a peer can be made now. It
// takes at most 0.9 s.
func Answers(p Peer) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return Connect(ctx, p) == nil
}

// Connect makes a TCP connection and closes it. Nothing is sent.
func Connect(ctx context.Context, to Peer) error {
	fd, err := Open(to.IP, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err = unix.Connect(fd, Sockaddr(to)); err != unix.EINPROGRESS {
		return err
	}
	if err := Await(ctx, fd, unix.POLLOUT); err != nil {
		return err
	}
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if code != 0 {
		return unix.Errno(code)
	}
	return nil
}

// Open makes a socket of a kind (unix.SOCK_STREAM, ...) for an address's family.
// It does not block.
func Open(ip string, kind int) (int, error) {
	family := unix.AF_INET
	if len(ip) == 16 {
		family = unix.AF_INET6
	}
	return unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

// Sockaddr is the address as the system takes it.
func Sockaddr(to Peer) unix.Sockaddr {
	if len(to.IP) == 16 {
		return &unix.SockaddrInet6{Port: int(to.Port), Addr: [16]byte([]byte(to.IP))}
	}
	return &unix.SockaddrInet4{Port: int(to.Port), Addr: [4]byte([]byte(to.IP))}
}

// Await waits until fd is ready or ctx is done. It looks at ctx every 50 ms.
func Await(ctx context.Context, fd int, events int16) error {
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for ctx.Err() == nil {
		n, err := unix.Poll(p, int(50*time.Millisecond/time.Millisecond))
		if err != nil && err != unix.EINTR {
			return err
		}
		if n > 0 {
			return nil
		}
	}
	return ctx.Err()
}
