package wrapper

import "time"

// A connecting looks, once a second, for a run that does nothing but wait for
// connections that do not come about.
type connecting struct {
	*watcher
	before tree      // at the last look
	since  time.Time // when it was first seen to be so; zero if it is not
}

// look returns why the run is to be ended: what it waits for can be reached
// again. It does not try that at the first look: the run's own connection may
// be about to come about.
func (c *connecting) look() *Stall {
	first := c.since.IsZero()
	if !connects(c.root.pid) && first { // neither does what is below it, most likely
		return nil
	}
	t, err := lookAt(c.root.pid)
	if err != nil { // it has just ended
		c.since = time.Time{}
		return nil
	}
	moved := c.blocked() || t.busy() || t.movedSince(c.before, time.Second)
	c.before = t
	stall, ok := t.connecting()
	if !ok || moved && !first {
		c.since = time.Time{}
		return nil
	}
	if first {
		c.since = time.Now()
		return nil
	}
	if !answers(stall.Peers[0]) {
		return nil
	}
	stall.For, stall.Back = time.Since(c.since), true
	return &stall
}
