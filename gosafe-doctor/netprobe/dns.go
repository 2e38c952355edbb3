package netprobe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"gosafe/gosafe-doctor/userfile"
)

// An answer is what one name server said when it was asked directly.
type answer struct {
	server string
	addrs  []netip.Addr
	code   int   // the response code (RFC 1035, section 4.1.1)
	err    error // it did not answer
}

// The response codes that matter here.
const (
	codeOK       = 0
	codeNotFound = 3 // NXDOMAIN
)

// codeNames are the names of the response codes as dig prints them.
var codeNames = map[int]string{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

// String says what the server answered.
func (a answer) String() string {
	switch {
	case a.err != nil:
		return fmt.Sprintf("%s: %s", a.server, brief(a.err))
	case a.code != codeOK:
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
		b.addrs, b.code, b.err = askOne(ctx, server, host, typeAAAA)
	}()
	a.addrs, a.code, a.err = askOne(ctx, server, host, typeA)
	both.Wait()
	if a.err == nil {
		a.addrs = append(a.addrs, b.addrs...)
	}
	return a
}

// errNoName is returned for what can be no host name.
var errNoName = errors.New("not a host name")

// The record types that are asked for.
const (
	typeA    = 1
	typeAAAA = 28
)

// askOne asks one question, again each second until ctx ends: datagrams get lost.
func askOne(ctx context.Context, server, host string, kind uint16) ([]netip.Addr, int, error) {
	id := uint16(rand.Uint32())
	query, err := question(id, host, kind)
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
			if addrs, code, ok := reply(buf[:n], id, len(query)); ok {
				return addrs, code, nil
			}
		}
	}
	return nil, 0, ctx.Err()
}

// question is a DNS message that asks for one type of records of host
// (RFC 1035, section 4.1).
func question(id uint16, host string, kind uint16) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0) // recursion desired; one question
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 {
			return nil, errNoName
		}
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	b = append(b, 0)
	b = binary.BigEndian.AppendUint16(b, kind)
	return binary.BigEndian.AppendUint16(b, 1), nil // class IN
}

// reply returns the addresses and the response code of a reply to a question
// that was size bytes long, which the reply repeats. It reports false for what
// is no reply to it.
func reply(b []byte, id uint16, size int) (addrs []netip.Addr, code int, ok bool) {
	if len(b) < 12 || binary.BigEndian.Uint16(b) != id || b[2]&0x80 == 0 {
		return nil, 0, false
	}
	code = int(b[3] & 0xf)
	count := binary.BigEndian.Uint16(b[6:])
	if len(b) < size {
		return nil, code, true // an error need not repeat the question
	}
	for b = b[size:]; count > 0; count-- {
		if b = skipName(b); len(b) < 10 {
			break
		}
		kind, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[8:]))
		if b = b[10:]; len(b) < length {
			break
		}
		if a, isAddr := netip.AddrFromSlice(b[:length]); isAddr && (kind == typeA || kind == typeAAAA) {
			addrs = append(addrs, a)
		}
		b = b[length:]
	}
	return addrs, code, true
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
