package netprobe

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A route is the way to one server: the address to connect to, which is the
// server's or that of the HTTP proxy before it.
type route struct {
	probe *probe
	url   *url.URL // what is asked for
	proxy *url.URL // nil: directly
	addr  string   // that connected, host:port
}

// A tunnelError is what an HTTP proxy says instead of connecting.
type tunnelError struct {
	status int // 0: it did not answer, err says why
	err    error
}

func (e *tunnelError) Error() string {
	if e.status != 0 {
		return fmt.Sprintf("%d %s", e.status, http.StatusText(e.status))
	}
	return brief(e.err)
}

// asksProxy reports whether the HTTP proxy is asked for the URL, and not for a
// connection: so it is for plain HTTP.
func (w *route) asksProxy() bool {
	return w.proxy != nil && w.url.Scheme == "http" && !strings.HasPrefix(w.proxy.Scheme, "socks")
}

// find resolves and connects, and says in r what stopped it.
func (p *probe) find(ctx context.Context, r *Report, u *url.URL) (*route, net.Conn) {
	proxy, err := HTTPProxy(p.Env, u)
	if err != nil {
		r.fail(ProxySetting, "http proxy", err.Error(), 0)
		return nil, nil
	}
	way := &route{probe: p, url: u, proxy: proxy}
	dial := u
	if proxy != nil {
		dial = proxy
		r.Via = hostPort(proxy)
	}
	n := p.lookUp(ctx, r, dial.Hostname())
	if f := n.fault(); f != "" {
		r.Fault, r.evidence = f, n.system(dial.Hostname())
		if len(n.answers) > 0 {
			r.evidence += "; name servers: " + n.direct()
		}
		r.byProxy(ProxyName)
		return nil, nil
	}
	conn, both := p.connect(ctx, r, withPort(n.addrs, dial))
	if conn == nil {
		err := worst([]error{both[0].err, both[1].err})
		r.Fault, r.evidence = connectFault(err), hostPort(dial)+" ("+join(n.addrs)+"): "+brief(err)
		if p.elsewhere(ctx, r, dial, n.others()) {
			return nil, nil
		}
		if r.Fault == Refused && proxy != nil {
			r.Fault = ProxyDown
		}
		r.byProxy(ProxySilent)
		return nil, nil
	}
	if f := halfFault(both); f != "" && proxy == nil {
		r.Warnings = append(r.Warnings, f)
	}
	way.addr = conn.RemoteAddr().String()
	return way, conn
}

// byProxy makes a fault met before the HTTP proxy one of the proxy's.
func (r *Report) byProxy(f Fault) {
	if r.Via != "" && r.Fault.info().class != classProxy {
		r.Fault = f
	}
}

// elsewhere reports whether the server answers at an address that the name
// servers give and the system's resolver does not: then it is the resolver, or
// the hosts file, that is wrong.
func (p *probe) elsewhere(ctx context.Context, r *Report, u *url.URL, addrs []netip.Addr) bool {
	if len(addrs) == 0 {
		return false
	}
	ctx, cancel := p.limit(ctx)
	defer cancel()
	c, err := dialAny(ctx, withPort(addrs, u))
	if err != nil {
		return false
	}
	c.Close()
	r.Fault = NameDiffers
	r.evidence += "; the name servers say " + join(addrs) + ", which accepts connections"
	return true
}

func withPort(addrs []netip.Addr, u *url.URL) (all []netip.AddrPort) {
	_, port, _ := net.SplitHostPort(hostPort(u))
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		all = append(all, netip.AddrPortFrom(a, uint16(n)))
	}
	return all
}

// reopen connects once more over the same route, tunnel included.
func (w *route) reopen(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", w.addr)
	if err != nil {
		return nil, err
	}
	return w.tunnel(ctx, c)
}

