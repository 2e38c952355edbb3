package wrapper

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// ErrStopped is returned by Run if a signal came before the program started.
var ErrStopped = errors.New("stopped by a signal")

// Signals passes on the signals that are meant for the go command to the child
// that is running, and remembers that one came: then nothing is started again.
//
// SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are always passed on: they reach us
// alone. SIGINT and SIGQUIT are passed on unless they were typed at our
// terminal, which has sent them to the child as well. A signal that was ignored
// when we were started stays ignored, for the child too (nohup, trap ” INT).
type Signals struct {
	c      chan os.Signal
	done   chan struct{}
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	child   *os.Process
	stop    syscall.Signal
	resumed int
}

// Listen starts to catch the signals. Close ends that.
func Listen() *Signals {
	s := &Signals{c: make(chan os.Signal, 16), done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, sig := range watched {
		// Notify would make an ignored signal a caught one.
		if !signal.Ignored(sig) {
			signal.Notify(s.c, sig)
		}
	}
	go s.run()
	return s
}

// Close lets the signals act on us again as they did before.
func (s *Signals) Close() {
	signal.Stop(s.c)
	close(s.done)
	s.cancel()
}

// Context is done as soon as a signal has come.
func (s *Signals) Context() context.Context { return s.ctx }

// Stopped returns the first signal that came, or 0.
func (s *Signals) Stopped() syscall.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop
}

// Resumed counts how often we went on after having been stopped (Ctrl-Z, fg).
// The time in between is nobody's waiting.
func (s *Signals) Resumed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resumed
}

func (s *Signals) run() {
	for {
		select {
		case <-s.done:
			return
		case sig := <-s.c:
			if n, ok := sig.(syscall.Signal); ok {
				s.handle(n)
			}
		}
	}
}

func (s *Signals) handle(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sig == resume {
		s.resumed++
		return
	}
	// go ignores SIGUSR1 and SIGUSR2, which batch systems send as warnings:
	// only whoever stands behind us may make something of them.
	if !ignoredByGo(sig) {
		if s.stop == 0 {
			s.stop = sig
		}
		s.cancel()
	}
	if s.child != nil && !reachesChild(sig) {
		s.child.Signal(sig)
	}
}

// start starts a child unless a signal has come already: under one lock, so
// that a signal finds either no child, and prevents one, or a child to go to.
func (s *Signals) start(start func() (*os.Process, error)) (*os.Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != 0 {
		return nil, ErrStopped
	}
	p, err := start()
	s.child = p
	return p, err
}

func (s *Signals) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = nil
}
