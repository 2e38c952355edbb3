package retry

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// dial connects to host and port and hangs up.
//
// It does without package net: where a C compiler is at hand, that links the
// C library, and every start of gosafe would be 0.9 ms longer for the sake of
// something that is needed after a failure only.
func dial(ctx context.Context, host, port string) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("port %q: %w", port, err)
	}
	addrs, err := resolve(ctx, host)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		if err = connect(ctx, netip.AddrPortFrom(a, uint16(n))); err == nil {
			return nil
		}
	}
	return err
}

// connect makes a TCP connection and closes it.
func connect(ctx context.Context, to netip.AddrPort) error {
	fd, err := open(to.Addr(), unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err = unix.Connect(fd, sockaddr(to)); err != unix.EINPROGRESS {
		return err
	}
	if err := await(ctx, fd, unix.POLLOUT); err != nil {
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

func open(a netip.Addr, kind int) (int, error) {
	family := unix.AF_INET
	if a.Is6() {
		family = unix.AF_INET6
	}
	return unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

func sockaddr(to netip.AddrPort) unix.Sockaddr {
	if to.Addr().Is6() {
		return &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	}
	return &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
}

// await waits until fd is ready or ctx is done. It looks at ctx every 50 ms.
func await(ctx context.Context, fd int, events int16) error {
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
