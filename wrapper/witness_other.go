//go:build !linux

package wrapper

import "syscall"

// A witness tells what was sent to the whole group. Only Linux shows what is
// pending for another process, so there is none here.
type witness struct{}

func newWitness() *witness { return nil }

func (*witness) saw(syscall.Signal) (all, known bool) { return false, false }

func (*witness) dismiss() {}
func (*witness) collect() {}
