//go:build !linux

package faultproxy

import (
	"errors"
	"fmt"
)

// Silent returns the URL of an address on loopback where TCP connects get no
// answer. It works on Linux only; here it returns an error.
func Silent() (url string, close func(), err error) {
	return "", nil, fmt.Errorf("a silent address: %w", errors.ErrUnsupported)
}
