package netprobe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"gosafe/classify"
)

// brief returns the innermost words of a network error: what happened, not
// which call met it.
func brief(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var call *os.SyscallError
	switch {
	case errors.As(err, &dns):
		return classify.Printable(dns.Err)
	case isTimeout(err):
		return "no answer in time"
	case errors.As(err, &call):
		err = call.Err
	case errors.As(err, &op):
		err = op.Err
	}
	return classify.Printable(err.Error())
}

// isTimeout reports whether err means that time ran out.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// isCut reports whether the other side, or something between, ended the connection.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isErrno(err, cutErrnos)
}

// isErrno reports whether err is one of the numbers of the operating system.
func isErrno(err error, numbers []syscall.Errno) bool {
	var e syscall.Errno
	if !errors.As(err, &e) {
		return false
	}
	for _, n := range numbers {
		if e == n {
			return true
		}
	}
	return false
}

// join lists addresses, at most four of them.
func join(addrs []netip.Addr) string {
	var texts []string
	for i, a := range addrs {
		if i == 4 {
			texts = append(texts, "…")
			break
		}
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// span prints a duration to three digits at most.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + span(-d)
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 2*time.Minute:
		return d.Round(100 * time.Millisecond).String()
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}
