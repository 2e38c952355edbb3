package faultproxy

import (
	"context"
	"io"
	"net"
)

// A spoiledListener keeps back the connections that the rules spoil.
type spoiledListener struct {
	net.Listener
	server *Server
}

// Accept returns the next connection that is not spoiled.
func (l *spoiledListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		f := l.server.judge.connection()
		if f == nil {
			return c, nil
		}
		if !l.server.begin() {
			c.Close()
			continue // the next Accept fails: the listener is closed
		}
		go l.server.spoil(c, f)
	}
}

// spoil does to a fresh connection what f says, and closes it.
func (s *Server) spoil(c net.Conn, f *fault) {
	defer s.work.Done()
	defer c.Close()
	stop := context.AfterFunc(s.ctx, func() { c.Close() })
	defer stop()
	entry := s.journal.begin(Request{Fault: f.String()})
	f.kind.conn(c)
	done := s.journal.end(entry, 0, 0)
	if s.conf.OnRequest != nil {
		s.conf.OnRequest(done)
	}
}

// The faults of connections. Each ends when the connection is closed under it.

func connReset(c net.Conn) {
	awaitFirst(c)
	resetConn(c)
}

func connClose(c net.Conn) {
	awaitFirst(c)
	c.Close()
}

func connStall(c net.Conn) {
	_, _ = io.Copy(io.Discard, c) // until the client leaves
}

func connGarbage(c net.Conn) {
	awaitFirst(c)
	_, _ = io.WriteString(c, "220 mail.example.test ready\r\n")
}

// connAlert answers as a TLS server that found no version or cipher in common.
func connAlert(c net.Conn) {
	awaitFirst(c)
	_, _ = c.Write([]byte{21, 3, 1, 0, 2, 2, 40}) // alert, TLS 1.0 framing, 2 bytes: fatal, handshake_failure
}

// awaitFirst reads the client's first bytes, so that it is in the handshake
// and not still connecting, and so that closing sends an end, not a reset.
func awaitFirst(c net.Conn) {
	var buf [16 << 10]byte
	_, _ = c.Read(buf[:])
}
