// Package faultproxy is a module proxy that misbehaves on purpose.
//
// It serves generated modules from memory, or stands in front of a real proxy,
// and spoils the requests that its rules choose: by path, by count, or by
// chance from a seed, so that the same seed spoils the same requests however
// they race. It speaks HTTP/1.1 and, over TLS, HTTP/2.
//
// It knows the GOPROXY protocol and the ways in which networks break. It knows
// nothing of gosafe, and is linked into no program that is installed.
package faultproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// A Config says what a Server serves and what it spoils. The zero value is a
// sound proxy without modules, over plain HTTP on a free port of 127.0.0.1.
type Config struct {
	Addr     string   // address to listen on; "" means 127.0.0.1:0
	Modules  []Module // served from memory, before Upstream is asked
	Upstream string   // URL of the proxy that is asked for everything else; "" means none: 404
	Store    string   // directory that keeps Upstream's answers; "" means memory, 256 MiB of it

	Rules []Rule // tried in order; the first one that takes a request decides
	Seed  uint64 // what the rules' chances are drawn from

	Cert      Cert // None means plain HTTP
	HTTP1Only bool // over TLS, do not offer HTTP/2

	// OneShot ends each HTTP/1.1 connection with its first request. Otherwise
	// net/http, which cmd/go uses, silently sends a request again if a reused
	// connection breaks before the answer, and Reset or Close may go unnoticed.
	OneShot bool

	// OnRequest, if set, is called with each request as it ends, and with each
	// connection that was spoiled. Calls may be concurrent.
	OnRequest func(Request)
}

// A Server is a running proxy. Its methods may be called concurrently.
type Server struct {
	conf     Config
	modules  catalog
	upstream *upstream
	judge    judge
	journal  journal
	ca       []byte

	listener net.Listener
	http     *http.Server
	ctx      context.Context // ends with Close; every stall waits for it
	cancel   context.CancelFunc

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup // handlers, spoiled connections, the accept loop
}

// Start starts a proxy. The caller must Close it. The error names what is
// wrong with conf: a module, a rule, the address.
func Start(conf Config) (*Server, error) {
	s := &Server{conf: conf}
	var err error
	if s.modules, err = newCatalog(conf.Modules); err != nil {
		return nil, err
	}
	s.judge.seed = conf.Seed
	if err := s.judge.set(conf.Rules); err != nil {
		return nil, err
	}
	if conf.Upstream != "" {
		if s.upstream, err = newUpstream(conf.Upstream, conf.Store); err != nil {
			return nil, err
		}
	}
	if s.http, err = s.newHTTP(); err != nil {
		return nil, err
	}
	addr := conf.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("starting the proxy: %w", err)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.listener = l
	s.work.Add(1)
	go s.serve()
	return s, nil
}

// newHTTP returns the HTTP server, with its certificate if there is one.
func (s *Server) newHTTP() (*http.Server, error) {
	h := &http.Server{
		Handler:     s,
		ErrorLog:    log.New(io.Discard, "", 0), // it would report our own faults
		BaseContext: func(net.Listener) context.Context { return s.ctx },
		ConnContext: withConn,
		Protocols:   new(http.Protocols),
	}
	h.Protocols.SetHTTP1(true)
	h.SetKeepAlivesEnabled(!s.conf.OneShot)
	if s.conf.Cert == None {
		return h, nil
	}
	h.Protocols.SetHTTP2(!s.conf.HTTP1Only)
	cert, ca, err := newCert(s.conf.Cert)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	h.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	s.ca = ca
	return h, nil
}

// serve accepts connections until Close.
func (s *Server) serve() {
	defer s.work.Done()
	l := &spoiledListener{Listener: s.listener, server: s}
	// The error is always that the listener was closed.
	if s.conf.Cert == None {
		_ = s.http.Serve(l)
	} else {
		_ = s.http.ServeTLS(l, "", "")
	}
}

// URL returns the proxy's address in the form of a GOPROXY entry, without a
// slash at its end.
func (s *Server) URL() string {
	if s.conf.Cert == None {
		return "http://" + s.listener.Addr().String()
	}
	return "https://" + s.listener.Addr().String()
}

// CA returns the certificate, in PEM form, of the authority that a client has
// to trust, or nil over plain HTTP. The go command trusts it through
// SSL_CERT_FILE, except on Windows and macOS, where only the system's store
// counts. With the certificate kind Untrusted it is the wrong authority.
func (s *Server) CA() []byte { return s.ca }

// SetRules replaces the rules from the next request on. All counting, that of
// the requests for each path included, starts afresh. After an error the old
// rules stay.
func (s *Server) SetRules(rules ...Rule) error { return s.judge.set(rules) }

// Close ends the server at once, with every request under way, stalled ones
// included, and returns when none of its handlers is left.
func (s *Server) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	s.cancel()
	// A server that had not begun to serve does not know its listener yet.
	err := errors.Join(s.http.Close(), ignoreClosed(s.listener.Close()))
	s.work.Wait()
	if s.upstream != nil {
		s.upstream.close()
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// begin counts a piece of work that Close has to wait for. It reports false
// if the server is closed; otherwise the caller must call s.work.Done.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}
