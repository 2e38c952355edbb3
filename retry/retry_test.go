package retry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gosafe/classify"
)

// A bench runs a Loop on a clock of its own. Attempts are taken from a list;
// the last one is repeated.
type bench struct {
	Loop
	outcomes  []Outcome
	takes     time.Duration // how long each attempt takes
	finished  []int         // what Progress says after each attempt; the last is repeated
	paused    time.Duration
	now       time.Time
	plans     []string
	deadlines []time.Time // handed down, one for each attempt but the first
	waits     []time.Duration
	wakes     []Endpoint
	events    []Event
}

func newBench(outcomes ...Outcome) *bench {
	b := &bench{outcomes: outcomes, takes: time.Second, now: time.Unix(1e9, 0)}
	b.Loop = Loop{
		Attempt: func(p Plan) Outcome {
			if !p.Deadline.IsZero() {
				b.deadlines = append(b.deadlines, p.Deadline)
			}
			b.plans = append(b.plans, strings.Join(p.Env, " "))
			b.now = b.now.Add(b.takes)
			return b.outcomes[min(len(b.plans), len(b.outcomes))-1]
		},
		Report: func(e Event) { b.events = append(b.events, e) },
		Progress: func() int {
			if len(b.finished) == 0 {
				return 0
			}
			return b.finished[min(len(b.plans), len(b.finished))-1]
		},
		Paused:   func() time.Duration { return b.paused },
		Patience: 2 * time.Minute,
		Getenv:   func(string) string { return "" },
		Answers:  func(Endpoint) bool { return true },
		Now:      func() time.Time { return b.now },
		Sleep: func(ctx context.Context, d time.Duration, to Endpoint) error {
			b.waits, b.wakes = append(b.waits, d), append(b.wakes, to)
			b.now = b.now.Add(d)
			return ctx.Err()
		},
	}
	return b
}

// kinds lists the events.
func (b *bench) kinds() string {
	var k []string
	for _, e := range b.events {
		k = append(k, string(e.Kind))
	}
	return strings.Join(k, " ")
}

func failure(d classify.Decision, c classify.Cause, url, evidence string) Outcome {
	f := classify.Finding{Cause: c, Decision: d, Evidence: evidence, Where: classify.Where{URL: url, Module: "example.com/m", Version: "v1.0.0"}}
	return Outcome{Verdict: classify.Verdict{Finding: f, Findings: []classify.Finding{f}}}
}

var (
	good      = Outcome{OK: true}
	lost      = failure(classify.Retry, classify.ConnectionLost, "https://proxy.golang.org/example.com/m/@v/v1.0.0.zip", "EOF")
	refused   = failure(classify.Retry, classify.ConnectFailure, "https://proxy.golang.org/example.com/m/@v/v1.0.0.zip", "connection refused")
	limited   = failure(classify.Retry, classify.RateLimited, "https://proxy.golang.org/x", "429 Too Many Requests")
	noHost    = failure(classify.Retry, classify.DNSFailure, "https://proxy.golang.org/x", "lookup proxy.golang.org: no such host")
	corrupt   = failure(classify.Repair, classify.ModcacheCorrupt, "", "zip: checksum error")
	notFound  = failure(classify.Fail, classify.NotFound, "", "unknown revision v1.0.0")
	mistyped  = failure(classify.Fail, classify.CompileError, "", "undefined: x")
	directErr = failure(classify.Retry, classify.ConnectFailure, "https://github.com/x", "connection refused")
)

func TestSuccessSaysNothing(t *testing.T) {
	t.Parallel()
	b := newBench(good)
	if out := b.Run(context.Background()); !out.OK || len(b.events)+len(b.waits) != 0 {
		t.Errorf("%+v, events %v, waits %v", out, b.events, b.waits)
	}
}

func TestRealFailureIsFinal(t *testing.T) {
	t.Parallel()
	b := newBench(mistyped, good)
	if out := b.Run(context.Background()); out.OK || len(b.plans) != 1 || len(b.events)+len(b.waits) != 0 {
		t.Errorf("%d attempts, events %v", len(b.plans), b.events)
	}
}

