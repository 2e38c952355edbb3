//go:build !linux

package wrapper

import (
	"errors"
	"syscall"
	"time"

	"gosafe/internal/socket"
)

// canLook: what a process tree does cannot be seen here without a program of
// the system's (macOS) or a job of our own that every child would be put into
// (Windows).
func canLook() bool { return false }

type tree struct{}

func connects(int) bool                             { return false }
func lookAt(int) (tree, error)                      { return tree{}, errors.ErrUnsupported }
func (tree) movedSince(tree, time.Duration) bool    { return true }
func (tree) busy() bool                             { return false }
func (tree) lockHolder() (int, string, bool)        { return 0, "", false }
func (tree) waitsForNetwork() (stall Stall, _ bool) { return stall, false }
func (tree) connecting() (stall Stall, _ bool)      { return stall, false }
func (tree) signal(syscall.Signal)                  {}
func (tree) alive() bool                            { return false }
func answers(socket.Peer) bool                      { return false }
