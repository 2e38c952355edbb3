package faultproxy

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// A Request is one line of a server's log: a request, or a connection that was
// spoiled before there was one, which has no Method and no Path.
type Request struct {
	Time   time.Time // when it arrived
	Method string
	Path   string
	Proto  string // "HTTP/1.1" or "HTTP/2.0"
	Status int    // the status that was sent; 0 if none was, or not yet
	Bytes  int    // bytes of the body that were sent
	Fault  string // what it suffered, as Fault's String says it; "" if nothing
	Auth   bool   // it carried an Authorization header; its value is not kept
	Err    string // why the upstream gave no answer: nothing we meant to happen
}

// String returns the request on one line, without its time.
func (r Request) String() string {
	var b strings.Builder
	if r.Path == "" {
		b.WriteString("connection")
	} else {
		fmt.Fprintf(&b, "%s %s %d", r.Method, r.Path, r.Status)
	}
	if r.Fault != "" {
		b.WriteString(" fault=" + r.Fault)
	}
	if r.Err != "" {
		b.WriteString(" upstream error: " + r.Err)
	}
	return b.String()
}

// A journal is the log of requests. It is safe for concurrent use.
type journal struct {
	mu  sync.Mutex
	all []Request
}

// begin adds a request and returns its place.
func (j *journal) begin(r Request) int {
	r.Time = time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, r)
	return len(j.all) - 1
}

func (j *journal) fail(i int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all[i].Err = err.Error()
}

func (j *journal) end(i, status, sent int) Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all[i].Status, j.all[i].Bytes = status, sent
	return j.all[i]
}

// Requests returns the log so far, in the order of arrival.
func (s *Server) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return append([]Request(nil), s.journal.all...)
}

// Counts returns how many requests there were for each path. Connections that
// were spoiled before their request count under "".
func (s *Server) Counts() map[string]int {
	n := make(map[string]int)
	for _, r := range s.Requests() {
		n[r.Path]++
	}
	return n
}

// Spoiled returns how many requests and connections each fault has spoiled.
func (s *Server) Spoiled() map[string]int {
	n := make(map[string]int)
	for _, r := range s.Requests() {
		if r.Fault != "" {
			n[r.Fault]++
		}
	}
	return n
}
