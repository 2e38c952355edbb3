// Package dns writes the question for a host's addresses and reads the reply
// (RFC 1035, section 4.1), for those who ask a name server themselves: with the
// C library's resolver, or Go's, it cannot be told which one was asked, and
// package net may link that library.
package dns

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
)

// The record types that can be asked for.
const (
	A    = 1
	AAAA = 28
)

// The response codes that matter here.
const (
	OK       = 0
	NotFound = 3 // NXDOMAIN
)

// ErrName is returned for what can be no host name.
var ErrName = errors.New("not a host name")

// Question is a message that asks for one type of records of host.
func Question(id uint16, host string, kind uint16) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0) // recursion desired; one question
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 {
			return nil, ErrName
		}
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	b = append(b, 0)
	b = binary.BigEndian.AppendUint16(b, kind)
	return binary.BigEndian.AppendUint16(b, 1), nil // class IN
}

// Reply returns the addresses and the response code of a reply to a question
// that was size bytes long, which the reply repeats. It reports false for what
// is no reply to it.
func Reply(b []byte, id uint16, size int) (addrs []netip.Addr, code int, ok bool) {
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
		if a, isAddr := netip.AddrFromSlice(b[:length]); isAddr && (kind == A || kind == AAAA) {
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
