// Package socket makes connections without package net: where a C compiler is
// at hand, that links the C library, and every start of gosafe would be 0.9 ms
// longer for the sake of something that is needed after a failure only.
package socket

// A Peer is the other end of a TCP connection. It is no netip.AddrPort, since
// what package netip initialises takes as long as finding the real go.
type Peer struct {
	IP   string // its 4 or 16 bytes
	Port uint16
}
