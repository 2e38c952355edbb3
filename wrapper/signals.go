package wrapper

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// ErrStopped is returned by Run if a signal came before the program started.
var ErrStopped = errors.New("stopped by a signal")

// Signals passes on the signals that are meant for the go command to the child
// that is running, and remembers that one came: then nothing is started again.
//
// What was sent to our whole group the child has had already, and is not passed
// on; a witness knows. Where there is none, SIGINT and SIGQUIT count as typed if
// our group is the terminal's foreground group, and all else as sent to us alone.
// A signal that was ignored when we were started stays ignored, for the child
// too (nohup, trap ” INT).
type Signals struct {
	c      chan os.Signal
	ready  chan struct{} // closed when all of them are caught
	done   chan struct{}
	gone   chan struct{} // closed when the last one has been handled
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	child   *child
	stop    syscall.Signal
	closed  bool
	witness *witness
	spent   bool        // it has seen a signal, and another one has to take its place
	soon    *time.Timer // until it is time for a witness
	late    bool        // it has come, and there is none

	ran    time.Time     // when we ran last, to the second
	paused time.Duration // how long we did not
	beat   *time.Timer
}

// witnessAfter is when a witness is called, if a child runs by then: it costs a
// tenth of what the shortest commands do, and those are over.
const witnessAfter = 30 * time.Millisecond

// overdue is how long we may still be there after a signal that came while no child
// was running, or that no child survives. Whatever keeps us then may keep us for
// ever: a reader that takes nothing of what go has said, or of what we say. Go
// itself would have died in the middle of writing that, so nobody gets less.
const overdue = 3 * time.Second

// beatEvery is how often we look whether we have been running all the time.
const beatEvery = time.Second

// Listen starts to catch the signals. Close ends that.
func Listen() *Signals {
	s := &Signals{c: make(chan os.Signal, 16), ready: make(chan struct{}), done: make(chan struct{}), gone: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.catch()
	// Now, and not with the child: a timer that is set once others wait for
	// the network poller wakes a thread.
	s.soon = time.AfterFunc(witnessAfter, s.callWitness)
	s.mu.Lock() // we may be stopped here, until the first tick
	s.ran, s.beat = time.Now(), time.AfterFunc(beatEvery, s.tick)
	s.mu.Unlock()
	go s.run()
	return s
}

// catch has the signals caught. The runtime takes half a millisecond for seven
// of them, which is as long as a process takes to start.
func (s *Signals) catch() {
	defer close(s.ready)
	for _, sig := range watched {
		// Notify would make an ignored signal a caught one.
		if !signal.Ignored(sig) {
			signal.Notify(s.c, sig)
		}
	}
}

// Close lets the signals act on us again as they did before. Stopped then knows
// all that have come.
func (s *Signals) Close() {
	<-s.ready
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return
	}
	signal.Stop(s.c) // what has come by now is in the channel, or with run
	close(s.done)
	<-s.gone
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel()
	s.soon.Stop()
	s.beat.Stop()
}

// CloseOrDie is Close for who goes on to run something else: if a signal has come,
// nothing is run any more, and this process dies of it.
func (s *Signals) CloseOrDie() {
	s.Close()
	if stop := s.Stopped(); stop != 0 {
		Die(stop)
	}
}

// Settle is for whom the command has ended, and who still has to write what it
// said: that may take as long as its reader likes, and a signal ends us then, as it
// would have ended go. One that came before is answered by how the command ended.
func (s *Signals) Settle() {
	if s.Stopped() != 0 {
		s.Close()
		return
	}
	s.CloseOrDie()
}

// callWitness has a witness until the child ends.
func (s *Signals) callWitness() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.late = s.child == nil; !s.late {
		s.witness = newWitness()
	}
}

// Context is done as soon as a signal has come.
func (s *Signals) Context() context.Context { return s.ctx }

// Stopped returns the first signal that came, or 0.
func (s *Signals) Stopped() syscall.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop
}

// Paused returns how long we have been kept from running since Listen, to the
// second: stopped with the job (Ctrl-Z), or frozen with the container. That is
// nobody's waiting.
//
// A clock that was not looked at tells that, and SIGCONT does not: it wakes the
// child, too, which may have failed before ours has come through os/signal; and
// who freezes sends none.
func (s *Signals) Paused() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.paused
}

func (s *Signals) look() {
	now := time.Now()
	if gap := now.Sub(s.ran); gap > 2*beatEvery {
		s.paused += gap - beatEvery
	}
	s.ran = now
}

func (s *Signals) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if !s.closed {
		s.beat.Reset(beatEvery)
	}
}

func (s *Signals) run() {
	defer close(s.gone)
	for {
		select {
		case sig := <-s.c:
			s.handle(sig.(syscall.Signal))
		case <-s.done:
			for len(s.c) > 0 { // of two that are ready, select takes any
				s.handle((<-s.c).(syscall.Signal))
			}
			return
		}
	}
}

func (s *Signals) handle(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// go ignores SIGUSR1 and SIGUSR2, which batch systems send as warnings:
	// only whoever stands behind us may make something of them.
	if !ignoredByGo(sig) {
		if s.stop == 0 {
			s.stop = sig
		}
		s.cancel()
		if s.child == nil {
			s.dieOf(sig)
		}
	}
	if s.child != nil && !s.reachesChild(sig) {
		s.child.signal(sig)
	}
}

// expire is for the end of a child: if a signal has come, and it died of one, we
// have to end too. So we have if it ended by itself: go survives INT and QUIT alone
// (cmd/go/internal/base, signalsToIgnore), and the others came too late for it.
func (s *Signals) expire(died bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != 0 && (died || s.stop != syscall.SIGINT && s.stop != syscall.SIGQUIT) {
		s.dieOf(s.stop)
	}
}

// dieOf has us die of a signal, if we do not end before.
func (s *Signals) dieOf(sig syscall.Signal) { time.AfterFunc(overdue, func() { Die(sig) }) }

// reachesChild reports whether the sender of sig has sent it to the child too.
func (s *Signals) reachesChild(sig syscall.Signal) bool {
	all, known := s.witness.saw(sig)
	if !known {
		return typed(sig)
	}
	// What it has seen would count as sent to all for ever. But what is waiting in the
	// channel has come in its time: two keys, perhaps, before the first was handled.
	s.spent = s.spent || all
	if s.spent && len(s.c) == 0 {
		s.witness.dismiss()
		s.witness.collect()
		s.witness, s.spent = newWitness(), false
	}
	return all
}

// start starts a child unless a signal has come already: under one lock, so
// that a signal finds either no child, and prevents one, or a child to go to.
//
// Where a child dies with us, it is started while the signals are still being
// caught. One that comes just then ends us both, as it would have ended go, which
// catches none either before it has begun to work.
func (s *Signals) start(start func() (*child, error)) (*child, error) {
	if childAttr() == nil {
		<-s.ready
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != 0 {
		return nil, ErrStopped
	}
	p, err := start()
	s.child = p
	if s.late {
		s.late = false
		s.soon.Reset(witnessAfter)
	}
	<-s.ready
	return p, err
}

// ended ends what there was for the child that has just ended. The witness is
// dismissed now, and collected by the function returned, when there was time for it
// to end: nobody may ask how if we do not.
func (s *Signals) ended() (collect func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.witness
	s.child, s.witness, s.spent = nil, nil, false
	s.late = s.late || w != nil
	w.dismiss()
	return w.collect
}
