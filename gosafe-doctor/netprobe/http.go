package netprobe

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"time"

	"gosafe/classify"
)

// maxBody is as much of an answer as is looked at.
const maxBody = 64 << 10

// A response is the answer to one request.
type response struct {
	status   int
	proto    string
	header   http.Header
	body     []byte
	first    time.Duration // until the first byte
	received time.Time     // by the local clock, whatever it is off by
}

// ask sends one GET over a connection that is already there. Redirects are
// not followed. A connection whose certificate did not verify gets no
// credentials.
func (p *probe) ask(ctx context.Context, w *route, c net.Conn, trusted bool) (*response, error) {
	taken := make(chan net.Conn, 1)
	taken <- c
	dial := func(context.Context, string, string) (net.Conn, error) {
		select {
		case c := <-taken:
			return c, nil
		default:
			return nil, errors.New("the server ended the connection")
		}
	}
	t := &http.Transport{DialContext: dial, DialTLSContext: dial, ForceAttemptHTTP2: true, DisableCompression: true}
	defer c.Close()
	defer t.CloseIdleConnections()
	if w.asksProxy() {
		t.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: w.proxy.Host, User: w.proxy.User})
	}
	start := time.Now()
	var first time.Duration
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { first = time.Since(start) }})
	u := *w.url
	u.User = nil
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if user := w.url.User; user != nil && trusted {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	received := p.Now()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	return &response{resp.StatusCode, resp.Proto, resp.Header, body, first, received}, nil
}

// exchange asks over the connection, once more by HTTP/1.1 if HTTP/2 broke,
// and judges the answer.
func (p *probe) exchange(ctx context.Context, r *Report, w *route, c net.Conn, q query) *response {
	start := time.Now()
	trusted := r.Cert != nil && r.Cert.Verified
	a, err := p.ask(ctx, w, c, trusted)
	if err != nil {
		f, detail := ServerReset, brief(err)
		if isTimeout(err) {
			f = ServerSilent
		}
		if s, ok := c.(*tls.Conn); ok && s.ConnectionState().NegotiatedProtocol == "h2" {
			if _, err := p.overHTTP1(ctx, w, trusted); err == nil {
				f = HTTP2Broken
			}
		}
		r.failUnless(f, "http", detail, time.Since(start))
		return nil
	}
	r.Status = a.status
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		r.Skew, r.HasSkew = date.Sub(a.received), true
	}
	f, detail := q.judge(a, r, w)
	detail = fmt.Sprintf("%s %d in %s%s", a.proto, a.status, span(a.first), detail)
	if f != "" {
		r.failUnless(f, "http", "GET "+classify.Printable(w.url.String())+": "+detail, time.Since(start))
		return a
	}
	r.Phases = append(r.Phases, Phase{"http", OK, detail, time.Since(start)})
	return a
}

// overHTTP1 asks once more, by HTTP/1.1 only.
func (p *probe) overHTTP1(ctx context.Context, w *route, trusted bool) (*response, error) {
	c, err := w.reopen(ctx)
	if err != nil {
		return nil, err
	}
	s, err := shake(ctx, c, w.url.Hostname(), both[1:])
	if err != nil {
		return nil, err
	}
	if p.verify(s.ConnectionState(), w.url.Hostname()) != nil {
		trusted = false
	}
	return p.ask(ctx, w, s, trusted)
}

// isPage reports whether an answer is made for people.
func (a *response) isPage() bool {
	kind := strings.ToLower(a.header.Get("Content-Type"))
	if strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml") {
		return true
	}
	start := bytes.ToLower(bytes.TrimSpace(a.body[:min(len(a.body), 512)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// leads returns where a redirect leads, if that is another host.
func (a *response) leads(from *url.URL) *url.URL {
	if a.status < 300 || a.status > 399 {
		return nil
	}
	to, err := from.Parse(a.header.Get("Location"))
	if err != nil || to.Hostname() == "" || strings.EqualFold(to.Host, from.Host) {
		return nil
	}
	return to
}

// wantsLogin reports whether an answer redirects to where people log in.
func (a *response) wantsLogin() bool {
	if a.status < 300 || a.status > 399 {
		return false
	}
	to := strings.ToLower(a.header.Get("Location"))
	return slices.ContainsFunc([]string{"login", "log-in", "signin", "sign_in", "sign-in", "oauth", "saml", "/sso", "/auth"}, func(word string) bool { return strings.Contains(to, word) })
}
