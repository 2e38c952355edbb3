package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"gosafe/classify"
	"gosafe/internal/call"
	"gosafe/internal/goflag"
	"gosafe/internal/settings"
	"gosafe/retry"
	"gosafe/wrapper"
)

// A guarded run is a go command run as a child, again if that can help.
type guarded struct {
	*shim
	args     []string // the go command's arguments
	sig      *wrapper.Signals
	stdout   *boundedBuffer // gets each attempt's standard output; nil: it goes where the user's command has it
	stderr   io.Writer
	tolerant bool // it goes on after real failures (-e), and may exit 0 all the same
	data     bool // standard output is data: a failed attempt's must not be seen

	first    *call.Attempt // made before we were asked; nil if there is none
	last     call.Attempt
	attempts int
	err      error // an attempt could not be started
}

// guard runs the user's command guarded and returns its exit status.
func (s *shim) guard() int {
	if s.first == nil {
		if exit := s.loadFirst(); exit != 0 {
			return exit
		}
	}
	sig := wrapper.Listen()
	g := &guarded{shim: s, first: s.first, args: s.Argv[1:], sig: sig, stderr: os.Stderr, data: s.Verb.DataOnStdout(s.Flags()), tolerant: s.tolerant()}
	out := g.run()
	if g.err != nil {
		sig.CloseOrDie()
		return s.pass() // no pipe, no process: go itself runs, or the system says why not
	}
	g.release()
	if !out.OK && !out.Final && !out.Stopped && out.Verdict.Decision == classify.Fail {
		s.ui.hint(out.Verdict)
		g.edited(out.Verdict)
		if !strings.Contains(out.Verdict.Advice(), "\n") { // two lines are enough
			g.suggestDoctor(out.Verdict)
		}
	}
	return g.exit(out)
}

// run runs the loop of attempts.
func (g *guarded) run() retry.Outcome {
	loop := &retry.Loop{
		Attempt:  g.attempt,
		Report:   g.report,
		Sources:  g.sources(),
		Parallel: g.parallel(),
		Goflags:  g.Env.Get("GOFLAGS"),
		Progress: g.progress,
		Paused:   g.sig.Paused,
		Patience: g.config.Patience,
		Health:   g.health(),
		Answers:  retry.Answers,
		Getenv:   func(name string) string { return call.Lookup(g.Environ, name) },
		Now:      time.Now,
		Sleep:    retry.Sleep,
	}
	if g.first != nil {
		loop.Began = g.first.Began
	}
	if d := g.config.Deadline; time.Since(d) < time.Minute { // an older one was left to a daemon
		loop.Deadline = d
	}
	if g.config.Repair {
		loop.Mender = g.mend
	}
	if g.config.Mode == "observe" {
		return g.observe()
	}
	return loop.Run(g.sig.Context())
}

// observe runs the command once and says what would have been done.
func (g *guarded) observe() retry.Outcome {
	out := g.attempt(retry.Plan{})
	if !out.OK && !out.Final && out.Verdict.Decision != classify.Fail {
		g.release()
		g.ui.line("%s; %s", out.Verdict.Summary(), "would have tried again (GOSAFE=observe)")
	}
	return out
}

// health is where dead endpoints are remembered.
func (g *guarded) health() retry.Health { return retry.Health{Dir: call.CacheDir(call.DeadDir)} }

// sources is what the user's settings say about where modules come from.
func (g *guarded) sources() retry.Sources {
	return retry.Sources{
		Proxy:    g.Env.Get("GOPROXY"),
		Mirrors:  g.config.Mirrors,
		Fallback: g.config.Fallback,
		VCS:      g.Env.Get("GOVCS"),
		HasGit: func() bool {
			_, err := exec.LookPath("git")
			return err == nil
		},
	}
}

