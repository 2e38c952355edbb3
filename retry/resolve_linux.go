package retry

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/sys/unix"

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
	query, err := question(id, host)
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
	return answer(buf[:n], id, len(query))
}

// question is a DNS message that asks for the A records of host (RFC 1035,
// section 4.1).
func question(id uint16, host string) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0) // recursion desired; one question
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 {
			return nil, errNoAddress
		}
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	return append(b, 0, 0, 1, 0, 1), nil // the root; type A; class IN
}

// answer returns the A records of a reply to a question that was size bytes
// long, which the reply repeats.
func answer(b []byte, id uint16, size int) (addrs []netip.Addr, err error) {
	if len(b) < size || binary.BigEndian.Uint16(b) != id || b[2]&0x80 == 0 || b[3]&0xf != 0 {
		return nil, errNoAddress
	}
	count := binary.BigEndian.Uint16(b[6:])
	for b = b[size:]; count > 0; count-- {
		if b = skipName(b); len(b) < 10 {
			break
		}
		kind, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[8:]))
		if b = b[10:]; len(b) < length {
			break
		}
		if kind == 1 && length == 4 {
			addrs = append(addrs, netip.AddrFrom4([4]byte(b[:4])))
		}
		b = b[length:]
	}
	return addrs, nil
}

// skipName drops a domain name: labels up to the root or to a pointer.
func skipName(b []byte) []byte {
	for len(b) > 0 {
		switch n := int(b[0]); {
		case n == 0:
			return b[1:]
		case n >= 0xc0:
			return b[min(2, len(b)):]
		default:
			b = b[min(1+n, len(b)):]
		}
	}
	return nil
}