// tunnel makes of a connection to the HTTP proxy one to the server. For plain
// HTTP the proxy itself is asked, so there is nothing to do.
func (w *route) tunnel(ctx context.Context, c net.Conn) (net.Conn, error) {
	if w.proxy == nil {
		return c, nil
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	through, err := w.speak(ctx, c)
	if err != nil {
		c.Close()
		var t *tunnelError
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if !errors.As(err, &t) {
			err = &tunnelError{err: err}
		}
		return nil, err
	}
	return through, nil
}

func (w *route) speak(ctx context.Context, c net.Conn) (net.Conn, error) {
	switch w.proxy.Scheme {
	case "socks5", "socks5h":
		return c, w.socks(c)
	case "https":
		secure := tls.Client(c, &tls.Config{ServerName: w.proxy.Hostname(), RootCAs: w.probe.Pool, Time: w.probe.Now})
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c = secure
	}
	if w.url.Scheme != "https" {
		return c, nil
	}
	return w.connectMethod(c)
}

// connectMethod asks the proxy for a tunnel (RFC 9110, section 9.3.6).
func (w *route) connectMethod(c net.Conn) (net.Conn, error) {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: hostPort(w.url)}, Host: hostPort(w.url), Header: http.Header{}}
	if auth := w.proxyAuth(); auth != "" {
		req.Header.Set("Proxy-Authorization", auth)
	}
	if err := req.Write(c); err != nil {
		return nil, err
	}
	br := bufio.NewReader(c)
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &tunnelError{status: resp.StatusCode}
	}
	if br.Buffered() > 0 {
		return nil, errors.New("the proxy sent data before the server was asked")
	}
	return c, nil
}

// proxyAuth is what net/http sends to a proxy whose URL holds credentials.
func (w *route) proxyAuth() string {
	if w.proxy == nil || w.proxy.User == nil {
		return ""
	}
	password, _ := w.proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(w.proxy.User.Username()+":"+password))
}

// socks asks a SOCKS5 proxy for a connection (RFC 1928, and RFC 1929 for credentials).
func (w *route) socks(c net.Conn) error {
	user, password := "", ""
	hello := []byte{5, 1, 0}
	if w.proxy.User != nil {
		user = w.proxy.User.Username()
		password, _ = w.proxy.User.Password()
		hello = []byte{5, 2, 0, 2}
	}
	host, port, _ := net.SplitHostPort(hostPort(w.url))
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(host) > 255 || len(user) > 255 || len(password) > 255 {
		return errors.New("the address cannot be put to a SOCKS proxy")
	}
	got := make([]byte, 4)
	exchange := func(send []byte, want int) error {
		if _, err := c.Write(send); err != nil {
			return err
		}
		_, err := io.ReadFull(c, got[:want])
		return err
	}
	if err := exchange(hello, 2); err != nil {
		return err
	}
	switch {
	case got[0] != 5:
		return errors.New("it speaks no SOCKS5")
	case got[1] == 2:
		login := append([]byte{1, byte(len(user))}, user...)
		login = append(append(login, byte(len(password))), password...)
		if err := exchange(login, 2); err != nil {
			return err
		}
		if got[1] != 0 {
			return &tunnelError{status: http.StatusProxyAuthRequired}
		}
	case got[1] != 0:
		return &tunnelError{status: http.StatusProxyAuthRequired}
	}
	request := append([]byte{5, 1, 0, 3, byte(len(host))}, host...)
	if err := exchange(append(request, byte(n>>8), byte(n)), 4); err != nil {
		return err
	}
	switch got[1] {
	case 0:
	case 2:
		return &tunnelError{status: http.StatusForbidden}
	default:
		return &tunnelError{status: http.StatusBadGateway}
	}
	rest := map[byte]int{1: 4, 4: 16}[got[3]]
	if got[3] == 3 {
		if err := exchange(nil, 1); err != nil {
			return err
		}
		rest = int(got[0])
	}
	_, err = io.CopyN(io.Discard, c, int64(rest+2))
	return err
}

// tunnelFault judges what an HTTP proxy did instead of connecting.
func tunnelFault(err error) Fault {
	var t *tunnelError
	if !errors.As(err, &t) || t.status == 0 {
		if isTimeout(err) || t != nil && isTimeout(t.err) {
			return ProxySilent
		}
		return ProxyDown
	}
	switch {
	case t.status == http.StatusProxyAuthRequired, t.status == http.StatusUnauthorized:
		return ProxyCredentials
	case t.status >= 500:
		return ProxyFails
	}
	return ProxyRefuses
}
