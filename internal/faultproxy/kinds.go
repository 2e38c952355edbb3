package faultproxy

import (
	"net"
	"strings"
)

// The kinds of faults, for Fault.Kind. Kinds describes each.
const (
	Pass       = "pass"
	Delay      = "delay"
	Status     = "status"
	StatusHTML = "status-html"
	StatusBare = "status-bare"
	Portal     = "portal"
	Redirect   = "redirect"
	Empty      = "empty"
	Garbage    = "garbage"
	Reset      = "reset"
	Close      = "close"
	Stall      = "stall"

	ResetBody = "reset-body"
	Cut       = "cut"
	Abort     = "abort"
	GoAway    = "goaway"
	StallBody = "stall-body"
	Drip      = "drip"
	Truncate  = "truncate"
	Flip      = "flip"
	Zeros     = "zeros"

	ConnReset   = "conn-reset"
	ConnClose   = "conn-close"
	ConnStall   = "conn-stall"
	ConnGarbage = "conn-garbage"
	ConnAlert   = "conn-alert"
)

// A kind is one way to spoil a request or a connection. At most one of its
// three functions is set.
type kind struct {
	name string
	arg  argument // what its argument is
	std  string   // the argument's default
	help string

	blind bool                                 // it needs no content: the upstream is not asked
	alter func(ans answer, arg setting) answer // answers in good order, but something else
	send  func(x *exchange)                    // breaks off, or dawdles
	conn  func(c net.Conn)                     // spoils a connection before any request
}

// kinds is the table of faults.
var kinds = []kind{
	{name: Pass, help: "nothing: the request passes, and no later rule is asked"},
	{name: Delay, arg: argWait, std: "1s", help: "the right answer, after that time", send: sendDelayed},

	// Before any content.
	{name: Status, arg: argStatus, std: "502", help: "that status with a text/plain body; CODE/N adds Retry-After: N (429: 1)", blind: true, alter: alterStatus},
	{name: StatusHTML, arg: argStatus, std: "502", help: "that status with the HTML page of a load balancer", blind: true, alter: alterStatusHTML},
	{name: StatusBare, arg: argStatus, std: "502", help: "that status without a body", blind: true, alter: alterStatusBare},
	{name: Portal, help: "200 with the sign-in page of a captive portal instead of the module", blind: true, alter: alterPortal},
	{name: Redirect, help: "302 to such a sign-in page", blind: true, send: sendRedirect},
	{name: Empty, help: "200 with an empty body", blind: true, alter: alterEmpty},
	{name: Garbage, help: "an answer that is not HTTP", blind: true, send: sendGarbage},
	{name: Reset, help: "TCP reset instead of an answer", blind: true, send: sendReset},
	{name: Close, help: "connection closed without an answer", blind: true, send: sendClose},
	{name: Stall, help: "no answer, for ever", blind: true, send: sendStall},

	// In the content.
	{name: ResetBody, arg: argShare, std: "0.5", help: "TCP reset after that share of the body", send: sendResetBody},
	{name: Cut, arg: argShare, std: "0.5", help: "end of the stream after that share of the promised length", send: sendCut},
	{name: Abort, arg: argShare, std: "0.5", help: "HTTP/1.1: a chunked body without its last chunk; HTTP/2: RST_STREAM with INTERNAL_ERROR", send: sendAbort},
	{name: GoAway, arg: argShare, std: "0.5", help: "HTTP/2: GOAWAY and the connection closed; HTTP/1.1: as cut", send: sendGoAway},
	{name: StallBody, arg: argShare, std: "0.5", help: "no more bytes after that share of the body, for ever", send: sendStallBody},
	{name: Drip, arg: argWait, std: "200ms", help: "the body byte by byte, one in each such time", send: sendDrip},
	{name: Truncate, arg: argShare, std: "0.5", help: "that share of the body as if it were all", alter: alterTruncate},
	{name: Flip, arg: argShare, std: "0.5", help: "the byte at that share of the body inverted", alter: alterFlip},
	{name: Zeros, arg: argShare, std: "0.5", help: "zeros after that share of the body", alter: alterZeros},

	// Before the request. Over TLS, during the handshake.
	{name: ConnReset, help: "TCP reset of the fresh connection", conn: connReset},
	{name: ConnClose, help: "fresh connection closed", conn: connClose},
	{name: ConnStall, help: "connection accepted, then silence, for ever", conn: connStall},
	{name: ConnGarbage, help: "bytes that are neither HTTP nor TLS, then closed", conn: connGarbage},
	{name: ConnAlert, help: "TLS alert: handshake failure", conn: connAlert},
}

// Kinds returns the table of faults as text, one line a kind: its name, its
// argument with the default, and what happens.
func Kinds() string {
	var b strings.Builder
	for _, k := range kinds {
		name := k.name
		if k.arg != argNone {
			name += ":" + k.std
		}
		b.WriteString(name + strings.Repeat(" ", max(1, 18-len(name))) + k.help + "\n")
	}
	return b.String()
}