func TestRescue(t *testing.T) {
	t.Parallel()
	b := newBench(lost, lost, good)
	b.finished = []int{1, 2}
	if out := b.Run(context.Background()); !out.OK || b.kinds() != "again again rescued" {
		t.Errorf("%v, %s", out.OK, b.kinds())
	}
	if last := b.events[2]; last.Attempts != 3 || last.Elapsed < 3*time.Second {
		t.Errorf("rescued: %+v", last)
	}
}

// TestPatience: without progress it ends after Patience, not much later, and
// the waits grow.
func TestPatience(t *testing.T) {
	t.Parallel()
	b := newBench(lost)
	b.Sources.Fallback = "off"
	out := b.Run(context.Background())
	total := b.now.Sub(time.Unix(1e9, 0))
	if out.OK || b.events[len(b.events)-1].Kind != GaveUp {
		t.Fatalf("ended with %s", b.kinds())
	}
	if total < 2*time.Minute || total > 2*time.Minute+20*time.Second {
		t.Errorf("took %v", total)
	}
	for _, w := range b.waits {
		if w < 0 || w > 15*time.Second {
			t.Errorf("a wait of %v", w)
		}
	}
	if len(b.plans) < 8 || len(b.plans) > 80 {
		t.Errorf("%d attempts", len(b.plans))
	}
}

// TestProgressStartsAfresh: as long as each attempt finishes something, it goes
// on, up to ten times Patience.
func TestProgressStartsAfresh(t *testing.T) {
	t.Parallel()
	b := newBench(lost)
	b.takes = 10 * time.Second
	for i := range 10_000 {
		b.finished = append(b.finished, i)
	}
	b.Sources.Fallback = "off"
	b.Run(context.Background())
	total := b.now.Sub(time.Unix(1e9, 0))
	if total < 20*time.Minute || total > 21*time.Minute {
		t.Errorf("took %v, want ten times two minutes", total)
	}
	for _, w := range b.waits {
		if w > 500*time.Millisecond {
			t.Errorf("a wait of %v in spite of progress", w)
		}
	}
}

func TestNoPatience(t *testing.T) {
	t.Parallel()
	b := newBench(lost, good)
	b.Patience = 0
	if out := b.Run(context.Background()); out.OK || len(b.plans) != 1 || b.kinds() != "gave-up" {
		t.Errorf("%d attempts, %s", len(b.plans), b.kinds())
	}
}

func TestNoSuchHostIsShort(t *testing.T) {
	t.Parallel()
	b := newBench(noHost)
	b.takes = 10 * time.Millisecond
	b.Sources.Fallback = "off"
	b.Run(context.Background())
	var sum time.Duration
	for _, w := range b.waits {
		sum += w
	}
	if sum > noSuchHost || b.kinds()[len(b.kinds())-7:] != "gave-up" {
		t.Errorf("waited %v; %s", sum, b.kinds())
	}
}

func TestRateLimitedIsSlow(t *testing.T) {
	t.Parallel()
	var fast, slow time.Duration
	for range 20 {
		a, b := newBench(lost, good), newBench(limited, good)
		a.Run(context.Background())
		b.Run(context.Background())
		fast, slow = fast+a.waits[0], slow+b.waits[0]
	}
	if slow < 3*fast {
		t.Errorf("20 first waits: %v after a 429, %v after a reset", slow, fast)
	}
}

// TestJitter: a fleet that failed in the same instant does not come back in one.
func TestJitter(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 50 {
		b := newBench(lost, good)
		b.Run(context.Background())
		if b.waits[0] > 500*time.Millisecond {
			t.Errorf("first wait %v", b.waits[0])
		}
		seen[b.waits[0]] = true
	}
	if len(seen) < 40 {
		t.Errorf("50 first waits are %d different ones", len(seen))
	}
}

