package netprobe

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// HTTPProxy returns the HTTP proxy through which the go command would ask u:
// that of HTTP_PROXY or HTTPS_PROXY unless NO_PROXY excepts the host; nil
// means directly. The rules are those of golang.org/x/net/http/httpproxy,
// which net/http reads the environment by. The error tells a proxy setting that
// cannot be used.
func HTTPProxy(env func(string) string, u *url.URL) (*url.URL, error) {
	name := "HTTP_PROXY"
	if u.Scheme == "https" {
		name = "HTTPS_PROXY"
	}
	setting := either(env, name)
	if setting == "" || excepted(either(env, "NO_PROXY"), u) {
		return nil, nil
	}
	proxy, err := url.Parse(setting)
	if err != nil || proxy.Scheme == "" || proxy.Host == "" {
		proxy, err = url.Parse("http://" + setting) // "host:port" is enough
	}
	if err != nil || proxy.Hostname() == "" {
		return nil, fmt.Errorf("%s is no URL of a proxy", name)
	}
	switch proxy.Scheme {
	case "http", "https", "socks5", "socks5h":
		return proxy, nil
	}
	return nil, fmt.Errorf("%s has the unknown scheme %q", name, proxy.Scheme)
}

// either reads a variable by its name in capitals or in small letters.
func either(env func(string) string, name string) string {
	if v := env(name); v != "" {
		return v
	}
	return env(strings.ToLower(name))
}

// excepted reports whether NO_PROXY, or the rule that loopback is never
// proxied, excepts the host of u.
func excepted(list string, u *url.URL) bool {
	host, port, _ := net.SplitHostPort(hostPort(u))
	host = strings.ToLower(host)
	addr, err := netip.ParseAddr(host)
	isAddr := err == nil
	if host == "localhost" || isAddr && addr.IsLoopback() {
		return true
	}
	for _, entry := range strings.Split(list, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "*" {
			return true
		}
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			if isAddr && prefix.Contains(addr) {
				return true
			}
			continue
		}
		if h, p, err := net.SplitHostPort(entry); err == nil {
			if p != port {
				continue
			}
			entry = h
		}
		if one, err := netip.ParseAddr(entry); err == nil {
			if isAddr && one == addr {
				return true
			}
			continue
		}
		if !isAddr && inDomain(host, entry) {
			return true
		}
	}
	return false
}

// inDomain reports whether an entry of NO_PROXY means host: "a.b" is the host
// and all below it, ".a.b" and "*.a.b" only what is below.
func inDomain(host, entry string) bool {
	below, only := strings.CutPrefix(strings.TrimPrefix(entry, "*"), ".")
	return below != "" && (strings.HasSuffix(host, "."+below) || !only && host == below)
}
