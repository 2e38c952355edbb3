package retry

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gosafe/classify"
)

// environment is a Getenv of those variables.
func environment(kv ...string) func(string) string {
	return func(name string) string {
		for _, s := range kv {
			if n, value, _ := strings.Cut(s, "="); n == name {
				return value
			}
		}
		return ""
	}
}

// TestSilentEntry: a proxy that could not be reached, and cannot be reached
// right after that either, is not asked again if there is another one.
func TestSilentEntry(t *testing.T) {
	t.Parallel()
	b := newBench(refused, good)
	b.Sources = Sources{Proxy: "https://proxy.golang.org,https://goproxy.example", Fallback: "auto"}
	var asked []Endpoint
	b.Answers = func(e Endpoint) bool { asked = append(asked, e); return false }
	b.Run(context.Background())
	if b.kinds() != "switched rescued" || !slices.Equal(asked, []Endpoint{{"proxy.golang.org", "443"}}) {
		t.Errorf("%s, asked %v", b.kinds(), asked)
	}
	b = newBench(refused, good) // the only one: patience
	b.Sources = Sources{Proxy: "https://proxy.golang.org", Fallback: "auto"}
	b.Answers = func(Endpoint) bool { t.Error("asked although there is no other"); return false }
	if b.Run(context.Background()); b.kinds() != "again rescued" {
		t.Error(b.kinds())
	}
}

func TestHTTP1(t *testing.T) {
	t.Parallel()
	stream := failure(classify.Retry, classify.ConnectionLost, "https://proxy.golang.org/x", "stream error: stream ID 3; INTERNAL_ERROR; received from peer")
	curl := failure(classify.Retry, classify.ConnectionLost, "https://github.com/x", "error: RPC failed; curl 92 HTTP/2 stream 0 was not closed cleanly: CANCEL (err 8)")
	for _, tt := range []struct {
		name string
		of   Outcome
		env  []string
		want string
	}{
		{"go", stream, nil, "GODEBUG=http2client=0"},
		{"go, with a GODEBUG", stream, []string{"GODEBUG=netdns=go"}, "GODEBUG=netdns=go,http2client=0"},
		{"go, set by the user", stream, []string{"GODEBUG=http2client=1"}, ""},
		{"git", curl, nil, "GIT_CONFIG_KEY_0=http.version GIT_CONFIG_VALUE_0=HTTP/1.1 GIT_CONFIG_COUNT=1"},
		{"git, with settings", curl, []string{"GIT_CONFIG_COUNT=2"}, "GIT_CONFIG_KEY_2=http.version GIT_CONFIG_VALUE_2=HTTP/1.1 GIT_CONFIG_COUNT=3"},
		{"git, with a wrong setting", curl, []string{"GIT_CONFIG_COUNT=x"}, ""},
		{"no HTTP/2", lost, nil, ""},
	} {
		b := newBench(tt.of, tt.of, tt.of, good)
		b.Getenv = environment(tt.env...)
		b.Run(context.Background())
		if want := []string{"", "", tt.want, tt.want}; !slices.Equal(b.plans, want) {
			t.Errorf("%s: plans %q, want %q", tt.name, b.plans, want)
		}
	}
}

func TestFewerRequests(t *testing.T) {
	t.Parallel()
	b := newBench(limited, limited, limited, limited, limited, limited, good)
	b.Run(context.Background())
	if !strings.HasPrefix(b.plans[1], "GODEBUG=cmdgonetlimit=") || b.plans[6] != "GODEBUG=cmdgonetlimit=1" {
		t.Errorf("plans %q", b.plans)
	}
	b = newBench(limited, limited, good)
	b.Getenv = environment("GODEBUG=cmdgonetlimit=3")
	if b.Run(context.Background()); b.plans[2] != "" {
		t.Errorf("plans %q, against the user's own", b.plans)
	}
}

// TestDeadline: what is handed down is when this run would give up, and a run
// under another one gives up when that does.
func TestDeadline(t *testing.T) {
	t.Parallel()
	b := newBench(lost, good)
	b.Run(context.Background())
	if want := time.Unix(1e9+1+120, 0); len(b.deadlines) != 1 || !b.deadlines[0].Equal(want) {
		t.Errorf("handed down %v, want %v", b.deadlines, want)
	}
	b = newBench(lost)
	b.Deadline = b.now.Add(20 * time.Second)
	out := b.Run(context.Background())
	if took := b.now.Sub(time.Unix(1e9, 0)); out.OK || took > 25*time.Second {
		t.Errorf("went on for %v", took)
	}
}

// TestStallsEnd: the time of stalls is nobody's patience; three in a row
// are the end.
func TestStallsEnd(t *testing.T) {
	t.Parallel()
	stall := failure(classify.Retry, classify.Timeout, "https://proxy.golang.org/x", "nothing moved")
	stall.Stalled = 2 * time.Minute
	b := newBench(stall)
	b.takes = stall.Stalled
	if b.Run(context.Background()); b.kinds() != "again again gave-up" {
		t.Error(b.kinds())
	}
	b = newBench(stall, stall, stall, stall, good)
	b.takes, b.finished = stall.Stalled, []int{1, 2, 3, 4}
	if out := b.Run(context.Background()); !out.OK {
		t.Errorf("%s, although each attempt got further", b.kinds())
	}
}

