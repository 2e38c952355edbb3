package netprobe

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// casesHTTP: portals, pages, servers.
var casesHTTP = []caseOf{
	// Captive portals, and pages that are none.
	{name: "captive portal, plain HTTP", fault: CaptivePortal, machine: true, says: "Hotel Wifi", build: func(l *lab) []Target {
		return []Target{{Name: "alpha", URL: "http://proxy.alpha.test:" + serve(l.T, page), Kind: KindProxy}}
	}},
	{name: "captive portal redirects", fault: CaptivePortal, machine: true, says: "login.portal.test", build: func(l *lab) []Target {
		to := func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://login.portal.test/", http.StatusFound)
		}
		return []Target{{Name: "alpha", URL: "http://proxy.alpha.test:" + serve(l.T, to), Kind: KindProxy}}
	}},
	{name: "captive portal, a git host in plain", fault: CaptivePortal, machine: true, build: func(l *lab) []Target {
		port := serve(l.T, page)
		return []Target{{Name: "alpha", URL: "http://proxy.alpha.test:" + port, Kind: KindProxy}, {Name: "git", URL: "http://git.delta.test:" + port, Kind: KindVCS}}
	}},
	{name: "captive portal by TLS", fault: CaptivePortal, machine: true, targets: []string{"alpha", "beta", "git"}, build: func(l *lab) []Target {
		port := serveTLS(l.T, l.foreign.leaf([]string{"portal.hotel.test"}, selfSigned), page)
		return []Target{l.proxy(port), l.proxy2(port), {Name: "git", URL: "https://git.delta.test:" + port, Kind: KindVCS}}
	}},
	{name: "captive portal, 511", fault: CaptivePortal, machine: true, build: func(l *lab) []Target {
		return []Target{{Name: "alpha", URL: "http://proxy.alpha.test:" + serve(l.T, status(511)), Kind: KindProxy}, l.sound()}
	}},
	{name: "captive portal in place of TLS", fault: CaptivePortal, machine: true, says: "Hotel Wifi", build: func(l *lab) []Target { return []Target{l.proxy(serve(l.T, page))} }},
	{name: "web page", fault: WebPage, build: func(l *lab) []Target { return []Target{l.proxy(serveTLS(l.T, l.good(), page)), l.sound()} }},
	{name: "web page in plain, others sound", fault: WebPage, build: func(l *lab) []Target {
		return []Target{{Name: "alpha", URL: "http://proxy.alpha.test:" + serve(l.T, page), Kind: KindProxy}, l.sound()}
	}},
	{name: "login page", fault: WebPage, build: func(l *lab) []Target {
		to := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/users/sign_in", http.StatusFound) }
		return []Target{l.proxy(serveTLS(l.T, l.good(), to)), l.sound()}
	}},

	// Servers.
	{name: "502", fault: ServerError, says: "502", build: func(l *lab) []Target { return []Target{l.proxy(serveTLS(l.T, l.good(), status(502))), l.sound()} }},
	{name: "503 everywhere", fault: ServerError, machine: true, targets: []string{"alpha", "beta"}, build: func(l *lab) []Target {
		return []Target{l.proxy(serveTLS(l.T, l.good(), status(503))), l.proxy2(serveTLS(l.T, l.good(), status(503)))}
	}},
	{name: "silent server", fault: ServerSilent, build: func(l *lab) []Target {
		l.budget = 4 * time.Second
		wait := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		return []Target{l.proxy(serveTLS(l.T, l.good(), wait, func(s *httptest.Server) { s.EnableHTTP2 = false })), l.sound()}
	}},
	{name: "no answer", fault: ServerReset, build: func(l *lab) []Target {
		end := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
		return []Target{l.proxy(serveTLS(l.T, l.good(), end)), l.sound()}
	}},
	{name: "HTTP/2 broken", fault: HTTP2Broken, build: func(l *lab) []Target {
		only1 := func(s *httptest.Server) {
			s.TLS.NextProtos = []string{"h2", "http/1.1"}
			s.EnableHTTP2 = false
			s.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": func(_ *http.Server, c *tls.Conn, _ http.Handler) { c.Close() }}
		}
		return []Target{l.proxy(serveTLS(l.T, l.good(), modules, only1)), l.sound()}
	}},
	{name: "429", fault: RateLimited, build: func(l *lab) []Target { return []Target{l.proxy(serveTLS(l.T, l.good(), status(429))), l.sound()} }},
	{name: "401", fault: WantsCredentials, build: func(l *lab) []Target { return []Target{l.proxy(serveTLS(l.T, l.good(), status(401))), l.sound()} }},
	{name: "403", fault: Forbidden, build: func(l *lab) []Target { return []Target{l.proxy(serveTLS(l.T, l.good(), status(403))), l.sound()} }},
	{name: "no module proxy", fault: NoModuleProxy, build: func(l *lab) []Target {
		hello := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello\n") }
		return []Target{l.proxy(serveTLS(l.T, l.good(), hello)), l.sound()}
	}},
	{name: "bad URL", fault: BadURL, build: func(l *lab) []Target {
		return []Target{{Name: "alpha", URL: "proxy.alpha.test", Kind: KindProxy}, l.sound()}
	}},
	{name: "credentials without TLS", fault: InsecureLogin, build: func(l *lab) []Target {
		return []Target{{Name: "alpha", URL: "http://me:s3cr3t@proxy.alpha.test", Kind: KindProxy}, l.sound()}
	}},
	{name: "storage refused", fault: Refused, targets: []string{"storage.gamma.test"}, build: func(l *lab) []Target {
		storage := "https://storage.gamma.test:" + closedPort(l.T)
		port := serveTLS(l.T, l.good(), func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".zip") {
				http.Redirect(w, r, storage+"/x.zip", http.StatusFound)
				return
			}
			modules(w, r)
		})
		return []Target{l.proxy(port)}
	}},
	{name: "sum database down", fault: ServerError, targets: []string{"sums"}, build: func(l *lab) []Target {
		proxy := "https://proxy.alpha.test:" + serveTLS(l.T, l.good(), status(410))
		return []Target{{Name: "sums", URL: "https://sums.beta.test:" + serveTLS(l.T, l.good(), status(500)), Kind: KindSumDB, Via: []Via{{URL: proxy}}}}
	}},
	{name: "sum database behind the proxy down", fault: ServerError, targets: []string{"sums"}, says: "the checksum database sums behind proxy.alpha.test", build: func(l *lab) []Target {
		port := serveTLS(l.T, l.good(), func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/sumdb/") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			modules(w, r)
		})
		return []Target{l.proxy(port), {Name: "sums", URL: "https://sums.beta.test:1", Kind: KindSumDB, Via: []Via{{URL: "https://proxy.alpha.test:" + port}}}}
	}},
	{name: "first proxy of the sum database refused, the next behind |", build: func(l *lab) []Target {
		next := "https://proxy.alpha.test:" + serveTLS(l.T, l.good(), modules)
		return []Target{{Name: "sums", URL: "https://sums.beta.test:1", Kind: KindSumDB, Via: []Via{{"https://proxy.alpha.test:" + closedPort(l.T), true}, {next, false}}}}
	}},
	{name: "proxy of the sum database refused, direct behind |", build: func(l *lab) []Target {
		at := "https://sums.beta.test:" + serveTLS(l.T, l.good(), modules)
		return []Target{{Name: "sums", URL: at, Kind: KindSumDB, Via: []Via{{"https://proxy.alpha.test:" + closedPort(l.T), true}, {"direct", false}}}}
	}},
	{name: "proxy of the sum database refused, nothing behind |", fault: Refused, targets: []string{"sums"}, build: func(l *lab) []Target {
		at := "https://sums.beta.test:" + serveTLS(l.T, l.good(), modules)
		without := "https://proxy.alpha.test:" + serveTLS(l.T, l.good(), status(404))
		return []Target{{Name: "sums", URL: at, Kind: KindSumDB, Via: []Via{{"https://proxy.alpha.test:" + closedPort(l.T), true}, {without, false}}}}
	}},
	{name: "proxy of the sum database refused,", fault: Refused, targets: []string{"sums"}, build: func(l *lab) []Target {
		at := "https://sums.beta.test:" + serveTLS(l.T, l.good(), modules)
		return []Target{{Name: "sums", URL: at, Kind: KindSumDB, Via: []Via{{"https://proxy.alpha.test:" + closedPort(l.T), false}, {"direct", false}}}}
	}},
	{name: "two of three refused", fault: Refused, targets: []string{"alpha", "beta"}, says: "Each of proxy.alpha.test:", build: func(l *lab) []Target {
		return []Target{l.proxy(closedPort(l.T)), l.proxy2(closedPort(l.T)), {Name: "git", URL: "https://git.delta.test:" + serveTLS(l.T, l.good(), page), Kind: KindVCS}}
	}},
	{name: "proxy of the sum database refused", fault: Refused, targets: []string{"alpha", "sums"}, build: func(l *lab) []Target {
		port := closedPort(l.T)
		return []Target{l.proxy(port), {Name: "sums", URL: "https://sums.beta.test:1", Kind: KindSumDB, Via: []Via{{URL: "https://proxy.alpha.test:" + port}}}}
	}},
}
