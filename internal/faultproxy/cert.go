package faultproxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// A Cert says which certificate a server shows.
type Cert string

// The kinds of certificates. All but Untrusted are signed by the authority
// that Server.CA returns.
const (
	None      Cert = ""           // plain HTTP
	Good      Cert = "good"       // for localhost and loopback addresses
	Untrusted Cert = "untrusted"  // good, but signed by another authority
	Expired   Cert = "expired"    // since yesterday
	WrongHost Cert = "wrong-host" // for wrong.example.test only
)

var certs = []Cert{None, Good, Untrusted, Expired, WrongHost}

// ParseCert returns the kind of that name.
func ParseCert(name string) (Cert, error) {
	var names []string
	for _, c := range certs {
		if string(c) == name {
			return c, nil
		}
		if c != None {
			names = append(names, string(c))
		}
	}
	return None, fmt.Errorf("unknown kind of certificate %q; want %s", name, strings.Join(names, ", "))
}

// newCert returns a fresh certificate of a kind, and the authority to trust in
// PEM form.
func newCert(k Cert) (tls.Certificate, []byte, error) {
	if _, err := ParseCert(string(k)); err != nil {
		return tls.Certificate{}, nil, err
	}
	caCert, caKey, err := newAuthority()
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	caPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caCert.Raw})
	leaf := newLeaf("localhost")
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	switch k {
	case Untrusted:
		if caCert, caKey, err = newAuthority(); err != nil {
			return tls.Certificate{}, nil, err
		}
	case Expired:
		leaf.NotAfter = time.Now().Add(-24 * time.Hour)
	case WrongHost:
		leaf.DNSNames, leaf.IPAddresses = []string{"wrong.example.test"}, nil
	}
	der, key, err := sign(leaf, caCert, caKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, caPEM, nil
}

// Certificate returns a fresh certificate for hosts of these names, for servers
// that play them, and the authority to trust in PEM form.
func Certificate(hosts ...string) (tls.Certificate, []byte, error) {
	caCert, caKey, err := newAuthority()
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	der, key, err := sign(newLeaf(hosts...), caCert, caKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	caPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caCert.Raw})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, caPEM, nil
}

// newLeaf returns what a server's certificate says of itself.
func newLeaf(hosts ...string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: "faultproxy"},
		NotBefore:   time.Now().Add(-48 * time.Hour),
		NotAfter:    time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    hosts,
	}
}

func newAuthority() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "faultproxy throw-away authority"},
		NotBefore:             time.Now().Add(-72 * time.Hour),
		NotAfter:              time.Now().Add(72 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, key, err := sign(template, template, nil)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

// sign makes a certificate with a new key. Without a signer's key it is signed
// by its own.
func sign(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if signer == nil {
		signer = key
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	return der, key, err
}
