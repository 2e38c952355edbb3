//go:build !linux

// Package socket is for Linux; elsewhere package net links no C library.
package socket

import (
	"net"
	"net/netip"
	"time"
)

// patience bounds one look at whether an address is back.
const patience = 900 * time.Millisecond

// Answers reports whether a TCP connection to an address can be made now. It
// takes at most 0.9 s.
func Answers(a netip.AddrPort) bool {
	c, err := net.DialTimeout("tcp", a.String(), patience)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
