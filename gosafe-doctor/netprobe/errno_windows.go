package netprobe

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// The numbers that a failed connection ends with.
var (
	refusedErrnos     = []syscall.Errno{windows.WSAECONNREFUSED}
	unreachableErrnos = []syscall.Errno{windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAEADDRNOTAVAIL, windows.WSAENETDOWN, windows.WSAEHOSTDOWN, windows.WSAEACCES, windows.WSAEAFNOSUPPORT}
	cutErrnos         = []syscall.Errno{windows.WSAECONNRESET, windows.WSAECONNABORTED}
)
