package netprobe

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
)

// casesProxy: HTTP proxies.
var casesProxy = []caseOf{
	// HTTP proxies.
	{name: "HTTP proxy", build: func(l *lab) []Target {
		l.through(l.forward(nil))
		l.zone = zone{} // the proxy resolves
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules)), {Name: "plain", URL: "http://sums.beta.test:" + serve(l.T, modules), Kind: KindProxy}}
	}},
	{name: "HTTP proxy with credentials", build: func(l *lab) []Target {
		l.through("http://me:pass%21@" + strings.TrimPrefix(l.forward(wantLogin), "http://"))
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules))}
	}},
	{name: "HTTP proxy wants credentials", fault: ProxyCredentials, machine: true, targets: []string{"alpha", "plain"}, build: func(l *lab) []Target {
		l.through(l.forward(wantLogin))
		return []Target{l.proxy("443"), {Name: "plain", URL: "http://sums.beta.test", Kind: KindProxy}}
	}},
	{name: "HTTP proxy refuses", fault: ProxyRefuses, machine: true, build: func(l *lab) []Target {
		l.through(l.forward(func(*http.Request) int { return 403 }))
		return []Target{l.proxy("443")}
	}},
	{name: "HTTP proxy cannot reach it", fault: ProxyFails, machine: true, build: func(l *lab) []Target {
		l.through(l.forward(func(*http.Request) int { return 502 }))
		return []Target{l.proxy("443")}
	}},
	{name: "HTTP proxy dead", fault: ProxyDown, machine: true, targets: []string{"alpha", "beta"}, build: func(l *lab) []Target {
		l.through("http://127.0.0.1:" + closedPort(l.T))
		return []Target{l.proxy("443"), l.proxy2("443")}
	}},
	{name: "HTTP proxy silent", fault: ProxySilent, machine: true, build: func(l *lab) []Target {
		l.through("http://127.0.0.1:" + l.muted())
		return []Target{l.proxy("443")}
	}},
	{name: "HTTP proxy in a black hole", fault: ProxySilent, machine: true, build: func(l *lab) []Target {
		l.through("http://127.0.0.1:" + silentPort(l))
		return []Target{l.proxy("443")}
	}},
	{name: "HTTP proxy without a name", fault: ProxyName, machine: true, says: "nowhere.test", build: func(l *lab) []Target {
		l.through("http://nowhere.test:3128")
		return []Target{l.proxy("443")}
	}},
	{name: "HTTP proxy setting", fault: ProxySetting, machine: true, build: func(l *lab) []Target {
		l.through("ftp://me:s3cr3t@proxy:21")
		return []Target{l.proxy("443")}
	}},
	{name: "HTTP proxy excepted", build: func(l *lab) []Target {
		l.through("http://127.0.0.1:" + closedPort(l.T))
		l.env["NO_PROXY"] = "alpha.test"
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules))}
	}},
	{name: "HTTPS proxy", build: func(l *lab) []Target {
		cert := l.ca.leaf([]string{"http-proxy.test"}, nil)
		l.zone["http-proxy.test"] = []string{"127.0.0.1"}
		handle := l.forwarder(nil)
		port := listen(l.T, func(c net.Conn) { handle(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})) })
		l.through("https://http-proxy.test:" + port)
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules)), {Name: "plain", URL: "http://sums.beta.test:" + serve(l.T, modules), Kind: KindProxy}}
	}},
	{name: "SOCKS proxy", build: func(l *lab) []Target {
		l.through("socks5://127.0.0.1:" + listen(l.T, socks(0)))
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules))}
	}},
	{name: "SOCKS proxy refuses", fault: ProxyRefuses, machine: true, build: func(l *lab) []Target {
		l.through("socks5://127.0.0.1:" + listen(l.T, socks(2)))
		return []Target{l.proxy("443")}
	}},
}
