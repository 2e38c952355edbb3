package retry

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"gosafe/classify"
)

// locateTimeout bounds the name lookups of locate.
const locateTimeout = 2 * time.Second

// locate tells, of connections that nothing came through any more, which source
// is at their other end. If it is none of the proxies in GOPROXY (the checksum
// database, the storage that a proxy sends its clients to), the address has to
// do.
func (s *Sources) locate(ctx context.Context, peers []netip.AddrPort, getenv func(string) string, w *classify.Where) {
	ctx, cancel := context.WithTimeout(ctx, locateTimeout)
	defer cancel()
	for _, e := range s.current() {
		u, err := url.Parse(e.source)
		if !e.isProxy() || err != nil || !endpointOf(e.source, getenv).isAmong(ctx, peers) {
			continue
		}
		if p := httpProxy(u, getenv); p != nil {
			w.Host, w.Proxy = p.Host, true
			return
		}
		u.User = nil
		w.URL, w.Host = u.String(), u.Host
		return
	}
	if len(peers) > 0 {
		w.Host = peers[0].String()
	}
}

// isAmong reports whether one of the peers is this endpoint.
func (e Endpoint) isAmong(ctx context.Context, peers []netip.AddrPort) bool {
	port, err := strconv.ParseUint(e.port, 10, 16)
	if err != nil || !slices.ContainsFunc(peers, func(p netip.AddrPort) bool { return p.Port() == uint16(port) }) {
		return false // nothing to look up
	}
	addrs, err := resolve(ctx, e.host)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(peers, func(p netip.AddrPort) bool {
		return p.Port() == uint16(port) && slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Unmap() == p.Addr() })
	})
}