// TestConcealed: who is content with a failure inside the output does not wait
// for long, and once a minute.
func TestConcealed(t *testing.T) {
	t.Parallel()
	concealed := refused
	concealed.Concealed = true
	health := Health{Dir: t.TempDir()}
	b := newBench(concealed)
	b.Health = health
	out := b.Run(context.Background())
	if took := b.now.Sub(time.Unix(1e9, 0)); !out.OK || took > 20*time.Second || len(b.plans) < 2 {
		t.Errorf("%+v after %v and %d attempts", out, took, len(b.plans))
	}
	again := newBench(concealed)
	again.Health, again.now = health, b.now
	if out := again.Run(context.Background()); !out.OK || len(again.plans) != 1 || len(again.events) > 0 {
		t.Errorf("%+v after %d attempts", out, len(again.plans))
	}
	later := newBench(concealed, good)
	later.Health, later.now = health, b.now.Add(2*time.Minute)
	if later.Run(context.Background()); later.kinds() != "again rescued" {
		t.Errorf("two minutes later: %s", later.kinds())
	}
}

// TestSkipDead: the next command asks a dead proxy nothing, if it may.
func TestSkipDead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ proxy, fallback, plan, kinds string }{
		{"https://proxy.golang.org,https://goproxy.example", "auto", "GOPROXY=https://goproxy.example", "skipped"},
		{"https://proxy.golang.org,https://goproxy.example", "off", "", ""},
		{"https://proxy.golang.org", "auto", "", ""},
		{"https://proxy.golang.org,off", "auto", "", ""},
	} {
		b := newBench(good)
		b.Health = Health{Dir: t.TempDir()}
		b.Health.add(Endpoint{"proxy.golang.org", "443"}, b.now)
		b.Sources = Sources{Proxy: tt.proxy, Fallback: tt.fallback}
		b.Answers = func(Endpoint) bool { return false }
		done := 0
		b.Progress = func() int { done++; return done }
		if b.Run(context.Background()); b.plans[0] != tt.plan || b.kinds() != tt.kinds {
			t.Errorf("%v: plans %q, %s", tt, b.plans, b.kinds())
		}
	}
	back := newBench(good) // it is back
	back.Health = Health{Dir: t.TempDir()}
	back.Health.add(Endpoint{"proxy.golang.org", "443"}, back.now)
	back.Sources = Sources{Proxy: "https://proxy.golang.org,https://goproxy.example", Fallback: "auto"}
	if back.Run(context.Background()); back.plans[0] != "" {
		t.Errorf("left out although it answers: %q", back.plans)
	}
	b := newBench(good) // nothing was fetched: nothing is said
	b.Answers = func(Endpoint) bool { return false }
	b.Health = Health{Dir: t.TempDir()}
	b.Health.add(Endpoint{"proxy.golang.org", "443"}, b.now)
	b.Sources = Sources{Proxy: "https://proxy.golang.org,https://goproxy.example", Fallback: "auto"}
	if b.Run(context.Background()); b.kinds() != "" {
		t.Error(b.kinds())
	}
}

// TestHealth: it forgets after a minute, cleans up after itself, is safe with
// many at once, and harmless where it cannot be.
func TestHealth(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, b := Endpoint{"a.example", "443"}, Endpoint{"b.example", "443"}
	h := Health{Dir: t.TempDir()}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			h.add(Endpoint{"host", strconv.Itoa(i)}, now)
			h.add(a, now)
			h.dead(a, now)
		}()
	}
	wg.Wait()
	if !h.dead(a, now.Add(59*time.Second)) || h.dead(a, now.Add(61*time.Second)) || h.dead(b, now) || h.dead(Endpoint{}, now) {
		t.Error("it remembers wrongly")
	}
	h.add(b, now.Add(2*time.Minute))
	if entries, _ := os.ReadDir(h.Dir); len(entries) != 1 {
		t.Errorf("%d files are left of what is long past", len(entries)-1)
	}
	for _, dir := range []string{"", "/dev/null/x"} {
		h := Health{Dir: dir}
		if h.add(a, now); h.dead(a, now) {
			t.Errorf("%q remembers", dir)
		}
	}
}

// TestWaitsFollowLoss: what has cost little is not waited for long, and not by
// everybody for the same time.
func TestWaitsFollowLoss(t *testing.T) {
	t.Parallel()
	b := newBench(lost)
	b.Sources.Fallback = "off"
	b.Run(context.Background())
	gone, same := time.Duration(0), 0
	for i, w := range b.waits {
		if most := max(time.Second, gone/2); w > most {
			t.Errorf("wait %d is %v after %v", i, w, gone)
		} else if w == most {
			same++
		}
		gone += w + b.takes
	}
	if same > 1 {
		t.Errorf("%d of %d waits are at their bound", same, len(b.waits))
	}
}

// TestGarbled: what looks like damage, is none here, and does not go away is
// the source's own.
func TestGarbled(t *testing.T) {
	t.Parallel()
	garbled := failure(classify.Repair, classify.ModcacheCorrupt, "", "zip: checksum error")
	garbled.Verdict.Where, garbled.Verdict.Findings = classify.Where{}, nil
	b := newBench(garbled)
	b.Mender = func(classify.Verdict) ([]string, error) { return nil, nil }
	if out := b.Run(context.Background()); out.OK || len(b.plans) != maxGarbled+1 || b.kinds() != "again again again gave-up" {
		t.Errorf("%d attempts, %s", len(b.plans), b.kinds())
	}
	for words, want := range map[string]bool{"go: zip: checksum error": true, "go: zip: not a valid zip file": false} {
		b := newBench(failure(classify.Retry, classify.ServerError, "", words))
		if b.Run(context.Background()); (len(b.plans) == maxGarbled+1) != want {
			t.Errorf("%s: %d attempts", words, len(b.plans))
		}
	}
}
