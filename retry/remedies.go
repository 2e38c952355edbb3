package retry

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"gosafe/classify"
)

// A remedy changes what stands in the way of the next attempt. apply reports
// false if it has nothing (more) to change.
type remedy struct {
	name   string
	causes []classify.Cause
	apply  func(*state, classify.Verdict) (step, bool)
}

// transient are the causes that may pass by themselves.
var transient = []classify.Cause{
	classify.DNSFailure, classify.ConnectFailure, classify.Timeout, classify.ConnectionLost,
	classify.ServerError, classify.RateLimited, classify.TextFileBusy,
}

// sourceCauses are the real failures that may be one source's alone.
var sourceCauses = []classify.Cause{
	classify.NotFound, classify.AuthRequired, classify.HostKey, classify.TLSUntrusted, classify.VCSMissing,
	classify.ProxyMisconfigured, classify.ModulePathMismatch, classify.ToolchainUnavailable,
}

// remedies is the table of them, the first that applies first.
var remedies = []remedy{
	{"mend module", []classify.Cause{classify.ModcacheCorrupt}, (*state).mend},
	{"mend VCS cache", []classify.Cause{classify.VCSCacheCorrupt, classify.StaleLock}, (*state).mend},
	{"mend build cache", []classify.Cause{classify.BuildcacheCorrupt}, (*state).mend},
	{"less at once", []classify.Cause{classify.OutOfMemory, classify.ResourceExhausted}, (*state).lessAtOnce},
	{"HTTP/1.1", []classify.Cause{classify.ConnectionLost}, (*state).http1},
	{"other source", transient, (*state).otherSource},
	{"fewer requests", []classify.Cause{classify.RateLimited}, (*state).fewerRequests},
	{"again", transient, (*state).again},
}

// mend mends what the findings name. A fault that comes back after that is
// final.
func (s *state) mend(v classify.Verdict) (step, bool) {
	key := mendKey(v)
	if s.Mender == nil || s.mended[key] {
		return step{}, false
	}
	done, err := s.Mender(v)
	if errors.Is(err, ErrSound) {
		s.real = true
		return step{}, false
	}
	if err != nil {
		s.refused = err.Error()
		return step{}, false
	}
	named := v.Where.Module != "" || v.Where.Path != ""
	s.mended[key] = named || len(done) > 0
	if len(done) == 0 {
		// Nothing is damaged: the fault was in what came over the network and
		// was not kept, or somebody else has mended it.
		if s.spoiled() {
			return step{}, false
		}
		return s.again(v)
	}
	for _, d := range done {
		s.noted(d)
	}
	return step{event: Event{Kind: Mended, Done: done}}, true
}

// maxGarbled is how often in a row, without any progress, an answer may come
// whole and be damaged all the same. A source that has a damaged file serves it
// again.
const maxGarbled = 3

// spoiled counts an answer that came whole and is damaged, and reports whether
// it was one too many.
func (s *state) spoiled() bool {
	s.garbled++
	return s.garbled > maxGarbled
}

// damagedWords are go's words for a zip that is one, with wrong content. (One that
// is none may be a sign-in page, and that passes.)
var damagedWords = []string{"zip: checksum error", "flate: corrupt input"}

// mendKey names what a verdict would have mended.
func mendKey(v classify.Verdict) string {
	var b strings.Builder
	for _, f := range v.Findings {
		if f.Cause == v.Cause {
			b.WriteString(f.Where.Module + "@" + f.Where.Version + " " + f.Where.Path + "\n")
		}
	}
	return b.String()
}

// lessAtOnce halves the number of programs that go runs at the same time, down
// to one, for the rest of the run: a compiler or linker that was killed for
// memory most likely had company.
func (s *state) lessAtOnce(v classify.Verdict) (step, bool) {
	now := s.parallel
	if now == 0 {
		now = s.Parallel
	}
	switch {
	case now == 0:
		s.refused = "the command line itself says how much to do at once (-p)"
		return step{}, false
	case now == 1:
		return step{}, false
	}
	s.parallel = now / 2
	less := "-p=" + strconv.Itoa(s.parallel)
	s.noted("went on with " + less)
	return step{event: Event{Kind: Lessened, Next: less}}, true
}

