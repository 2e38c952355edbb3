package netprobe

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gosafe/internal/dns"
)

// A zone is what a name server of the tests answers: addresses by name. A name
// that is not in it does not exist.
type zone map[string][]string

// Codes that a zone may have in place of addresses.
const (
	serverFails   = "SERVFAIL"
	serverRefuses = "REFUSED"
	serverSilent  = "silent"
)

// dnsServer answers DNS questions over UDP on loopback.
func dnsServer(t *testing.T, z zone) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := z.answer(buf[:n]); out != nil {
				c.WriteTo(out, from)
			}
		}
	}()
	return c.LocalAddr().String()
}

// answer makes a reply to one question (RFC 1035, section 4.1).
func (z zone) answer(q []byte) []byte {
	var labels []string
	at := 12
	for q[at] != 0 {
		labels = append(labels, string(q[at+1:at+1+int(q[at])]))
		at += 1 + int(q[at])
	}
	end := at + 5
	kind := binary.BigEndian.Uint16(q[at+1:])
	addrs, exists := z[strings.ToLower(strings.Join(labels, "."))]
	out := append([]byte(nil), q[:end]...)
	out[2], out[3] = 0x81, 0x80 // a reply; recursion is available
	binary.BigEndian.PutUint16(out[10:], 0)
	if !exists {
		out[3] |= dns.NotFound
	}
	count := 0
	for _, a := range addrs {
		switch a {
		case serverFails:
			out[3] |= 2
			continue
		case serverRefuses:
			out[3] |= 5
			continue
		case serverSilent:
			return nil
		}
		addr := netip.MustParseAddr(a)
		if addr.Is4() != (kind == dns.A) || kind != dns.A && kind != dns.AAAA {
			continue
		}
		raw := addr.AsSlice()
		out = append(out, 0xc0, 12) // the name of the question
		out = binary.BigEndian.AppendUint16(out, kind)
		out = append(out, 0, 1, 0, 0, 0, 60, 0, byte(len(raw)))
		out = append(out, raw...)
		count++
	}
	binary.BigEndian.PutUint16(out[6:], uint16(count))
	return out
}

// resolver is the system's resolver of a test: Go's own, which asks server.
func resolver(server string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server)
	}}
}

// An authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-10, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = a.sign(template, nil)
	return a
}

// sign signs by the authority, or, without a template's parent, by its own key.
func (a *authority) sign(template, parent *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	signer := a.key
	if parent == nil {
		parent, signer = template, key
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

// leaf makes a certificate for names, changed by change.
func (a *authority) leaf(names []string, change func(*x509.Certificate)) tls.Certificate {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: time.Now().AddDate(0, 0, -30), NotAfter: time.Now().AddDate(0, 0, 30),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent := a.cert
	if change != nil {
		change(template)
	}
	if template.Subject.Organization != nil && template.Subject.Organization[0] == "self" {
		parent = nil
	}
	cert, key := a.sign(template, parent)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// selfSigned makes leaf sign a certificate by its own key.
func selfSigned(c *x509.Certificate) { c.Subject.Organization = []string{"self"} }

// modules answers as a module proxy with the checksum database behind it.
func modules(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/supported"):
	case strings.Contains(r.URL.Path, "/lookup/"):
		io.WriteString(w, "42\ngolang.org/x/mod v0.33.0 h1:abc=\ngolang.org/x/mod v0.33.0/go.mod h1:def=\n\ngo.sum database tree\n")
	case strings.HasSuffix(r.URL.Path, ".info"):
		io.WriteString(w, `{"Version":"v0.33.0"}`)
	case strings.HasSuffix(r.URL.Path, ".zip"):
		io.WriteString(w, "PK")
	default:
		http.NotFound(w, r)
	}
}

// page answers as a captive portal or a login page.
func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "<!DOCTYPE html><html><head><title>Welcome to Hotel Wifi</title></head></html>")
}

// status answers with a status.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// serveTLS serves h by TLS on loopback and returns its port. NextProtos of
// change say which versions of HTTP it speaks.
func serveTLS(t *testing.T, cert tls.Certificate, h http.HandlerFunc, change ...func(*httptest.Server)) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, c := range change {
		c(s)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return portOf(s.Listener.Addr().String())
}

// serve serves h in plain on loopback and returns its port.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return portOf(s.Listener.Addr().String())
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// listen accepts connections on loopback for handle and returns the port. The
// connections are closed with the test.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { l.Close(); cancel() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { c.Close() })
			go handle(c)
		}
	}()
	return portOf(l.Addr().String())
}

// closedPort is a port of loopback on which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// That of a client is in use, so that nobody else listens there meanwhile.
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return portOf(client.LocalAddr().String())
}

// mute accepts and says nothing.
func mute(c net.Conn) { io.Copy(io.Discard, c) }

// reset reads what comes first and resets the connection.
func reset(c net.Conn) {
	c.Read(make([]byte, 4096))
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// A replayed is a connection whose first bytes have been read.
type replayed struct {
	net.Conn
	io.Reader
}

func (r replayed) Read(b []byte) (int, error) { return r.Reader.Read(b) }

// filter does what cut says to connections whose first bytes hold the name, and
// hands the others on to a TLS server with cert.
func filter(name string, cert tls.Certificate, cut func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 4096)
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if strings.Contains(string(buf[:n]), name) {
			cut(c)
			return
		}
		s := tls.Server(replayed{c, io.MultiReader(strings.NewReader(string(buf[:n])), c)}, &tls.Config{Certificates: []tls.Certificate{cert}})
		s.Handshake()
		s.Close()
	}
}
