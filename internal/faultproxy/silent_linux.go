package faultproxy

import (
	"fmt"
	"net"
	"syscall"
	"time"
)

// Silent returns the URL of an address on loopback where TCP connects get no
// answer, as behind a firewall that drops packets, until close is called.
// It works on Linux only, where the kernel drops connects to a full queue.
func Silent() (url string, close func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	var filling []net.Conn
	close = func() {
		l.Close()
		for _, c := range filling {
			c.Close()
		}
	}
	if err := shortenQueue(l.(*net.TCPListener)); err != nil {
		close()
		return "", nil, fmt.Errorf("shortening the queue of a listener: %w", err)
	}
	// The queue holds one or two; more than ten means that this does not work here.
	for len(filling) < 10 {
		c, err := net.DialTimeout("tcp", l.Addr().String(), 100*time.Millisecond)
		if err != nil {
			return "http://" + l.Addr().String(), close, nil
		}
		filling = append(filling, c)
	}
	close()
	return "", nil, fmt.Errorf("the kernel goes on accepting connections")
}

// shortenQueue sets the length of a listener's queue to its minimum.
func shortenQueue(l *net.TCPListener) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return err
	}
	var lerr error
	if err := raw.Control(func(fd uintptr) { lerr = syscall.Listen(int(fd), 0) }); err != nil {
		return err
	}
	return lerr
}
