package retry

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"

	"gosafe/classify"
)

// A state is what one run of a Loop has seen so far.
type state struct {
	*Loop
	start    time.Time // of the run
	failed   time.Time // the first failure
	since    time.Time // the last progress, or the first failure
	progress int
	paused   time.Duration // in all, when it was looked at last
	attempts int
	first    classify.Verdict // of the first failure, for the rescue's report

	waits, slow *backoff.ExponentialBackOff
	stalls      int             // attempts that were ended because nothing moved, since the last progress
	garbled     int             // answers that only looked like damage here, since the last progress
	nameWaited  time.Duration   // spent on hosts that are said not to exist
	failures    map[string]int  // of an entry of GOPROXY, since the last progress
	mended      map[string]bool // what has been mended once
	parallel    int             // -p of the next attempts; 0: go's own
	requests    int             // how many requests go may have open in the next attempts; 0: go's own
	http2Faults map[string]int  // attempts that HTTP/2 broke off, by program
	overHTTP1   map[string]bool // programs that are told to use HTTP/1.1 from now on
	skipped     []string        // proxies that were dead already, and are not asked at all
	english     bool            // git and ssh are asked to speak English
	real        bool            // what looked like damage is a real failure
	restored    bool            // the whole list of sources came back after another one's real failure
	refused     string          // why no other way was open
	notes       []string        // what was done, for the last report
}

func (l *Loop) begin() *state {
	start := l.Began
	if start.IsZero() {
		start = l.Now()
	}
	l.Health.forget(l.Now())
	return &state{
		Loop:        l,
		start:       start,
		waits:       newWaits(500*time.Millisecond, 15*time.Second),
		slow:        newWaits(4*time.Second, 60*time.Second),
		failures:    map[string]int{},
		mended:      map[string]bool{},
		http2Faults: map[string]int{},
		overHTTP1:   map[string]bool{},
	}
}

// plan returns the plan of the next attempt.
func (s *state) plan() Plan {
	p := Plan{Env: s.env(), Stalls: s.stalls}
	if !s.since.IsZero() {
		p.Deadline = s.deadline(s.Patience)
	}
	return p
}

// env returns what the next attempt's environment has in place of the user's.
func (s *state) env() []string {
	env := s.Sources.env()
	if s.parallel > 0 {
		// The last flag of a name wins, and a command skips those it does not
		// have (cmd/go/internal/base, SetFromGOFLAGS).
		env = append(env, strings.TrimSuffix("GOFLAGS="+s.Goflags, " ")+" -p="+strconv.Itoa(s.parallel))
	}
	if s.english {
		env = append(env, "LC_ALL=C")
	}
	if debug := s.godebug(); debug != "" {
		env = append(env, "GODEBUG="+debug)
	}
	return append(env, s.gitConfig()...)
}

// deadline is when the run ends if there is no progress.
func (s *state) deadline(patience time.Duration) time.Time {
	end := s.since.Add(patience)
	for _, t := range []time.Time{s.failed.Add(overall * s.Patience), s.Deadline} {
		if !t.IsZero() && t.Before(end) {
			end = t
		}
	}
	return end
}

// foreign reports whether a failure of git's is told in words that nobody here
// understands because they are another language's. The command is then run once
// more in English, to learn what it was.
func (s *state) foreign(v classify.Verdict) bool {
	if s.english || v.Cause != classify.Unknown || !strings.Contains(v.Rule, "exit status") {
		return false
	}
	// The order in which setlocale(3) looks.
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := s.Getenv(name); value != "" {
			return value != "C" && value != "POSIX" && !strings.HasPrefix(value, "C.") && !strings.HasPrefix(value, "en")
		}
	}
	return false
}

// next decides what to do about a failure. It reports false if the failure
// stands, after having told about it where that is not for go's own words alone.
func (s *state) next(out Outcome) (step, bool) {
	v := out.Verdict
	if s.attempts == 1 {
		s.first = v
	}
	if s.foreign(v) {
		s.english = true
		return step{event: Event{Kind: Reworded, Verdict: v, Attempts: s.attempts}}, true
	}
	if v.Decision == classify.Fail {
		return s.secondOpinion(v)
	}
	s.lookForProgress()
	patience := s.Patience
	if out.Concealed {
		if s.Health.dead(ownEndpoint(v.Where), s.Now()) {
			return step{}, false // the command before this one has waited for it
		}
		patience = min(patience, concealedPatience)
	}
	now := s.Now()
	left := s.deadline(patience).Sub(now)
	if left > 0 {
		for _, r := range remedies {
			if !slices.Contains(r.causes, v.Cause) {
				continue
			}
			if st, ok := r.apply(s, v); ok {
				st.wait = min(st.wait, left)
				st.event.Verdict, st.event.Wait, st.event.Attempts = v, st.wait, s.attempts
				return st, true
			}
		}
	}
	if s.real {
		return step{}, false // go's own words say it all
	}
	s.remember(v)
	if s.refused == "" && s.attempts > 1 { // patience may end before a source has failed often enough
		s.refused = s.noOther(v)
	}
	s.Report(Event{Kind: GaveUp, Verdict: v, Attempts: s.attempts, Elapsed: now.Sub(s.start), Notes: s.notes, Refused: s.refused})
	return step{}, false
}