// parallel is the number of programs that go runs at once: what -p in GOFLAGS
// says, or one for each processor; 0 if the command line says it, which GOFLAGS
// cannot overrule.
func (g *guarded) parallel() int {
	if goflag.Value(g.args, "p") != "" {
		return 0
	}
	if n, err := strconv.Atoi(goflag.Value(g.Goflags(), "p")); err == nil && n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// attempt runs the command once.
func (g *guarded) attempt(p retry.Plan) retry.Outcome {
	g.attempts++
	g.last.Drop()
	if g.first != nil {
		g.last, g.first = *g.first, nil
		return g.outcome()
	}
	if !p.Deadline.IsZero() {
		p.Env = append(p.Env, settings.DeadlineVar+"="+strconv.FormatInt(p.Deadline.UnixMilli(), 10))
	}
	stderr := g.stderr
	if g.attempts > 1 && stderr == os.Stderr {
		stderr = wrapper.Remarks{}
	}
	cmd := wrapper.Command{
		Path:   g.Real.Path,
		Argv:   g.Real.Argv(append(g.Argv[:1:1], g.args...)),
		Env:    with(g.Real.Environ(g.Environ), p.Env),
		Stderr: stderr,
		Watch:  wrapper.Watch{After: g.config.Stall << p.Stalls, Locked: g.ui.locked},
	}
	g.last = call.Attempt{Began: time.Now()}
	if g.stdout != nil {
		g.stdout.Reset()
		cmd.Stdout = g.stdout
	} else {
		g.last.Connect(&cmd, g.data)
	}
	result, err := cmd.Run(g.sig)
	switch {
	case errors.Is(err, wrapper.ErrStopped):
		return retry.Outcome{Stopped: true}
	case err != nil:
		g.err = err
		return retry.Outcome{Final: true}
	}
	g.last.Result = result
	return g.outcome()
}

// outcome reads the attempt that has just ended.
func (g *guarded) outcome() retry.Outcome {
	gone := g.last.Gone()
	switch stopped := g.sig.Stopped() != 0; {
	case g.last.Stalled() && !stopped:
		return g.stalled()
	case g.last.Signal != 0 || stopped:
		return retry.Outcome{OK: g.last.Signal == 0 && g.last.Exit == 0, Final: true}
	}
	rec := classify.Record{Args: g.args, Exit: g.last.Exit, Stdout: g.last.Stdout(), Stderr: g.last.Stderr}
	if g.stdout != nil {
		rec.Stdout = g.stdout.Bytes()
	}
	if g.last.Exit == 0 {
		if v, concealed := classify.Concealed(rec); concealed && !gone {
			return retry.Outcome{Verdict: g.judge(v), Concealed: g.stdout == nil}
		}
		return retry.Outcome{OK: true}
	}
	v := g.suspect(g.judge(classify.Classify(rec)))
	return retry.Outcome{Verdict: v, Final: gone || v.Decision == classify.Repair && !g.Verb.Mends()}
}

// judge lets a tolerant command's real failures not be its end.
func (g *guarded) judge(v classify.Verdict) classify.Verdict {
	if g.tolerant {
		return curable(v)
	}
	return v
}

// stalled is the outcome of an attempt that was ended because nothing moved.
// Its exit status is the one that go has for a failed download.
func (g *guarded) stalled() retry.Outcome {
	st := g.last.Stall
	g.last.Signal, g.last.Exit = 0, 1
	return retry.Outcome{Verdict: classify.Stalled(span(st.For), st.Argv, st.Back), Stalled: st.For, Back: st.Back, Peers: st.Peers, Final: g.last.Gone()}
}

// report tells the user, the log and the CI what the loop did.
func (g *guarded) report(e retry.Event) {
	if e.Kind == retry.GaveUp {
		g.release() // go's own words come first
	}
	g.ui.event(e)
	if e.Kind == retry.GaveUp {
		g.suggestDoctor(e.Verdict)
	}
	g.log(e)
	g.annotate(e)
}

// suggestDoctor names the program that finds out what is wrong, where it would:
// after failures of the network, of access and of the settings.
func (g *guarded) suggestDoctor(v classify.Verdict) {
	if slices.Contains(doctors, v.Cause) && findDoctor(g.Environ) != "" {
		g.ui.line("hint: gosafe doctor tells what is wrong on the way to the modules")
	}
}

var doctors = []classify.Cause{
	classify.DNSFailure, classify.ConnectFailure, classify.Timeout, classify.ConnectionLost, classify.ServerError, classify.RateLimited,
	classify.TLSUntrusted, classify.AuthRequired, classify.HostKey, classify.ProxyMisconfigured, classify.ToolchainUnavailable,
}

// release lets go what the last attempt's standard output holds.
func (g *guarded) release() {
	g.sig.Settle()
	switch unseen, err := g.last.Release(); {
	case unseen:
		g.last.Exit = g.pass()
	case err != nil:
		g.ui.line("%v", err)
	}
}

// exit returns the exit status of the last attempt, or dies of its signal, or
// of the one that came while nothing ran.
func (g *guarded) exit(out retry.Outcome) int {
	switch {
	case g.last.Signal != 0:
		wrapper.Die(g.last.Signal)
	case out.Stopped:
		wrapper.Die(g.sig.Stopped())
	}
	if !out.OK && !out.Final && out.Verdict.Decision != classify.Fail && g.config.TransientExit != 0 {
		return g.config.TransientExit
	}
	return g.last.Exit
}

// with returns env with the assignments in place of those of the same name.
func with(env, assignments []string) []string {
	if len(assignments) == 0 {
		return env
	}
	out := make([]string, 0, len(env)+len(assignments))
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		replaced := false
		for _, a := range assignments {
			replaced = replaced || strings.HasPrefix(a, name+"=")
		}
		if !replaced {
			out = append(out, kv)
		}
	}
	return append(out, assignments...)
}

// A boundedBuffer keeps the first 64 MiB of what is written to it.
type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if room := 64<<20 - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
