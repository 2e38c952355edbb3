package call

import (
	"bytes"
	"os"
	"time"

	"gosafe/wrapper"
)

// An Attempt is one run of the real go as our child, ended.
type Attempt struct {
	wrapper.Result
	Began time.Time

	// Hold is the attempt's standard output, as long as that is held back.
	// Merged says that its standard error is among it, at its place.
	Hold   *wrapper.Hold
	Merged bool
}

// Connect gives the command our standard input and output. If that output is
// data, of which a failed attempt's share must not be seen, it is held back.
func (a *Attempt) Connect(cmd *wrapper.Command, data bool) {
	cmd.Stdin = os.Stdin
	same := wrapper.SameFile(os.Stdout, os.Stderr)
	switch {
	case data && same && !wrapper.IsTerminal(os.Stderr):
		// One pipe keeps the order that the reader of this file sees; so what
		// is said on standard error is held back with the data.
		a.Hold = wrapper.NewHold(os.Stderr)
		cmd.Stderr, cmd.Merge = a.Hold, true
	case data:
		a.Hold = wrapper.NewHold(os.Stdout)
		cmd.Stdout = a.Hold
	default:
		cmd.Merge = same
	}
	a.Merged = cmd.Merge
}

// Locked tells, of a process and its name, that it holds a lock that go waits
// for: go itself says nothing, and waits for ever.
const Locked = "go is waiting for a lock that process %d (%s) holds"

// maxStdout bounds how much of a held output is looked through.
const maxStdout = 64 << 20

// Stdout returns what is held back of the standard output alone.
func (a *Attempt) Stdout() []byte {
	if a.Hold == nil || a.Merged && a.Exit != 0 {
		return nil
	}
	return a.Hold.Bytes(maxStdout)
}

// MayConceal reports whether the attempt has exited 0 and holds back what may
// tell of a failure all the same (go list -e -json): classify.Concealed begins with
// the same look.
func (a *Attempt) MayConceal() bool {
	return a.Exit == 0 && a.Hold != nil && !a.Gone() && bytes.Contains(a.Stdout(), []byte(`"Err`))
}

// Gone reports whether any of its standard output has left: then it must not be
// made again.
func (a *Attempt) Gone() bool { return a.Hold != nil && a.Hold.Gone() }

// Stalled reports whether it was ended because nothing moved, rather than by
// itself in the last moment.
func (a *Attempt) Stalled() bool { return a.Stall != nil && (a.Signal != 0 || a.Exit != 0) }

// Drop forgets what is held back: it was not the last attempt.
func (a *Attempt) Drop() {
	if a.Hold != nil {
		a.Hold.Drop()
		a.Hold = nil
	}
}

// Release lets go what is held back. If that fails after a success, the exit
// status becomes 1, as go's is for what is longer than its buffer; unless
// nothing of this run has been seen. Whether go minds a full disk depends on the
// command and on how much it has to say; this one has changed nothing that a
// second one would: go had better meet the disk itself.
func (a *Attempt) Release() (unseen bool, err error) {
	if a.Hold == nil {
		return false, nil
	}
	err = a.Hold.Release()
	seen := a.Hold.Seen() || len(a.Stderr) > 0
	a.Hold = nil
	if err == nil || a.Exit != 0 {
		return false, nil
	}
	a.Exit = 1
	return !seen, err
}

// End lets go what is held back, and returns the exit status of an attempt that
// stands as it is, or dies of its signal.
func (a *Attempt) End() int {
	a.Release()
	switch {
	case a.Stalled():
		return 1 // as go exits after a failed download
	case a.Signal != 0:
		wrapper.Die(a.Signal)
	}
	return a.Exit
}