func TestFinalAndStopped(t *testing.T) {
	t.Parallel()
	killed := lost
	killed.Final = true
	b := newBench(killed, good)
	if out := b.Run(context.Background()); len(b.plans) != 1 || !out.Final {
		t.Errorf("%d attempts after a final one", len(b.plans))
	}
	b = newBench(lost, good)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if out := b.Run(ctx); len(b.plans) != 1 || !out.Stopped {
		t.Errorf("%d attempts after a signal in the wait; stopped: %v", len(b.plans), out.Stopped)
	}
}

func TestWake(t *testing.T) {
	t.Parallel()
	b := newBench(refused, lost, good)
	b.Run(context.Background())
	want := []Endpoint{{"proxy.golang.org", "443"}, {}}
	if !slices.Equal(b.wakes, want) {
		t.Errorf("looked at %v, want %v", b.wakes, want)
	}
}

func TestOtherSource(t *testing.T) {
	t.Parallel()
	b := newBench(refused, refused, good)
	b.Sources = Sources{Proxy: "https://proxy.golang.org,https://goproxy.example", Fallback: "auto"}
	b.Run(context.Background())
	if b.kinds() != "again switched rescued" || b.plans[2] != "GOPROXY=https://goproxy.example" {
		t.Errorf("%s; plans %q", b.kinds(), b.plans)
	}
}

// TestOtherSourceRound: when the source that stands in fails as well, the whole
// list has its turn again.
func TestOtherSourceRound(t *testing.T) {
	t.Parallel()
	b := newBench(refused, refused, directErr, directErr, good)
	b.Sources = Sources{Proxy: "https://proxy.golang.org,direct", Fallback: "auto", HasGit: yes, VCS: "public:git"}
	b.Run(context.Background())
	want := []string{"", "", "GOPROXY=direct", "GOPROXY=direct", ""}
	if !slices.Equal(b.plans, want) {
		t.Errorf("plans %q, want %q", b.plans, want)
	}
}

// TestNoOtherSource: why no other source was asked is told, however few attempts
// there was patience for.
func TestNoOtherSource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		proxy string
		fails Outcome
		want  string
	}{
		{"https://proxy.golang.org", lost, "GOPROXY names no further source, and GOSAFE_MIRRORS none"},
		{"https://proxy.golang.org,off", lost, "GOPROXY ends in off"},
		{"https://proxy.golang.org,https://goproxy.example", lost, ""},
		{"https://proxy.golang.org", directErr, ""},
		{"https://proxy.golang.org", corrupt, ""},
	} {
		b := newBench(tt.fails)
		b.takes = 3 * time.Minute
		b.Mender = func(classify.Verdict) ([]string, error) { return nil, nil }
		b.Sources = Sources{Proxy: tt.proxy, Fallback: "auto"}
		b.Run(context.Background())
		if last := b.events[len(b.events)-1]; b.kinds() != "again gave-up" || last.Refused != tt.want {
			t.Errorf("GOPROXY=%s: %s after %q, because of %q; want %q", tt.proxy, b.kinds(), tt.fails.Verdict.Evidence, last.Refused, tt.want)
		}
	}
}

// TestSecondOpinion: what the stand-in says is not there may be there.
func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	b := newBench(refused, refused, notFound, good)
	b.Sources = Sources{Proxy: "https://proxy.golang.org,direct", Fallback: "auto", HasGit: yes, VCS: "public:git"}
	if out := b.Run(context.Background()); !out.OK || b.kinds() != "again switched restored rescued" || b.plans[3] != "" {
		t.Errorf("%s; plans %q", b.kinds(), b.plans)
	}
	b = newBench(refused, refused, notFound, notFound)
	b.Sources = Sources{Proxy: "https://proxy.golang.org,direct", Fallback: "auto", HasGit: yes, VCS: "public:git"}
	if out := b.Run(context.Background()); out.OK || len(b.plans) != 4 {
		t.Errorf("%d attempts; plans %q", len(b.plans), b.plans)
	}
}

