package retry

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gosafe/internal/dns"
	"gosafe/internal/socket"
)

// errNoAddress is returned for a name that has none, or none that the probe
// can find.
var errNoAddress = errors.New("no address")

// resolve returns addresses of host: its own if it is one, those of
// /etc/hosts, or those that the first name server of /etc/resolv.conf that
// answers gives. What else the system may look in (nsswitch.conf) is not asked:
// a probe that finds nothing shortens no wait, and does no other harm.
func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.WithZone("")}, nil
	}
	if addrs := fromHosts(host); len(addrs) > 0 {
		return addrs, nil
	}
	for _, server := range nameServers() {
		if addrs, err := ask(ctx, server, host); err == nil && len(addrs) > 0 {
			return addrs, nil
		}
	}
	return nil, errNoAddress
}

// fromHosts looks host up in /etc/hosts (hosts(5)).
func fromHosts(host string) (addrs []netip.Addr) {
	for _, f := range fieldsOf("/etc/hosts") {
		a, err := netip.ParseAddr(f[0])
		if err != nil {
			continue
		}
		for _, name := range f[1:] {
			if strings.EqualFold(name, host) {
				addrs = append(addrs, a.WithZone(""))
			}
		}
	}
	return addrs
}

// nameServers returns those of /etc/resolv.conf, at most three, and the local
// one if there are none (resolv.conf(5)).
func nameServers() (servers []netip.Addr) {
	for _, f := range fieldsOf("/etc/resolv.conf") {
		if f[0] != "nameserver" || len(f) < 2 || len(servers) == 3 {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			servers = append(servers, a.WithZone(""))
		}
	}
	if len(servers) == 0 {
		servers = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	return servers
}

// fieldsOf returns the fields of each line that has some, without comments.
func fieldsOf(file string) (all [][]string) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 0 {
			all = append(all, f)
		}
	}
	return all
}

// ask asks one name server for the IPv4 addresses of host, once, by UDP.
func ask(ctx context.Context, server netip.Addr, host string) ([]netip.Addr, error) {
	fd, err := socket.Open(peer(server, 53).IP, unix.SOCK_DGRAM)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, socket.Sockaddr(peer(server, 53))); err != nil {
		return nil, err
	}
	id := uint16(rand.Uint32())
	query, err := dns.Question(id, host, dns.A)
	if err != nil {
		return nil, err
	}
	if _, err := unix.Write(fd, query); err != nil {
		return nil, err
	}
	if err := socket.Await(ctx, fd, unix.POLLIN); err != nil {
		return nil, err
	}
	buf := make([]byte, 1500)
	n, err := unix.Read(fd, buf)
	if err != nil {
		return nil, err
	}
	addrs, code, ok := dns.Reply(buf[:n], id, len(query))
	if !ok || code != dns.OK {
		return nil, errNoAddress
	}
	return addrs, nil
}
