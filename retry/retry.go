// Package retry cures what a second run can cure: it runs a go command, reads
// the verdict on a failure, changes the one thing that stands in the way, waits,
// and runs it again, within a bound.
//
// It starts no process: it is given the attempt as a function. What it touches
// by itself is the module cache, to mend a module that is damaged, and the
// network, to see whether an endpoint that was down accepts connections again.
package retry

import (
	"context"
	"errors"
	"time"

	"gosafe/classify"
	"gosafe/internal/socket"
)

// A Plan is how the next attempt differs from the command as it was asked for.
// The zero Plan is the first attempt's: nothing is changed.
type Plan struct {
	Env []string // assignments, "NAME=VALUE", that replace those of the environment

	// Deadline is when the run ends if there is no progress. It is zero before
	// the first failure.
	Deadline time.Time

	// Stalls is how many attempts in a row have been ended because nothing
	// moved: the next one may take twice as long each time. A server may have
	// to fetch what it was asked for itself.
	Stalls int
}

// An Outcome is one attempt, ended.
type Outcome struct {
	OK      bool
	Final   bool             // it must not be repeated: a signal came, or its output is out
	Stopped bool             // a signal came while no attempt was running
	Verdict classify.Verdict // of a failure

	// Concealed says that the command has exited 0, with the failure inside its
	// output: whoever asked can do with that, and would rather not wait long.
	Concealed bool

	// Stalled is how long nothing had moved when the attempt was ended for
	// that, and Peers are the other ends of its TCP connections then.
	Stalled time.Duration
	Back    bool // what it waited for answers again
	Peers   []socket.Peer
}

// A Loop runs a command until it succeeds, fails for a reason that running
// again cannot change, or has made no progress for too long.
type Loop struct {
	Attempt func(Plan) Outcome
	Report  func(Event)
	Sources Sources
	Mender  Mender // nil: nothing is mended

	// Parallel is how many programs go runs at once if nobody says otherwise,
	// and 0 if the command line does; Goflags is the GOFLAGS that it can be
	// said in.
	Parallel int
	Goflags  string

	// Progress counts what is finished in the module cache. A count that grows
	// means that the attempts get somewhere (a run repeats no download that
	// succeeded), and starts patience afresh.
	Progress func() int

	// Paused is how long in all the process has been kept from running (Ctrl-Z,
	// fg). That has tried nobody's patience.
	Paused func() time.Duration

	// Patience is how long to go on without progress. Ten times as long is the
	// bound of everything.
	Patience time.Duration

	// Began is when the first attempt began, if that was before Run.
	Began time.Time

	// Deadline is when everything has to end: that of a gosafe which runs this
	// one. Zero if there is none.
	Deadline time.Time

	// Health is what other commands have found out about endpoints.
	Health Health

	// Answers reports whether an endpoint accepts connections now.
	Answers func(Endpoint) bool

	// Getenv looks up the environment of the command, for HTTP proxies.
	Getenv func(string) string

	// Now and Sleep are the clock. Sleep waits for d, or less if the endpoint
	// answers, or until ctx is done.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration, to Endpoint) error
}

// A Mender mends what is damaged in the module cache, and tells in words what
// it did. The error tells why it could not, or is ErrSound.
type Mender func(classify.Verdict) (done []string, err error)

// ErrSound says that nothing is damaged, so that the failure is a real one.
var ErrSound = errors.New("nothing is damaged")

// overall is how many times Patience a run may take in all.
const overall = 10

// concealedPatience is patience with failures that the exit status conceals.
// It is an editor, mostly, that asks for such output (gopls), at every change.
const concealedPatience = 3 * time.Second

// noSuchHost is how long in all to wait for names that are said not to exist:
// some are typed wrong.
const noSuchHost = 20 * time.Second

// Run runs the loop. It ends as soon as ctx is done; the outcome is then that
// of the last attempt, marked as stopped if that was over.
func (l *Loop) Run(ctx context.Context) Outcome {
	s := l.begin()
	if l.Began.IsZero() { // else the first attempt has been made, without that
		s.skipDead()
	}
	for {
		out := l.Attempt(s.plan())
		s.attempts++
		if out.OK || out.Final || out.Stopped {
			s.end(out)
			return out
		}
		if out.Stalled > 0 {
			s.stalled(ctx, &out)
		}
		step, ok := s.next(out)
		if !ok {
			out.OK = out.Concealed
			if s.real {
				out.Verdict.Decision = classify.Fail
			}
			return out
		}
		l.Report(step.event)
		if step.wait > 0 && l.Sleep(ctx, step.wait, step.wake) != nil {
			out.Stopped = true
			return out
		}
	}
}

// A step is what happens between two attempts.
type step struct {
	event Event
	wait  time.Duration
	wake  Endpoint // where to look for an early end of the wait
}