func TestLoopMends(t *testing.T) {
	t.Parallel()
	calls := 0
	mender := func(classify.Verdict) ([]string, error) { calls++; return []string{"deleted v1.0.0.zip"}, nil }
	b := newBench(corrupt, good)
	b.Mender = mender
	if b.Run(context.Background()); b.kinds() != "mended rescued" || len(b.waits) != 0 {
		t.Errorf("%s, waits %v", b.kinds(), b.waits)
	}
	b = newBench(corrupt)
	b.Mender, calls = mender, 0
	if b.Run(context.Background()); b.kinds() != "mended gave-up" || calls != 1 {
		t.Errorf("a fault that comes back: %s, mended %d times", b.kinds(), calls)
	}
	b = newBench(corrupt)
	b.Mender = func(classify.Verdict) ([]string, error) { return nil, errors.New("read-only") }
	if b.Run(context.Background()); b.kinds() != "gave-up" || b.events[0].Refused != "read-only" {
		t.Errorf("%s, %q", b.kinds(), b.events[0].Refused)
	}
	b = newBench(corrupt, good)
	if b.Run(context.Background()); b.kinds() != "gave-up" {
		t.Errorf("without a mender: %s", b.kinds())
	}
}

// TestForeignLanguage: words that nobody understands are asked for in English,
// once.
func TestForeignLanguage(t *testing.T) {
	t.Parallel()
	f := classify.Finding{Cause: classify.Unknown, Decision: classify.Fail, Rule: `exit status \d+:$`, Evidence: "git fetch: exit status 128:"}
	foreign := Outcome{Verdict: classify.Verdict{Finding: f}}
	for _, tt := range []struct {
		locale string
		want   string
	}{
		{"de_DE.UTF-8", "reworded again rescued"},
		{"C.UTF-8", ""},
		{"en_US.UTF-8", ""},
		{"", ""},
	} {
		b := newBench(foreign, lost, good)
		b.Getenv = func(name string) string {
			if name == "LANG" {
				return tt.locale
			}
			return ""
		}
		b.Run(context.Background())
		if b.kinds() != tt.want || tt.want != "" && b.plans[2] != "LC_ALL=C" {
			t.Errorf("%s: %q, plans %q", tt.locale, b.kinds(), b.plans)
		}
	}
	b := newBench(foreign)
	b.Getenv = func(string) string { return "fr_FR.UTF-8" }
	if b.Run(context.Background()); len(b.plans) != 2 {
		t.Errorf("%d attempts of what stays unknown", len(b.plans))
	}
}

// TestStoppedHour: while the terminal has us stopped, no patience is lost.
func TestStoppedHour(t *testing.T) {
	t.Parallel()
	b := newBench(lost, lost, good)
	attempt := b.Attempt
	b.Attempt = func(p Plan) Outcome {
		if len(b.plans) == 1 {
			b.now = b.now.Add(time.Hour)
			b.paused += time.Hour
		}
		return attempt(p)
	}
	if out := b.Run(context.Background()); !out.OK {
		t.Errorf("gave up after an hour of Ctrl-Z: %s", b.kinds())
	}
}

// TestLessAtOnce: halved down to one, kept from then on, and not beyond what
// the command line says.
func TestLessAtOnce(t *testing.T) {
	t.Parallel()
	killed := failure(classify.Degrade, classify.OutOfMemory, "", "compile: signal: killed")
	b := newBench(killed, killed, lost, killed, good)
	b.Parallel, b.Goflags = 8, "-x"
	b.Run(context.Background())
	want := []string{"", "GOFLAGS=-x -p=4", "GOFLAGS=-x -p=2", "GOFLAGS=-x -p=2", "GOFLAGS=-x -p=1"}
	if !slices.Equal(b.plans, want) || b.kinds() != "lessened lessened again lessened rescued" {
		t.Errorf("%s, plans %q", b.kinds(), b.plans)
	}
	b = newBench(killed)
	b.Parallel = 2
	if b.Run(context.Background()); len(b.plans) != 2 || b.kinds() != "lessened gave-up" {
		t.Errorf("%s, plans %q", b.kinds(), b.plans)
	}
	b = newBench(killed)
	if b.Run(context.Background()); len(b.plans) != 1 || !strings.Contains(b.events[0].Refused, "-p") {
		t.Errorf("%s, plans %q", b.kinds(), b.plans)
	}
}
