package wrapper

import (
	"sync/atomic"
	"syscall"
	"time"

	"gosafe/internal/socket"
)

// A Watch ends a run that waits for the network and will wait for ever: go has
// no time-out once a request is sent (net/http's default transport), and git
// and ssh have none either.
//
// A run is stalled if for After there was no movement in its process tree: no
// process came or went, none read or wrote a byte, together they used less than
// a hundredth of one processor; and if it waits for the network at all: one of
// them has a socket open that it was not given. It is not stalled while one is
// stopped (SIGSTOP, a debugger), waits for a disk or a processor, has opened a
// terminal (to ask for a passphrase), accepts connections (to be logged in by),
// waits for a file lock, or while what it printed waits to be read; nor while go
// waits for a program that does something else than to fetch: a compiler, a
// credential helper. The
// time that this machine sleeps, or that we are stopped, does not count.
//
// A run all of whose connections are still being made is ended, and its Stall
// marked as Back, when another one to the same place can be made: the system
// repeats a request to connect at ever longer intervals, and go waits for that
// for 30 s.
//
// Only Linux tells that much about processes (proc(5)). Elsewhere no run is
// ever ended.
type Watch struct {
	After time.Duration // 0: a run may take its time

	// Locked is told, once a run, that nothing has moved for After because the
	// run waits for a file lock, and which process holds it. It may block.
	Locked func(holder int, name string)
}

// A Stall is what was seen of a run that was ended because nothing moved.
type Stall struct {
	For   time.Duration
	Back  bool          // what it waited for answers again
	Peers []socket.Peer // the other ends of its TCP connections
	Argv  []string      // of the process that has them
}

// looks is how often a run is looked at in the time after which it is ended.
const looks = 24

// grace is how long the processes of a run that is ended have to put away
// their lock files.
const grace = 2 * time.Second

// A watcher watches one run.
type watcher struct {
	Watch
	root    *child
	writing []*atomic.Bool // set while what the run printed is being written on
	stop    chan struct{}
	stalled chan *Stall // gets one value in the end, nil if the run was not ended
}

// begin starts to watch the run of a process.
func (w Watch) begin(root *child, writing ...*atomic.Bool) *watcher {
	if w.After <= 0 {
		return nil
	}
	v := &watcher{Watch: w, root: root, writing: writing, stop: make(chan struct{}), stalled: make(chan *Stall, 1)}
	go v.run()
	return v
}

// end stops watching, after the process has ended, and returns why it was
// ended, or nil if it ended by itself.
func (v *watcher) end() *Stall {
	if v == nil {
		return nil
	}
	close(v.stop)
	return <-v.stalled
}

func (v *watcher) run() {
	var (
		every = min(max(v.After/looks, 20*time.Millisecond), 5*time.Second)
		tick  = time.NewTicker(every)
		last  = time.Now()
		then  tree          // when something moved last
		quiet time.Duration // since then
		held  time.Duration // how long it has waited for a lock
		told  bool
	)
	defer tick.Stop()
	if !canLook() {
		<-v.stop
		v.stalled <- nil
		return
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	connecting := connecting{watcher: v}
	for {
		select {
		case <-v.stop:
			v.stalled <- nil
			return
		case <-second.C:
			if stall := connecting.look(); stall != nil {
				v.kill(connecting.before)
				v.stalled <- stall
				return
			}
			continue
		case <-tick.C:
		}
		now := time.Now()
		// A longer time than asked for was not all the run's: we were stopped,
		// or the machine was busy with something else.
		passed := min(now.Sub(last), 2*every)
		last = now
		quiet += passed
		tree, err := lookAt(v.root.pid)
		if err != nil || v.blocked() || tree.busy() || tree.movedSince(then, quiet) {
			then, quiet = tree, 0
			continue
		}
		if holder, name, ok := tree.lockHolder(); ok {
			// At every look, not at the last alone: the lock may be let go
			// right before that one.
			quiet = 0
			if held += passed; held >= v.After && !told && v.Locked != nil {
				go v.Locked(holder, name) // which may take as long as its reader likes
				told = true
			}
			continue
		}
		if held = 0; quiet < v.After {
			continue
		}
		stall, ok := tree.waitsForNetwork()
		if !ok {
			quiet = 0
			continue
		}
		stall.For = quiet
		v.kill(tree)
		v.stalled <- &stall
		return
	}
}

// blocked reports whether what the run printed could not be passed on yet.
func (v *watcher) blocked() bool {
	for _, w := range v.writing {
		if w != nil && w.Load() {
			return true
		}
	}
	return false
}

// kill ends all processes of a tree: git must not be left behind when go ends,
// and gets the time to put its locks away.
func (v *watcher) kill(t tree) {
	t.signal(syscall.SIGTERM)
	for end := time.Now().Add(grace); t.alive() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	t.signal(syscall.SIGKILL)
}
