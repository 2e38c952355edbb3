//go:build !linux

package retry

import (
	"context"
	"net"
	"net/netip"
)

// resolve returns addresses of host.
func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// dial connects to host and port and hangs up. Package net uses no cgo here.
func dial(ctx context.Context, host, port string) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	return c.Close()
}
