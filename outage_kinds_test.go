//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// unshare gives the calling thread a network and mounts of its own.
func unshare() error {
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") // what is mounted here stays here
}

// reserve takes a port of loopback without listening on it, until listen is called.
func reserve(t *testing.T) (addr string, listen func() net.Listener) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "listener")
	t.Cleanup(func() { f.Close() })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port), func() net.Listener {
		t.Helper()
		if err := unix.Listen(fd, 128); err != nil {
			t.Fatal(err)
		}
		l, err := net.FileListener(f)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
}

// refuse has nobody listen.
func refuse(t *testing.T, s *outageServer) (string, func()) {
	addr, listen := reserve(t)
	return addr, func() { go s.http.Serve(listen()) }
}

// resetAfter accepts connections and resets them, after so many bytes.
func resetAfter(bytes int) func(*testing.T, *outageServer) (string, func()) {
	return func(t *testing.T, s *outageServer) (string, func()) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := &resetting{Listener: l, bytes: bytes, note: s.note}
		go s.http.Serve(r)
		return l.Addr().String(), func() { r.over.Store(true) }
	}
}

// A resetting listener resets its connections until that is over.
type resetting struct {
	net.Listener
	bytes int
	note  func()
	over  atomic.Bool
}

func (r *resetting) Accept() (net.Conn, error) {
	for {
		c, err := r.Listener.Accept()
		if err != nil || r.over.Load() {
			return c, err
		}
		r.note()
		go func() {
			c.Read(make([]byte, r.bytes)) // none: it returns at once
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}()
	}
}

// apart puts the server into another network than the commands, which stay on
// this thread. The cable between them is c0 here and s0 there.
func apart(t *testing.T, s *outageServer) (host string, there func(args string)) {
	theirs, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.http.Serve(listener)
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	netns := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), theirs.Fd())
	there = func(args string) {
		t.Helper()
		runCommand(t, append([]string{"nsenter", "--net=" + netns, "ip"}, strings.Fields(args)...)...)
	}
	ip(t, "link set lo up")
	ip(t, "link add c0 address 02:00:00:00:00:01 type veth peer name s0 address 02:00:00:00:00:02")
	ip(t, "link set s0 netns "+netns)
	ip(t, "addr add 10.77.0.1/24 dev c0")
	ip(t, "link set c0 up")
	ip(t, "neigh replace 10.77.0.2 lladdr 02:00:00:00:00:02 dev c0 nud permanent")
	there("addr add 10.77.0.2/32 dev s0")
	there("link set s0 up")
	there("neigh replace 10.77.0.1 lladdr 02:00:00:00:00:01 dev s0 nud permanent")
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return "10.77.0.2:" + port, there
}

// blackHole: the server has no way back to those who ask, who hear nothing.
func blackHole(t *testing.T, s *outageServer) (string, func()) {
	host, there := apart(t, s)
	return host, func() { there("route add 10.77.0.1/32 dev s0 src 10.77.0.2") }
}

// noRoute: those who ask have no way to the server, and their system says so.
func noRoute(t *testing.T, s *outageServer) (string, func()) {
	host, there := apart(t, s)
	there("route add 10.77.0.1/32 dev s0 src 10.77.0.2")
	ip(t, "route del 10.77.0.0/24 dev c0")
	return host, func() { ip(t, "route add 10.77.0.0/24 dev c0") }
}

// silentNames: the only name server gives no answer.
func silentNames(t *testing.T, s *outageServer) (string, func()) {
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(conf, []byte("nameserver 127.0.0.1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	target, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil {
		t.Skip(err)
	}
	if err := unix.Mount(conf, target, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(target, unix.MNT_DETACH) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.http.Serve(l)
	names, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { names.Close() })
	var over atomic.Bool
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := names.ReadFrom(buf)
			if err != nil {
				return
			}
			if !over.Load() {
				s.note()
				continue
			}
			names.WriteTo(nameAnswer(buf[:n]), from)
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "proxy.outage.test:" + port, func() { over.Store(true) }
}

// nameAnswer says to a DNS question (RFC 1035, section 4) that the name's only
// address is 127.0.0.1.
func nameAnswer(query []byte) []byte {
	end := 12
	for query[end] != 0 { // labels
		end += 1 + int(query[end])
	}
	end += 5 // the root, type, class
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	if query[end-3] != 1 { // not an A record's
		return answer
	}
	answer[7] = 1
	return append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
}
