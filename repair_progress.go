package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"gosafe/wrapper"
)

// progress shows on a terminal how far a repair is, once it takes longer than
// a second, in one line that is written over.
type progress struct {
	w     io.Writer // nil: nothing is shown
	start time.Time
	ended chan struct{}

	mu    sync.Mutex
	what  string
	done  int
	total int
	shown bool
}

// showAfter is how long a repair may take without a word, and showEvery how
// often the line changes.
const (
	showAfter = time.Second
	showEvery = 200 * time.Millisecond
)

func newProgress(term string) *progress {
	p := &progress{start: time.Now(), ended: make(chan struct{})}
	if !wrapper.IsTerminal(os.Stderr) || term == "dumb" {
		return p
	}
	p.w = os.Stderr
	go func() {
		tick := time.NewTicker(showEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.ended:
				return
			case now := <-tick.C:
				p.show(now)
			}
		}
	}()
	return p
}

// phase begins a phase, of so many steps if that is known, and returns what to
// call after each.
func (p *progress) phase(what string, total int) (step func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.done, p.total = what, 0, total
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.done++
	}
}

// steps counts those of the phase.
func (p *progress) steps() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

func (p *progress) show(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || p.what == "" || now.Sub(p.start) < showAfter {
		return
	}
	line := "verifying " + p.what
	switch {
	case p.total > 0:
		line += fmt.Sprintf(": %d of %d", p.done, p.total)
	case p.done > 0:
		line += fmt.Sprintf(": %d", p.done)
	}
	p.shown = true
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// clear takes the line away before something else is printed.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		p.shown = false
		io.WriteString(p.w, "\r\x1b[K")
	}
}

// stop ends it. It may be called again.
func (p *progress) stop() {
	p.clear()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w = nil
	select {
	case <-p.ended:
	default:
		close(p.ended)
	}
}
