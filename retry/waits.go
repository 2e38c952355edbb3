package retry

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// newWaits returns waits that double up to most, each drawn evenly from
// nothing to its bound ("full jitter"), so that a hundred jobs that failed
// together do not come back together. It never ends by itself: what ends the
// loop is patience.
func newWaits(first, most time.Duration) *backoff.ExponentialBackOff {
	// The library draws from interval*(1-f) to interval*(1+f).
	b := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(first/2),
		backoff.WithMaxInterval(most/2),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(1),
		backoff.WithMaxElapsedTime(0),
	)
	b.Reset()
	return b
}

const (
	probeEvery = time.Second
	wakeJitter = 700 * time.Millisecond
)

// Sleep waits for d, or less if to, which did not answer, answers again; then
// a little longer, by chance: everybody else sees it answer at the same time.
// The error is that of ctx.
func Sleep(ctx context.Context, d time.Duration, to Endpoint) error {
	end := time.NewTimer(d)
	defer end.Stop()
	var look <-chan time.Time
	if to != (Endpoint{}) {
		t := time.NewTicker(probeEvery)
		defer t.Stop()
		look = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-look:
			if to.answers(ctx) {
				look = nil
				end.Reset(min(d, rand.N(wakeJitter)))
			}
		}
	}
}
