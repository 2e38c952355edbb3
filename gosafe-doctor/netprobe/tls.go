package netprobe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"gosafe/classify"
)

// both is what is offered by ALPN where nothing speaks against it.
var both = []string{"h2", "http/1.1"}

// shake does the TLS handshake without judging the certificate, which is
// looked at afterwards, whatever it is. Nothing secret may be sent over a
// connection whose certificate did not verify.
func shake(ctx context.Context, c net.Conn, name string, protocols []string) (*tls.Conn, error) {
	secure := tls.Client(c, &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true})
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		if ctx.Err() != nil {
			err = context.DeadlineExceeded
		}
		return nil, err
	}
	return secure, nil
}

// secure takes the step from a connection to one with TLS, and judges the
// certificate. It returns nil if there is no TLS.
func (p *probe) secure(ctx context.Context, r *Report, w *route, c net.Conn) *tls.Conn {
	limited, cancel := p.limit(ctx)
	defer cancel()
	start := time.Now()
	host := w.url.Hostname()
	s, err := shake(limited, c, host, both)
	if err != nil {
		f := shakeFault(err)
		r.fail(f, "tls", brief(err), time.Since(start))
		if (f == TLSReset || f == TLSSilent) && p.otherName(ctx, w) {
			r.Fault = TLSFiltered
			r.evidence += "; asked for " + otherName + ", the same address answers"
		}
		return nil
	}
	state := s.ConnectionState()
	leaf := state.PeerCertificates[0]
	verr := p.verify(state, host)
	r.Cert = describe(leaf)
	r.Cert.Verified = verr == nil
	took := time.Since(start)
	if verr != nil {
		if p.Pool == nil {
			r.trust = p.trust()
		}
		r.fail(p.certFault(leaf, verr), "tls", p.certDetail(r.Cert, verr, r.trust), took)
		return s
	}
	detail := fmt.Sprintf("%s, %s, issued by %s, valid until %s", tls.VersionName(state.Version), orHTTP1(state.NegotiatedProtocol), r.Cert.Issuer, leaf.NotAfter.UTC().Format(time.DateOnly))
	r.Phases = append(r.Phases, Phase{"tls", OK, detail, took})
	return s
}

func orHTTP1(protocol string) string {
	if protocol == "" {
		return "http/1.1"
	}
	return protocol
}

// verify judges a chain as crypto/tls does.
func (p *probe) verify(state tls.ConnectionState, host string) error {
	opts := x509.VerifyOptions{Roots: p.Pool, DNSName: host, CurrentTime: p.Now(), Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(opts)
	return err
}

// otherName is asked for where a name may be the reason that a connection is
// cut. It is reserved (RFC 2606), so no filter has a reason to know it.
const otherName = "example.com"

// otherName reports whether the same address gets on with the TLS handshake if
// it is asked for another name.
func (p *probe) otherName(ctx context.Context, w *route) bool {
	ctx, cancel := p.limit(ctx)
	defer cancel()
	c, err := w.reopen(ctx)
	if err != nil {
		return false
	}
	s, err := shake(ctx, c, otherName, both)
	if err == nil {
		s.Close()
		return true
	}
	return shakeFault(err) == TLSRefused
}

// shakeFault judges a handshake that failed.
func shakeFault(err error) Fault {
	var header tls.RecordHeaderError
	switch {
	case isTimeout(err):
		return TLSSilent
	case errors.As(err, &header):
		return NotTLS
	case isCut(err):
		return TLSReset
	}
	return TLSRefused
}

// certFault judges a certificate that did not verify.
func (p *probe) certFault(leaf *x509.Certificate, err error) Fault {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if p.Now().Before(invalid.Cert.NotBefore) {
			return CertNotYetValid
		}
		return CertExpired
	case errors.As(err, &name):
		return CertWrongName
	case errors.As(err, &unknown):
		if bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
			return CertSelfSigned
		}
		return CertUnknown
	}
	return CertInvalid
}

// certDetail says what is wrong with a certificate, and what it says of itself.
func (p *probe) certDetail(c *Cert, err error, t trust) string {
	var b strings.Builder
	b.WriteString(classify.Printable(strings.TrimPrefix(err.Error(), "x509: ")))
	fmt.Fprintf(&b, "; certificate of %s, issued by %s, valid from %s to %s", strings.Join(c.Names, ", "), c.Issuer,
		c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) && t.vars != nil {
		b.WriteString("; " + t.detail)
	}
	return b.String()
}

func describe(leaf *x509.Certificate) *Cert {
	c := &Cert{
		Subject:   classify.Printable(leaf.Subject.String()),
		Issuer:    classify.Printable(leaf.Issuer.String()),
		NotBefore: leaf.NotBefore,
		NotAfter:  leaf.NotAfter,
		issuerKey: string(leaf.RawIssuer),
	}
	if org := leaf.Issuer.Organization; len(org) > 0 {
		c.issuerOrg = org[0]
	}
	for _, name := range leaf.DNSNames {
		c.Names = append(c.Names, classify.Printable(name))
	}
	for _, ip := range leaf.IPAddresses {
		c.Names = append(c.Names, ip.String())
	}
	c.Names = c.Names[:min(len(c.Names), 10)]
	if len(c.Names) == 0 {
		c.Names = []string{c.Subject}
	}
	return c
}

// allows reports whether the certificate is valid at t by its dates.
func (c *Cert) allows(t time.Time) bool { return !t.Before(c.NotBefore) && !t.After(c.NotAfter) }
