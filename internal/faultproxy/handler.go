package faultproxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// An answer is what the proxy says to a request.
type answer struct {
	status int
	ctype  string
	after  int // Retry-After in seconds; 0 means none
	body   []byte
}

// textAnswer returns an answer in plain text, which cmd/go repeats in its
// error messages.
func textAnswer(status int, text string) answer {
	return answer{status: status, ctype: "text/plain; charset=utf-8", body: []byte(text + "\n")}
}

// An exchange is one request while it is answered.
type exchange struct {
	w   http.ResponseWriter
	r   *http.Request
	ans answer // the right answer; empty for kinds that are blind
	arg setting

	status int // the status that was sent; 0 while there is none
	sent   int // bytes of the body that were sent
}

// ServeHTTP answers one request, soundly or as the rules say.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.work.Done()
	path := r.URL.Path
	var f *fault
	if path != portalPath { // a captive portal's own page works
		f = s.judge.request(path)
	}
	x := &exchange{w: w, r: r}
	entry := s.journal.begin(Request{
		Method: r.Method, Path: path, Proto: r.Proto,
		Fault: f.String(), Auth: r.Header.Get("Authorization") != "",
	})
	defer func() { // also when the fault ends the handler by a panic
		done := s.journal.end(entry, x.status, x.sent)
		if s.conf.OnRequest != nil {
			s.conf.OnRequest(done)
		}
	}()
	if f == nil || !f.kind.blind {
		var err error
		if x.ans, err = s.content(r); err != nil {
			s.journal.fail(entry, err)
		}
	}
	if f == nil {
		x.write()
		return
	}
	x.arg = f.arg
	if f.kind.alter != nil {
		x.ans = f.kind.alter(x.ans, f.arg)
		x.write()
		return
	}
	f.kind.send(x)
}

// content returns the right answer to r. The error is that of an upstream
// which failed; the answer tells it to the client too.
func (s *Server) content(r *http.Request) (answer, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return textAnswer(http.StatusMethodNotAllowed, "method not allowed"), nil
	}
	if ans, ok := s.modules[r.URL.Path]; ok {
		return ans, nil
	}
	if r.URL.Path == portalPath {
		return portal, nil
	}
	if s.upstream == nil {
		return textAnswer(http.StatusNotFound, "not found: "+r.URL.Path), nil
	}
	// Not the request's context: what a client no longer wants is kept for the next.
	ans, err := s.upstream.get(s.ctx, r.URL)
	if err != nil {
		return textAnswer(http.StatusBadGateway, "faultproxy: the upstream itself failed: "+err.Error()), err
	}
	return ans, nil
}

// header sends the status and the headers, with the body's length unless it is
// negative.
func (x *exchange) header(length int) {
	h := x.w.Header()
	if x.ans.ctype != "" {
		h.Set("Content-Type", x.ans.ctype)
	}
	if x.ans.after > 0 {
		h.Set("Retry-After", strconv.Itoa(x.ans.after))
	}
	if length >= 0 {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	x.w.WriteHeader(x.ans.status)
	x.status = x.ans.status
}

// write sends the answer as it should be.
func (x *exchange) write() {
	x.header(len(x.ans.body))
	x.sent, _ = x.w.Write(x.ans.body)
}

// part sends the first share of the body and pushes it out to the client.
func (x *exchange) part(share float64) {
	n, _ := x.w.Write(x.ans.body[:x.ans.at(share)])
	x.sent += n
	x.flush()
}

func (x *exchange) flush() {
	// The only error is a client that has gone: the next write meets it too.
	_ = http.NewResponseController(x.w).Flush()
}

// String describes a fault for the log; of none, it is "".
func (f *fault) String() string {
	if f == nil {
		return ""
	}
	return f.Fault.String()
}

// connKey is the context key of a request's TCP connection.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// conn returns the TCP connection under the request, also under TLS and
// HTTP/2, where it is shared with other requests.
func (x *exchange) conn() net.Conn {
	c, ok := x.r.Context().Value(connKey{}).(net.Conn)
	if !ok {
		panic(fmt.Sprintf("faultproxy: no connection behind %s", x.r.URL))
	}
	return c
}
