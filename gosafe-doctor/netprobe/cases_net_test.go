package netprobe

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// casesNet: nothing is wrong, names, connections.
var casesNet = []caseOf{
	// Nothing is wrong.
	{name: "healthy", build: func(l *lab) []Target {
		storage := "https://storage.gamma.test:" + serveTLS(l.T, l.good(), status(400))
		port := serveTLS(l.T, l.good(), func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".zip") {
				http.Redirect(w, r, storage+"/x.zip?Signature=s3cr3t", http.StatusFound)
				return
			}
			modules(w, r)
		})
		return []Target{l.proxy(port), {Name: "sums", URL: "https://nowhere.test", Kind: KindSumDB, Via: []Via{{URL: "https://proxy.alpha.test:" + port}}},
			{Name: "git.delta.test", URL: "https://git.delta.test:" + serveTLS(l.T, l.good(), page), Kind: KindVCS}}
	}},
	{name: "healthy HTTP/1.1 only", build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules, func(s *httptest.Server) { s.EnableHTTP2 = false }))}
	}},
	{name: "healthy HTTP/2 only", build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules, func(s *httptest.Server) { s.TLS.NextProtos = []string{"h2"} }))}
	}},
	{name: "healthy plain HTTP", build: func(l *lab) []Target {
		return []Target{{Name: "alpha", URL: "http://proxy.alpha.test:" + serve(l.T, modules), Kind: KindProxy}}
	}},
	{name: "healthy without the module", build: func(l *lab) []Target { return []Target{l.proxy(serveTLS(l.T, l.good(), status(404)))} }},
	{name: "healthy, IPv6 refused", build: func(l *lab) []Target {
		l.zone["proxy.alpha.test"] = []string{"127.0.0.1", "::1"}
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules))}
	}},
	{name: "healthy sum database directly", build: func(l *lab) []Target {
		proxy := "https://proxy.alpha.test:" + serveTLS(l.T, l.good(), status(404))
		return []Target{{Name: "sums", URL: "https://sums.beta.test:" + serveTLS(l.T, l.good(), modules), Kind: KindSumDB, Via: []Via{{URL: proxy}}}}
	}},

	// Names.
	{name: "no such name", fault: NoSuchName, build: func(l *lab) []Target {
		delete(l.zone, "proxy.alpha.test")
		return []Target{l.proxy("443"), l.sound()}
	}},
	{name: "no address", fault: NoAddress, build: func(l *lab) []Target {
		l.zone["proxy.alpha.test"] = nil
		return []Target{l.proxy("443"), l.sound()}
	}},
	{name: "name server fails", fault: NameServersFail, says: "SERVFAIL", build: func(l *lab) []Target {
		l.zone["proxy.alpha.test"] = []string{serverFails}
		return []Target{l.proxy("443"), l.sound()}
	}},
	{name: "name servers refuse everything", fault: NameServersFail, machine: true, targets: []string{"alpha", "beta"}, says: "REFUSED", build: func(l *lab) []Target {
		l.zone["proxy.alpha.test"], l.zone["sums.beta.test"] = []string{serverRefuses}, []string{serverRefuses}
		return []Target{l.proxy("443"), l.proxy2("443")}
	}},
	{name: "name servers silent", fault: NameServersSilent, machine: true, targets: []string{"alpha", "beta"}, build: func(l *lab) []Target {
		l.budget = 3 * time.Second
		l.zone["proxy.alpha.test"], l.zone["sums.beta.test"] = []string{serverSilent}, []string{serverSilent}
		return []Target{l.proxy("443"), l.proxy2("443")}
	}},
	{name: "system's resolver knows no name", fault: NameDiffers, says: "127.0.0.1", build: func(l *lab) []Target {
		l.direct = zone{"proxy.alpha.test": {"127.0.0.1"}, "sums.beta.test": {"127.0.0.1"}}
		delete(l.zone, "proxy.alpha.test")
		return []Target{l.proxy("443"), l.sound()}
	}},
	{name: "stale hosts file", fault: NameDiffers, says: "the name servers say 127.0.0.1", build: func(l *lab) []Target {
		atLinux(l)
		l.direct = zone{"proxy.alpha.test": {"127.0.0.1"}, "sums.beta.test": {"127.0.0.1"}}
		l.zone["proxy.alpha.test"] = []string{"127.0.0.2"}
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules)), l.sound()}
	}},
	{name: "name blocked", fault: NameBlocked, build: func(l *lab) []Target {
		l.zone["proxy.alpha.test"] = []string{"0.0.0.0", "::"}
		return []Target{l.proxy("443"), l.sound()}
	}},

	// Connections.
	{name: "refused", fault: Refused, build: func(l *lab) []Target { return []Target{l.proxy(closedPort(l.T)), l.sound()} }},
	{name: "all refused", fault: Refused, machine: true, targets: []string{"alpha", "beta"}, build: func(l *lab) []Target {
		return []Target{l.proxy(closedPort(l.T)), l.proxy2(closedPort(l.T))}
	}},
	{name: "unreachable", fault: Unreachable, build: func(l *lab) []Target {
		c, err := net.DialTimeout("tcp", "224.0.0.1:443", 200*time.Millisecond)
		if err == nil {
			c.Close()
		}
		if !isErrno(err, unreachableErrnos) {
			l.Skip("this machine has a route for 224.0.0.1")
		}
		l.zone["proxy.alpha.test"] = []string{"224.0.0.1"}
		return []Target{l.proxy("443"), l.sound()}
	}},
	{name: "black hole", fault: BlackHole, build: func(l *lab) []Target { return []Target{l.proxy(silentPort(l)), l.sound()} }},
	{name: "all in a black hole", fault: BlackHole, machine: true, targets: []string{"alpha", "beta"}, build: func(l *lab) []Target {
		return []Target{l.proxy(silentPort(l)), l.proxy2(silentPort(l))}
	}},
	{name: "IPv4 in a black hole", fault: IPv4Broken, within: 5 * time.Second, build: func(l *lab) []Target {
		port := silentPort(l)
		l.budget = 20 * time.Second
		six, err := net.Listen("tcp", "[::1]:"+port)
		if err != nil {
			l.Skip("no IPv6 here: ", err)
		}
		l.zone["proxy.alpha.test"] = []string{"127.0.0.1", "::1"}
		serveTLS(l.T, l.good(), modules, func(s *httptest.Server) { s.Listener.Close(); s.Listener = six })
		return []Target{l.proxy(port), l.sound()}
	}},
}
