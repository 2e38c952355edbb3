package retry

import (
	"context"
	"net/url"
	"strings"
	"time"
)

// probeTimeout bounds one look at whether an Endpoint is back.
const probeTimeout = 900 * time.Millisecond

// An Endpoint is a host and port to which a TCP connection shows whether a
// source can be reached again. The zero value is none.
type Endpoint struct{ host, port string }

// endpointOf returns where a request for rawURL connects to: the HTTP proxy
// that the environment names for it, or its own host. getenv looks up the
// environment of the go command.
func endpointOf(rawURL string, getenv func(string) string) Endpoint {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" {
		return Endpoint{}
	}
	if p := httpProxy(u, getenv); p != nil {
		u = p
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	if port == "" {
		return Endpoint{}
	}
	return Endpoint{u.Hostname(), port}
}

func defaultPort(scheme string) string {
	switch scheme {
	case "https":
		return "443"
	case "http":
		return "80"
	case "ssh", "git+ssh":
		return "22"
	case "git":
		return "9418"
	case "socks5", "socks5h":
		return "1080"
	}
	return ""
}

// httpProxy returns the proxy that net/http would use for u, as far as the
// usual variables tell: HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY names the
// host or a domain it is in. An address range in NO_PROXY is not understood;
// then the proxy is looked at instead of the host, which costs no more than a
// wait that ends at its own time.
func httpProxy(u *url.URL, getenv func(string) string) *url.URL {
	name := ""
	switch u.Scheme {
	case "https":
		name = "HTTPS_PROXY"
	case "http":
		name = "HTTP_PROXY"
	default:
		return nil
	}
	value := getenv(name)
	if value == "" {
		value = getenv(strings.ToLower(name))
	}
	if value == "" || isLocal(u.Hostname()) {
		return nil
	}
	exempt := getenv("NO_PROXY")
	if exempt == "" {
		exempt = getenv("no_proxy")
	}
	for _, domain := range strings.Split(exempt, ",") {
		domain = strings.TrimPrefix(strings.TrimSpace(domain), ".")
		if domain == "*" || domain != "" && (u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain)) {
			return nil
		}
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	p, err := url.Parse(value)
	if err != nil || p.Hostname() == "" {
		return nil
	}
	return p
}

// isLocal reports whether net/http never asks a proxy for host
// (golang.org/x/net/http/httpproxy, useProxy).
func isLocal(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// Answers reports whether e accepts a TCP connection now. It takes at most 0.9 s.
func Answers(e Endpoint) bool { return e.answers(context.Background()) }

// answers reports whether e accepts a TCP connection now. Nothing is sent.
func (e Endpoint) answers(ctx context.Context) bool {
	if e == (Endpoint{}) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return dial(ctx, e.host, e.port) == nil
}
