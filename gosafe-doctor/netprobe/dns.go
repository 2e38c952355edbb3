package netprobe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"gosafe/gosafe-doctor/userfile"
	"gosafe/internal/dns"
)

// An answer is what one name server said when it was asked directly.
type answer struct {
	server string
	addrs  []netip.Addr
	code   int   // the response code (RFC 1035, section 4.1.1)
	err    error // it did not answer
}

// codeNames are the names of the response codes as dig prints them.
var codeNames = map[int]string{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

// String says what the server answered.
func (a answer) String() string {
	switch {
	case a.err != nil:
		return fmt.Sprintf("%s: %s", a.server, brief(a.err))
	case a.code != dns.OK:
		name := codeNames[a.code]
		if name == "" {
			name = fmt.Sprintf("response code %d", a.code)
		}
		return a.server + ": " + name
	case len(a.addrs) == 0:
		return a.server + ": no address"
	}
	return a.server + ": " + join(a.addrs)
}

// nameServers returns the name servers of a resolv.conf, at most three; none
// where there is no such file.
func nameServers(file string) []string {
	servers := []string{}
	data, err := userfile.Read(file)
	if err != nil {
		return servers
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" || len(servers) == 3 {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			servers = append(servers, netip.AddrPortFrom(a, 53).String())
		}
	}
	return servers
}

// askAll asks each server for the addresses of host, all at once.
func askAll(ctx context.Context, servers []string, host string) []answer {
	answers := make([]answer, len(servers))
	var all sync.WaitGroup
	for i, server := range servers {
		all.Add(1)
		go func() {
			defer all.Done()
			answers[i] = askServer(ctx, server, host)
		}()
	}
	all.Wait()
	return answers
}

// askServer asks one server for the A and AAAA records of host, by UDP.
func askServer(ctx context.Context, server, host string) answer {
	a, b := answer{server: server}, answer{}
	var both sync.WaitGroup
	both.Add(1)
	go func() {
		defer both.Done()
		b.addrs, b.code, b.err = askOne(ctx, server, host, dns.AAAA)
	}()
	a.addrs, a.code, a.err = askOne(ctx, server, host, dns.A)
	both.Wait()
	if a.err == nil {
		a.addrs = append(a.addrs, b.addrs...)
	}
	return a
}

// askOne asks one question, again each second until ctx ends: datagrams get lost.
func askOne(ctx context.Context, server, host string, kind uint16) ([]netip.Addr, int, error) {
	id := uint16(rand.Uint32())
	query, err := dns.Question(id, host, kind)
	if err != nil {
		return nil, 0, err
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "udp", server)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	buf := make([]byte, 4096)
	for ctx.Err() == nil {
		if _, err := c.Write(query); err != nil {
			return nil, 0, err
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return nil, 0, context.DeadlineExceeded
		}
		for {
			n, err := c.Read(buf)
			if isTimeout(err) {
				break
			}
			if err != nil {
				if ctx.Err() != nil {
					return nil, 0, ctx.Err()
				}
				return nil, 0, err
			}
			if addrs, code, ok := dns.Reply(buf[:n], id, len(query)); ok {
				return addrs, code, nil
			}
		}
	}
	return nil, 0, ctx.Err()
}
