//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gosafe/internal/faultproxy"
)

// An outage is a way in which a module proxy cannot be reached for a while.
type outage struct {
	name  string
	alone bool // it takes a network namespace, and so root

	// start makes the server's network and takes it down. It returns the host
	// and port that commands ask, and what brings the network back.
	start func(t *testing.T, s *outageServer) (host string, end func())
}

var outages = []outage{
	{"refused", false, refuse},
	{"refused, in a network of its own", true, refuse},
	{"reset after the request", true, resetAfter(1)},
	{"reset at once", true, resetAfter(0)},
	{"a black hole", true, blackHole},
	{"a route that is gone", true, noRoute},
	{"name server silent", true, silentNames},
}

// TestOutage: an outage of three seconds is over for us soon after its end, and
// commands that waited together do not come back in one instant.
func TestOutage(t *testing.T) {
	t.Parallel()
	outages[0].try(t, 8, 3*time.Second, 10*time.Second)
}

// TestOutageLong: an outage of 20 s is over for us within 25 s of its start.
func TestOutageLong(t *testing.T) {
	if !*long {
		t.Skip("it takes minutes: -long")
	}
	for _, o := range outages {
		t.Run(o.name, func(t *testing.T) { o.try(t, 20, 20*time.Second, 25*time.Second) })
	}
}

// A trial is commands that run through one outage, each as on a machine of its
// own.
type trial struct {
	length, within time.Duration // of the outage; until the commands have to be done
	began          time.Time
	took           []time.Duration // until each command succeeded
	said           []string
	running        sync.WaitGroup
}

func (o outage) try(t *testing.T, n int, length, within time.Duration) {
	if o.alone {
		isolate(t)
	}
	shimGo() // built before the clock runs
	s := newOutageServer(t)
	host, end := o.start(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 3*within)
	defer cancel()
	opens := activeOpens(t)
	tr := &trial{length: length, within: within, began: time.Now(), took: make([]time.Duration, n), said: make([]string, n)}
	for i := range n {
		tr.run(t, ctx, host, i)
	}
	time.Sleep(time.Until(tr.began.Add(length)))
	opens = activeOpens(t) - opens
	asked := s.inOutage()
	end()
	tr.running.Wait()
	tr.judge(t)
	perSecond := func(count int) float64 { return float64(count) / length.Seconds() / float64(n) }
	if o.alone {
		t.Logf("connects during the outage: %.2f a second and command (go's own attempts included)", perSecond(opens))
		if perSecond(opens) > 1.5 {
			t.Errorf("%d connects in %v", opens, length)
		}
	}
	if asked > 0 {
		t.Logf("seen by the server or the name server: %.2f a second and command", perSecond(asked))
	}
	spread := s.spread()
	t.Logf("the first requests after it: %.2f s from the first to the last", spread.Seconds())
	if spread < 100*time.Millisecond { // by chance, once in 100,000 times
		t.Error("they came back together")
	}
}

// run starts the command of that number.
func (tr *trial) run(t *testing.T, ctx context.Context, host string, i int) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(ctx, shimGo(), "mod", "download", "demo.test/m00@v1.0.0")
	cmd.Dir = dir
	cmd.Env = append(gitEnv(t, dir), fmt.Sprintf("GOPROXY=http://%s/%d", host, i), "GOSAFE_PATIENCE=", "NO_PROXY=*")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil { // in this thread's network
		t.Fatal(err)
	}
	tr.running.Add(1)
	go func() {
		defer tr.running.Done()
		err := cmd.Wait()
		tr.took[i], tr.said[i] = time.Since(tr.began), stderr.String()
		if err != nil {
			t.Errorf("command %d: %v\n%s", i, err, stderr.String())
		}
	}()
}

// judge compares the times with what is allowed.
func (tr *trial) judge(t *testing.T) {
	t.Helper()
	late := 0
	for i, took := range tr.took {
		if took < tr.length {
			t.Errorf("command %d succeeded after %v, in the outage", i, took)
		}
		if took > tr.within {
			late++
			t.Logf("command %d took %v\n%s", i, took, tr.said[i])
		}
	}
	if late > 0 {
		t.Errorf("%d of %d commands took longer than %v", late, len(tr.took), tr.within)
	}
	t.Logf("outage of %v; commands succeeded after %.1f to %.1f s, half of them within %.1f s", tr.length,
		slices.Min(tr.took).Seconds(), slices.Max(tr.took).Seconds(), slices.Sorted(slices.Values(tr.took))[len(tr.took)/2].Seconds())
}

// An outageServer is a module proxy that notes when it was asked. Each command
// asks below a path of its own.
type outageServer struct {
	http *http.Server

	mu     sync.Mutex
	asked  int                  // connections that came to nothing, or questions
	firsts map[string]time.Time // requests, by command
}

func newOutageServer(t *testing.T) *outageServer {
	proxy, err := faultproxy.Start(faultproxy.Config{Modules: faultproxy.Graph(1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proxy.Close() })
	s := &outageServer{firsts: map[string]time.Time{}}
	s.http = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		s.mu.Lock()
		if s.firsts[name].IsZero() {
			s.firsts[name] = time.Now()
		}
		s.mu.Unlock()
		r.URL.Path = "/" + rest
		proxy.ServeHTTP(w, r)
	})}
	t.Cleanup(func() { s.http.Close() })
	return s
}

// note counts what came during the outage.
func (s *outageServer) note() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
}

func (s *outageServer) inOutage() (asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// spread is the time between the first and the last command's first request.
func (s *outageServer) spread() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first, last time.Time
	for _, at := range s.firsts {
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	return last.Sub(first)
}

// isolate gives the rest of the test a network and mounts of its own. The
// thread, which is not unlocked, ends with the test.
func isolate(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a network namespace takes root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("no ip: apt-get install iproute2")
	}
	runtime.LockOSThread()
	if err := unshare(); err != nil {
		t.Skipf("no network namespace: %v", err)
	}
	ip(t, "link set lo up")
}

// ip runs ip(8) in this thread's network.
func ip(t *testing.T, args string) {
	t.Helper()
	runCommand(t, append([]string{"ip"}, strings.Fields(args)...)...)
}

func runCommand(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// activeOpens is how many TCP connections this thread's network has begun.
func activeOpens(t *testing.T) int {
	data, err := os.ReadFile("/proc/thread-self/net/snmp")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if f[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = f
			continue
		}
		n := 0
		fmt.Sscan(f[slices.Index(names, "ActiveOpens")], &n)
		return n
	}
	t.Fatal("no ActiveOpens in /proc/net/snmp")
	return 0
}
