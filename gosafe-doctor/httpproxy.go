package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"gosafe/gosafe-doctor/netprobe"
)

// checkHTTPProxy looks at the settings of the HTTP proxy. Values of these
// variables are not shown: they may hold passwords, and in forms that nobody
// would recognise as a URL.
func checkHTTPProxy(ctx context.Context, p *patient) []finding {
	var found []finding
	var inUse []string
	for _, scheme := range []string{"http", "https"} {
		name := strings.ToUpper(scheme) + "_PROXY"
		upper, lower := p.environ(name), p.environ(strings.ToLower(name))
		if upper != "" && lower != "" && upper != lower {
			found = append(found, fault(warning, "proxy-differs", "%s and %s are different: go uses the first, git and curl may use the second", name, strings.ToLower(name)).
				do("unset %s", strings.ToLower(name)))
		}
		// Any host that NO_PROXY does not name will do.
		u := &url.URL{Scheme: scheme, Host: "gosafe-doctor.invalid"}
		proxy, err := netprobe.HTTPProxy(p.environWithout("NO_PROXY"), u)
		if err != nil {
			found = append(found, fault(broken, "proxy-invalid", "%s cannot be used: go fails at every request", name).saw("%v", err).do("export %s=http://HOST:PORT", name))
			continue
		}
		if proxy == nil {
			continue
		}
		at := proxyAddr(proxy)
		if slices.Contains(inUse, at) {
			continue
		}
		inUse = append(inUse, at)
		if p.examines("network") {
			continue // its checks go through the proxy, and tell more
		}
		p.waiting("httpproxy", at)
		d := net.Dialer{Timeout: 2 * time.Second}
		c, err := d.DialContext(ctx, "tcp", at)
		if err != nil {
			found = append(found, fault(broken, "proxy-unreachable", "the HTTP proxy %s does not answer", at).saw("%s: %v", name, err).do("correct %s, or unset it if there is no proxy here", name))
			continue
		}
		c.Close()
	}
	if p.environ("REQUEST_METHOD") != "" && inUse != nil {
		found = append(found, fault(warning, "proxy-cgi", "HTTP_PROXY is ignored, since REQUEST_METHOD is set (as in a CGI program)").do("unset REQUEST_METHOD"))
	}
	found = append(found, p.judgeNoProxy()...)
	if git := p.gitValue("http.proxy"); git != "" {
		if u, err := url.Parse(git); err == nil && !slices.Contains(inUse, proxyAddr(u)) {
			found = append(found, fault(note, "proxy-git", "git goes through an HTTP proxy of its own (http.proxy), go does not"))
		}
	}
	if found != nil {
		return found
	}
	if inUse == nil {
		return fine("no HTTP proxy is set")
	}
	return fine("HTTP proxy %s", strings.Join(inUse, ", "))
}

// environWithout reads the environment as if one variable were not set.
func (p *patient) environWithout(name string) func(string) string {
	return func(key string) string {
		if strings.EqualFold(key, name) {
			return ""
		}
		return p.environ(key)
	}
}

// proxyAddr is the address of a proxy.
func proxyAddr(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), nonEmpty(port, "80"))
}

// judgeNoProxy names the entries of NO_PROXY that match nothing: blanks go,
// but a scheme or a path make no host (golang.org/x/net/http/httpproxy).
func (p *patient) judgeNoProxy() []finding {
	value := nonEmpty(p.environ("NO_PROXY"), p.environ("no_proxy"))
	var bad []string
	for _, entry := range strings.Split(value, ",") {
		entry = strings.TrimSpace(entry)
		_, _, cidr := strings.Cut(entry, "/")
		if strings.Contains(entry, "://") || strings.ContainsAny(entry, " ;") {
			bad = append(bad, fmt.Sprintf("%q", entry))
		} else if cidr {
			if _, _, err := net.ParseCIDR(entry); err != nil {
				bad = append(bad, fmt.Sprintf("%q", entry))
			}
		}
	}
	if bad == nil {
		return nil
	}
	return []finding{fault(warning, "no-proxy-entry", "NO_PROXY has an entry that matches no host").saw("%s", strings.Join(bad, " ")).
		do("write hosts, .domains, addresses or address ranges, separated by commas")}
}
