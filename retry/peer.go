package retry

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"gosafe/classify"
	"gosafe/internal/socket"
)

// locateTimeout bounds the name lookups of locate.
const locateTimeout = 2 * time.Second

// locate tells, of connections that nothing came through any more, which source
// is at their other end. If it is none of the proxies in GOPROXY (the checksum
// database, the storage that a proxy sends its clients to), the address has to
// do.
func (s *Sources) locate(ctx context.Context, peers []socket.Peer, getenv func(string) string, w *classify.Where) {
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
		a, _ := netip.AddrFromSlice([]byte(peers[0].IP))
		w.Host = netip.AddrPortFrom(a, peers[0].Port).String()
	}
}

// isAmong reports whether one of the peers is this endpoint.
func (e Endpoint) isAmong(ctx context.Context, peers []socket.Peer) bool {
	port, err := strconv.ParseUint(e.port, 10, 16)
	if err != nil || !slices.ContainsFunc(peers, func(p socket.Peer) bool { return p.Port == uint16(port) }) {
		return false // nothing to look up
	}
	addrs, err := resolve(ctx, e.host)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(addrs, func(a netip.Addr) bool { return slices.Contains(peers, peer(a, uint16(port))) })
}

// peer is an address and a port, for package socket.
func peer(a netip.Addr, port uint16) socket.Peer {
	return socket.Peer{IP: string(a.Unmap().AsSlice()), Port: port}
}
