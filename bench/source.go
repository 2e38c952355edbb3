package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"gosafe/internal/faultproxy"
)

// latency is what a sound answer takes, as if the proxy were at some distance.
const latency = 40 * time.Millisecond

// calm is the rule for all that no fault strikes.
var calm = faultproxy.Rule{Faults: []faultproxy.Fault{{Kind: faultproxy.Delay, Arg: latency.String()}}}

// A source is one module proxy, which may not be there yet.
type source struct {
	mu     sync.Mutex
	server *faultproxy.Server
	conf   faultproxy.Config
	down   bool  // until recover
	err    error // why it could not recover
}

// listen starts the proxy. One that will be down for a while gets a port that
// the system gives to nobody who asks for just any.
func (s *source) listen() error {
	tries := 1
	if s.down {
		tries = 100
	}
	var err error
	for range tries {
		if s.down {
			s.conf.Addr = fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		}
		if s.server, err = faultproxy.Start(s.conf); err == nil {
			return nil
		}
	}
	return err
}

// recover makes the source sound.
func (s *source) recover() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		_ = s.server.SetRules(calm) // the one rule is known to be good
		return
	}
	s.conf.Rules = []faultproxy.Rule{calm}
	server, err := faultproxy.Start(s.conf)
	if err != nil {
		s.err = fmt.Errorf("starting a source again: %w", err)
		return
	}
	s.server = server
}

// log returns what the source was asked.
func (s *source) log() []faultproxy.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server.Requests()
}

// failed returns why the source could not recover.
func (s *source) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
