package faultproxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// The faults that break a request off, or never finish it. Over HTTP/2 those
// that end the connection end every request on it, as a broken network does.

// settle is how long a client gets to read what was sent to it before its
// connection is reset: a reset may overtake the bytes before it.
const settle = 50 * time.Millisecond

func sendDelayed(x *exchange) {
	if !pause(x.r.Context(), x.arg.wait) {
		panic(http.ErrAbortHandler)
	}
	x.write()
}

func sendRedirect(x *exchange) {
	x.ans = answer{status: http.StatusFound, ctype: "text/html"}
	x.w.Header().Set("Location", portalPath)
	x.header(0)
}

func sendReset(x *exchange) {
	resetConn(x.conn())
	panic(http.ErrAbortHandler)
}

func sendClose(x *exchange) {
	closeConn(x)
	panic(http.ErrAbortHandler)
}

// sendGarbage writes past the HTTP server, and under TLS past that too.
func sendGarbage(x *exchange) {
	_, _ = io.WriteString(x.conn(), "\x00\x01 this is not HTTP\r\n\r\n")
	closeConn(x)
	panic(http.ErrAbortHandler)
}

func sendStall(x *exchange) {
	<-x.r.Context().Done() // the client left, or the server closed
	panic(http.ErrAbortHandler)
}

func sendResetBody(x *exchange) {
	x.header(len(x.ans.body))
	x.part(x.arg.share)
	pause(x.r.Context(), settle)
	resetConn(x.conn())
	panic(http.ErrAbortHandler)
}

// sendCut leaves the rest to net/http, which ends the connection (HTTP/2: the
// stream) of a handler that wrote less than it had promised.
func sendCut(x *exchange) {
	x.header(len(x.ans.body))
	x.part(x.arg.share)
}

func sendAbort(x *exchange) {
	x.header(-1)
	x.part(x.arg.share)
	panic(http.ErrAbortHandler)
}

// sendGoAway makes net/http send GOAWAY, and closes the connection while the
// stream is open.
func sendGoAway(x *exchange) {
	x.w.Header().Set("Connection", "close")
	x.header(len(x.ans.body))
	x.part(x.arg.share)
	pause(x.r.Context(), settle) // the frame is written by another goroutine
	closeConn(x)
	panic(http.ErrAbortHandler)
}

func sendStallBody(x *exchange) {
	x.header(len(x.ans.body))
	x.part(x.arg.share)
	sendStall(x)
}

func sendDrip(x *exchange) {
	x.header(len(x.ans.body))
	x.flush()
	for _, b := range x.ans.body {
		if !pause(x.r.Context(), x.arg.wait) {
			panic(http.ErrAbortHandler)
		}
		if _, err := x.w.Write([]byte{b}); err != nil {
			return
		}
		x.sent++
		x.flush()
	}
}

// pause waits, and reports false if ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// closeConn ends a request's connection in order. Closing it while the client
// still sends would turn the end into a reset.
func closeConn(x *exchange) {
	c := x.conn()
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite() // it fails only on a connection that is closed already
		pause(x.r.Context(), settle)
	}
	c.Close()
}

// resetConn closes a TCP connection with a reset instead of an orderly end.
func resetConn(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // it fails only on a connection that is closed already
	}
	c.Close()
}