// lookForProgress starts patience afresh if more is finished than before.
func (s *state) lookForProgress() {
	paused := s.Paused() - s.paused // since the last failure
	s.paused += paused
	n := s.Progress()
	if s.failed.IsZero() { // what the first attempt had got done is not known
		s.failed, s.since, s.progress = s.Now(), s.Now(), n
		return
	}
	s.failed, s.since = s.failed.Add(paused), s.since.Add(paused)
	if n <= s.progress {
		return
	}
	s.progress, s.since = n, s.Now()
	s.waits.Reset()
	s.slow.Reset()
	s.stalls, s.garbled = 0, 0
	clear(s.failures)
}

// maxStalls is how many attempts may stall without any progress. The time that
// they stall tries nobody's patience, so something else has to end it.
const maxStalls = 3

// stalled notes an attempt that was ended because nothing moved, and finds out
// which source it was waiting for.
func (s *state) stalled(ctx context.Context, out *Outcome) {
	if !out.Back {
		s.stalls++
	}
	if !s.failed.IsZero() {
		s.since = s.since.Add(out.Stalled)
	}
	if w := &out.Verdict.Where; w.URL == "" && w.Host == "" {
		s.Sources.locate(ctx, out.Peers, s.Getenv, w)
	}
}

// skipDead leaves out, from the first attempt on, the proxies at the head of the
// list that the last command has found dead, and that cannot be reached now
// either, as far as that is allowed.
func (s *state) skipDead() {
	for {
		list := s.Sources.current()
		if len(list) == 0 || !list[0].isProxy() || !s.Health.dead(endpointOf(list[0].source, noProxy), s.Now()) ||
			s.Answers(endpointOf(list[0].source, s.Getenv)) {
			return
		}
		next, reason := s.Sources.leaveOut(list[0], "")
		if reason != "" {
			return
		}
		if s.skipped == nil {
			s.progress = s.Progress()
		}
		s.skipped = append(s.skipped, list[0].name())
		s.noted("asked " + next.name() + " instead of " + list[0].name())
	}
}

// end tells of a run that was rescued, or that went another way from its start
// on and fetched something there.
func (s *state) end(out Outcome) {
	if s.attempts == 1 && s.skipped != nil && s.Progress() > s.progress {
		s.Report(Event{Kind: Skipped, Attempts: 1, Dead: strings.Join(s.skipped, ", "), Next: s.Sources.names(), Elapsed: s.Now().Sub(s.start), Notes: s.notes})
	}
	if out.OK && s.attempts > 1 {
		s.Report(Event{Kind: Rescued, Verdict: s.first, Attempts: s.attempts, Elapsed: s.Now().Sub(s.start), Notes: s.notes})
	}
}

// secondOpinion is asked about a failure that stands. If it came from a source
// that stood in for a dead one, it may be that source's alone (a repository
// that only the proxy still has, a network that lets nobody through to the
// origin): the whole list is tried once more before it is believed.
func (s *state) secondOpinion(v classify.Verdict) (step, bool) {
	if s.restored || s.Sources.list == nil || !slices.Contains(sourceCauses, v.Cause) {
		return step{}, false
	}
	s.restored = true
	s.Sources.restore()
	return step{event: Event{Kind: Restored, Verdict: v, Attempts: s.attempts, Next: s.Sources.names()}}, true
}

// noted remembers what was done for the last report.
func (s *state) noted(what string) {
	if !slices.Contains(s.notes, what) {
		s.notes = append(s.notes, what)
	}
}

// saidNotToExist reports whether the verdict is about a name that does not
// resolve at all, rather than about a name server that gave no answer. The
// words are those of package net and of libcurl.
func saidNotToExist(v classify.Verdict) bool {
	return v.Cause == classify.DNSFailure &&
		(strings.Contains(v.Evidence, "no such host") || strings.Contains(strings.ToLower(v.Evidence), "could not resolve host"))
}
