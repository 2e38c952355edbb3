package netprobe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// grace is how long what is only compared may lag behind what is needed: one
// family of addresses behind the other, the name servers behind the resolver.
const grace = time.Second

// A family is the connecting over one version of IP.
type family struct {
	name  string // "connect v4"
	addrs []netip.AddrPort
	conn  net.Conn
	err   error
	took  time.Duration
}

// connect connects over IPv4 and IPv6 at once, and returns the connection of
// the one that works, IPv6 before IPv4 as net.Dialer does.
func (p *probe) connect(ctx context.Context, r *Report, addrs []netip.AddrPort) (net.Conn, [2]family) {
	ctx, cancel := p.limit(ctx)
	defer cancel()
	both := [2]family{{name: "connect v4"}, {name: "connect v6"}}
	for _, a := range addrs {
		i := 0
		if a.Addr().Is6() {
			i = 1
		}
		both[i].addrs = append(both[i].addrs, a)
	}
	var done sync.WaitGroup
	for i := range both {
		f := &both[i]
		if len(f.addrs) == 0 {
			continue
		}
		done.Add(1)
		go func() {
			defer done.Done()
			start := time.Now()
			f.conn, f.err = dialAny(ctx, f.addrs)
			f.took = time.Since(start)
			if f.conn != nil {
				time.AfterFunc(grace, cancel)
			}
		}()
	}
	done.Wait()
	var conn net.Conn
	for i := range both {
		f := &both[i]
		if len(f.addrs) == 0 {
			continue
		}
		r.Phases = append(r.Phases, f.phase(both[1-i].conn != nil))
		if f.conn == nil {
			continue
		}
		if conn != nil {
			conn.Close()
		}
		conn = f.conn
	}
	return conn, both
}

func (f *family) phase(spare bool) Phase {
	ph := Phase{Name: f.name, State: OK, Elapsed: f.took}
	var texts []string
	for _, a := range f.addrs {
		texts = append(texts, a.String())
	}
	ph.Detail = strings.Join(texts, ", ")
	switch {
	case f.conn != nil:
		ph.Detail = f.conn.RemoteAddr().String()
	case spare:
		ph.State, ph.Detail = Warned, ph.Detail+": "+brief(f.err)
	default:
		ph.State, ph.Detail = Failed, ph.Detail+": "+brief(f.err)
	}
	return ph
}

// dialAny connects to the first of the addresses, at most four, that answers.
func dialAny(ctx context.Context, addrs []netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn net.Conn
		err  error
	}
	results := make(chan result)
	addrs = addrs[:min(len(addrs), 4)]
	for _, a := range addrs {
		go func() {
			var d net.Dialer
			c, err := d.DialContext(ctx, "tcp", a.String())
			if err != nil && ctx.Err() != nil {
				err = context.DeadlineExceeded
			}
			results <- result{c, err}
		}()
	}
	var first net.Conn
	var errs []error
	for range addrs {
		switch r := <-results; {
		case r.err != nil:
			errs = append(errs, r.err)
		case first != nil:
			r.conn.Close()
		default:
			first = r.conn
			cancel()
		}
	}
	if first != nil {
		return first, nil
	}
	return nil, worst(errs)
}

// worst returns the error that says most: a refusal is an answer, silence
// tells more than the lack of a route.
func worst(errs []error) error {
	for _, is := range []func(error) bool{isRefused, isTimeout} {
		for _, err := range errs {
			if err != nil && is(err) {
				return err
			}
		}
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return errors.New("no address")
}

func isRefused(err error) bool { return isErrno(err, refusedErrnos) }

// connectFault judges connecting that failed over all that was tried.
func connectFault(err error) Fault {
	switch {
	case isRefused(err):
		return Refused
	case isErrno(err, unreachableErrnos):
		return Unreachable
	}
	return BlackHole
}

// halfFault judges connecting that works over one version of IP only. That
// there is no route for the other, or that it is refused, is no fault: it costs
// no time.
func halfFault(both [2]family) Fault {
	v4, v6 := &both[0], &both[1]
	switch {
	case v4.conn != nil && isTimeout(v6.err):
		return IPv6Broken
	case v6.conn != nil && isTimeout(v4.err):
		return IPv4Broken
	}
	return ""
}
