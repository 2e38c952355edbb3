package wrapper

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// A Command is one run of a program as our child.
type Command struct {
	Path string
	Argv []string
	Env  []string

	Stdin  *os.File  // nil: the null device
	Stdout io.Writer // nil: our own standard output, by descriptor
	Stderr io.Writer // gets standard error as it comes; a copy is kept in the Result
	Merge  bool      // standard output goes where standard error goes, through the same pipe, so that their order is kept
	Watch  Watch     // ends a run that waits for the network for ever
}

// A Result is how a run ended.
type Result struct {
	Exit   int            // exit status; -1 if Signal is set
	Signal syscall.Signal // the signal that killed the process, or 0
	Stderr []byte         // bounded: the first 64 KiB and the last 192 KiB
	Stall  *Stall         // set if it was ended because nothing moved
}

// lingering is how long after the end of the process its output is waited for.
// It is all in the pipe by then; only a grandchild that keeps the pipe open (an
// ssh master, a credential daemon) lets this pass.
const lingering = 20 * time.Millisecond

// Run runs the command to its end in our own process group, with our
// descriptors but for standard error (and standard output, where asked), and
// with signals passed on as Signals says. The error is that of starting it. A
// status that the system does not give is 1.
//
// On Linux the child gets SIGTERM if we are killed.
func (c Command) Run(sig *Signals) (Result, error) {
	var (
		errPipe, outPipe *pump
		files            = []*os.File{c.Stdin, os.Stdout, nil}
		kept             capture
		parentEnds       []*os.File // our copies of what the child gets
		err              error
	)
	closeEnds := func() {
		for _, f := range parentEnds {
			f.Close()
		}
	}
	if c.Stdin == nil {
		if files[0], err = os.Open(os.DevNull); err != nil {
			return Result{}, err
		}
		parentEnds = append(parentEnds, files[0])
	}
	if errPipe, files[2], err = newPump(c.Stderr, &kept); err != nil {
		closeEnds()
		return Result{}, err
	}
	parentEnds = append(parentEnds, files[2])
	switch {
	case c.Merge:
		files[1] = files[2]
	case c.Stdout != nil:
		if outPipe, files[1], err = newPump(c.Stdout, nil); err != nil {
			closeEnds()
			return Result{}, err
		}
		parentEnds = append(parentEnds, files[1])
	}

	// Pdeathsig is sent when the thread that forked ends (prctl(2)), so this
	// thread has to live as long as the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	proc, err := sig.start(func() (*child, error) { return startChild(c.Path, c.Argv, c.Env, files) })
	closeEnds()
	if err != nil {
		return Result{}, err
	}
	watcher := c.Watch.begin(proc, errPipe.blocked(), outPipe.blocked())
	proc.wait()
	defer sig.ended()() // the second call is the deferred one
	r := Result{Stall: watcher.end()}
	r.Exit, r.Signal, err = proc.collect()
	sig.expire(r.Signal != 0)
	errPipe.finish()
	if outPipe != nil {
		outPipe.finish()
	}
	if err != nil {
		// It has run: nobody may take this for an error of starting it, and start
		// it once more.
		fmt.Fprintf(c.Stderr, "gosafe: how go ended is not known: %v\n", err)
		r.Exit = 1
	}
	r.Stderr = kept.Bytes()
	return r, nil
}

// A pump copies what the child writes, as it comes, until all writers are gone.
type pump struct {
	r       *os.File
	show    io.Writer
	keep    io.Writer // nil: nothing is kept
	drained chan struct{}
	writing atomic.Bool // what was read is being shown, which may take as long as its reader likes
}

// newPump starts a pump and returns the end for the child.
func newPump(show, keep io.Writer) (*pump, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	p := &pump{r: r, show: show, keep: keep, drained: make(chan struct{})}
	go p.run()
	return p, w, nil
}

func (p *pump) run() {
	defer p.r.Close()
	err := p.copy()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		// The child has ended and somebody it started still has the pipe.
		p.r.SetReadDeadline(time.Time{})
		p.takeRest()
		left := p.leave()
		close(p.drained)
		if left {
			return
		}
		p.keep = nil
		switch p.show.(type) {
		case *os.File, Remarks:
		default:
			p.show = io.Discard // a Hold is somebody else's by now
		}
		p.copy() // as long as we live
		return
	}
	close(p.drained)
}

// copy copies until the end of the pipe, its deadline, or an error. It goes on
// reading if what it shows cannot be written: the child must not be stopped by
// a pipe that fills up.
func (p *pump) copy() error {
	buf := make([]byte, 32<<10)
	for {
		n, err := p.r.Read(buf)
		p.take(buf[:n])
		if err != nil {
			return err
		}
	}
}

func (p *pump) take(b []byte) {
	if len(b) == 0 {
		return
	}
	p.writing.Store(true)
	p.show.Write(b)
	p.writing.Store(false)
	if p.keep != nil {
		p.keep.Write(b)
	}
}

// blocked tells whether the child waits for the reader of its output. A nil
// pump blocks nobody.
func (p *pump) blocked() *atomic.Bool {
	if p == nil {
		return nil
	}
	return &p.writing
}

// finish waits, after the child has ended, until all it wrote has been copied.
func (p *pump) finish() {
	if p.r.SetReadDeadline(time.Now().Add(lingering)) == nil {
		<-p.drained
		return
	}
	// No deadlines on this system's pipes: a grandchild costs us ten times as
	// much, and what it writes later is still shown.
	select {
	case <-p.drained:
	case <-time.After(10 * lingering):
	}
}

// SameFile reports whether both are the same file: then the order of what is
// written to them is visible. (Two separate openings of one regular file count
// as the same: who does that gets them overwritten by each other anyway.)
func SameFile(a, b *os.File) bool {
	x, err1 := a.Stat()
	y, err2 := b.Stat()
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// IsTerminal reports whether f is a terminal, or some other device that a
// person watches.
func IsTerminal(f *os.File) bool {
	fi, err := f.Stat()
	if err != nil || fi.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(fi, null)
}