// otherSource leaves out the entry of GOPROXY that has failed twice without
// any progress, if that is allowed. When none is left that works, it starts
// with the whole list again.
func (s *state) otherSource(v classify.Verdict) (step, bool) {
	if !aboutSource(v) {
		return step{}, false
	}
	dead, ok := s.Sources.find(v.Where.URL)
	if !ok {
		dead = entry{source: "direct"}
	}
	s.failures[dead.source]++
	if s.failures[dead.source] < 2 && !s.silent(dead, v) {
		return step{}, false
	}
	if dead.isProxy() {
		next, reason := s.Sources.leaveOut(dead, v.Where.Module)
		if reason == "" {
			s.stalls = 0
			if slices.Contains(unreachable, v.Cause) {
				s.remember(v)
			}
			s.noted("asked " + next.name() + " instead of " + dead.name())
			return step{event: Event{Kind: Switched, Dead: dead.name(), Next: next.name()}}, true
		}
		s.refused = reason
	}
	if s.Sources.list != nil {
		s.Sources.list = nil
		clear(s.failures)
	}
	return step{}, false
}

// noOther returns why no source may be asked in the place of the one that failed: ""
// if one may, or if that is not what the failure is about.
func (s *state) noOther(v classify.Verdict) string {
	dead, ok := s.Sources.find(v.Where.URL)
	if !ok || !dead.isProxy() || !aboutSource(v) {
		return ""
	}
	_, _, reason := s.Sources.without(dead, v.Where.Module)
	return reason
}

// aboutSource reports whether another source may do what the one that failed does
// not: all of them are behind an HTTP proxy, and a program that is still open for
// writing is no source's matter.
func aboutSource(v classify.Verdict) bool {
	return slices.Contains(transient, v.Cause) && v.Cause != classify.TextFileBusy && !v.Where.Proxy
}

// silent reports whether a proxy that could not be reached cannot be reached
// now either. To ask it once more would cost another time-out, of 30 s for each
// file; so that is done only if there is no other source.
func (s *state) silent(e entry, v classify.Verdict) bool {
	return e.isProxy() && slices.Contains(unreachable, v.Cause) && len(s.Sources.current())+len(s.Sources.Mirrors) > 1 &&
		!s.Answers(endpointOf(e.source, s.Getenv))
}

// unreachable are the causes that cost a time-out, or may.
var unreachable = []classify.Cause{classify.DNSFailure, classify.ConnectFailure, classify.Timeout}

// remember lets the next command know of an endpoint that is not to be had.
func (s *state) remember(v classify.Verdict) {
	if slices.Contains(transient, v.Cause) {
		s.Health.add(ownEndpoint(v.Where), s.Now())
	}
}

// again waits and changes nothing.
func (s *state) again(v classify.Verdict) (step, bool) {
	waits := s.waits
	if v.Cause == classify.RateLimited {
		waits = s.slow
	}
	damaged := func(words string) bool { return strings.Contains(v.Evidence, words) }
	if s.stalls >= maxStalls || slices.ContainsFunc(damagedWords, damaged) && v.Decision == classify.Retry && s.spoiled() {
		return step{}, false
	}
	wait := waits.NextBackOff()
	if most := s.longest(v); wait > most {
		wait = rand.N(most) // not most: all would come back at that time
	}
	if saidNotToExist(v) {
		wait = min(wait, noSuchHost-s.nameWaited)
		if wait <= 0 {
			return step{}, false
		}
		s.nameWaited += wait
	}
	st := step{event: Event{Kind: Again}, wait: wait}
	switch v.Cause {
	case classify.DNSFailure, classify.ConnectFailure, classify.Timeout:
		st.wake = s.endpoint(v.Where)
	}
	return st, true
}

// longest bounds a wait by the time that was lost already, so that an outage
// that is over is not waited for much longer than it lasted.
func (s *state) longest(v classify.Verdict) time.Duration {
	lost := s.Now().Sub(s.since)
	switch v.Cause {
	case classify.RateLimited:
		return max(4*time.Second, lost)
	case classify.ConnectionLost: // no probe tells when that is over
		return max(time.Second, lost/5)
	}
	return max(time.Second, lost/2)
}

// endpoint is where to look for whether the source answers again.
func (s *state) endpoint(w classify.Where) Endpoint {
	if w.Proxy || w.URL == "" {
		return ownEndpoint(w)
	}
	return endpointOf(w.URL, s.Getenv)
}

// ownEndpoint is that of the host itself, whatever HTTP proxy stands before it:
// what is remembered of one source must not be believed of all behind that.
func ownEndpoint(w classify.Where) Endpoint {
	switch {
	case !w.Proxy && w.URL != "":
		return endpointOf(w.URL, noProxy)
	case w.Host != "":
		return endpointOf("https://"+w.Host, noProxy)
	}
	return Endpoint{}
}

// noProxy is an environment that names no HTTP proxy.
func noProxy(string) string { return "" }
