package netprobe

import (
	"crypto/x509"
	"net"
	"time"
)

// casesTLS: certificates, handshakes, the clock.
var casesTLS = []caseOf{
	// TLS.
	{name: "expired", fault: CertExpired, build: func(l *lab) []Target {
		cert := l.ca.leaf(allNames, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) })
		return []Target{l.proxy(serveTLS(l.T, cert, modules)), l.sound()}
	}},
	{name: "not yet valid", fault: CertNotYetValid, build: func(l *lab) []Target {
		cert := l.ca.leaf(allNames, func(c *x509.Certificate) { c.NotBefore = time.Now().AddDate(0, 0, 1) })
		return []Target{l.proxy(serveTLS(l.T, cert, modules)), l.sound()}
	}},
	{name: "self-signed", fault: CertSelfSigned, build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.ca.leaf(allNames, selfSigned), modules)), l.sound()}
	}},
	{name: "self-signed with a web page, others sound", fault: CertSelfSigned, build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.ca.leaf(allNames, selfSigned), page)), l.sound()}
	}},
	{name: "wrong name", fault: CertWrongName, says: "other.example.test", build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.ca.leaf([]string{"other.example.test"}, nil), modules)), l.sound()}
	}},
	{name: "unknown authority", fault: CertUnknown, says: "Foreign CA", build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.foreign.leaf(allNames, nil), modules)), l.sound()}
	}},
	{name: "intercepted", fault: Intercepted, machine: true, targets: []string{"alpha", "beta"}, says: "Foreign CA", build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.foreign.leaf(allNames, nil), modules)), l.proxy2(serveTLS(l.T, l.foreign.leaf(allNames, nil), modules))}
	}},
	{name: "intercepted by a known product", fault: Intercepted, says: "Zscaler", build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, newAuthority(l.T, "Zscaler Intermediate Root CA").leaf(allNames, nil), modules)), l.sound()}
	}},
	{name: "intercepted and trusted", fault: InterceptedTrusted, machine: true, targets: []string{"alpha", "beta", "git"}, build: func(l *lab) []Target {
		cert := l.ca.leaf(allNames, nil)
		return []Target{l.proxy(serveTLS(l.T, cert, modules)), l.proxy2(serveTLS(l.T, cert, modules)), {Name: "git", URL: "https://git.delta.test:" + serveTLS(l.T, cert, page), Kind: KindVCS}}
	}},
	{name: "intercepted and trusted, a public host", fault: InterceptedTrusted, build: func(l *lab) []Target {
		l.zone["proxy.golang.org"] = []string{"127.0.0.1"}
		port := serveTLS(l.T, l.ca.leaf([]string{"proxy.golang.org"}, nil), modules)
		return []Target{{Name: "alpha", URL: "https://proxy.golang.org:" + port, Kind: KindProxy}}
	}},
	{name: "reset in TLS", fault: TLSReset, build: func(l *lab) []Target { return []Target{l.proxy(listen(l.T, reset)), l.sound()} }},
	{name: "silent in TLS", fault: TLSSilent, build: func(l *lab) []Target { return []Target{l.proxy(l.muted()), l.sound()} }},
	{name: "reset by name", fault: TLSFiltered, says: "example.com", build: func(l *lab) []Target {
		return []Target{l.proxy(listen(l.T, filter("proxy.alpha.test", l.good(), reset1))), l.sound()}
	}},
	{name: "dropped by name", fault: TLSFiltered, build: func(l *lab) []Target {
		return []Target{l.proxy(l.listenShort(filter("proxy.alpha.test", l.good(), mute))), l.sound()}
	}},
	{name: "TLS refused", fault: TLSRefused, build: func(l *lab) []Target {
		alert := func(c net.Conn) {
			c.Read(make([]byte, 4096))
			c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal, handshake_failure
			c.Close()
		}
		return []Target{l.proxy(listen(l.T, alert)), l.sound()}
	}},
	{name: "no TLS there", fault: NotTLS, build: func(l *lab) []Target { return []Target{l.proxy(serve(l.T, modules)), l.sound()} }},

	// The clock.
	{name: "clock ahead", fault: ClockOff, machine: true, targets: []string{"alpha", "beta"}, says: "ahead of the server's", build: func(l *lab) []Target {
		l.now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules)), l.sound()}
	}},
	{name: "clock behind", fault: ClockOff, machine: true, says: "behind the server's", build: func(l *lab) []Target {
		l.now = func() time.Time { return time.Now().AddDate(-1, 0, 0) }
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules))}
	}},
	{name: "clock by a fake Date", fault: ClockOff, machine: true, build: func(l *lab) []Target {
		cert := l.ca.leaf(allNames, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(1, 0, 0), time.Now().AddDate(2, 0, 0)
		})
		return []Target{l.proxy(serveTLS(l.T, cert, dated(18*30*24*time.Hour)))}
	}},
	{name: "a server's clock is wrong, its certificate expired", fault: CertExpired, build: func(l *lab) []Target {
		cert := l.ca.leaf(allNames, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) })
		return []Target{l.proxy(serveTLS(l.T, cert, dated(-5*24*time.Hour))), l.sound()}
	}},
	{name: "clock drifts", fault: ClockDrifts, machine: true, targets: []string{"alpha", "beta"}, build: func(l *lab) []Target {
		l.now = func() time.Time { return time.Now().Add(10 * time.Minute) }
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules)), l.sound()}
	}},
}
