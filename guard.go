package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"gosafe/classify"
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

	hold     *wrapper.Hold // of the last attempt; nil if nothing is held
	attempts int
	result   wrapper.Result
	err      error // an attempt could not be started
}

// guard runs the user's command guarded and returns its exit status.
func (s *shim) guard() int {
	if exit := s.loadFirst(); exit != 0 {
		return exit
	}
	sig := wrapper.Listen()
	g := &guarded{shim: s, args: s.argv[1:], sig: sig, stderr: os.Stderr, data: s.verb.DataOnStdout(append(s.goflags(), s.rest...)), tolerant: s.tolerant()}
	out := g.run()
	if g.err != nil {
		sig.Close()
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
	g.sig.Close()
	return g.exit(out)
}

// run runs the loop of attempts.
func (g *guarded) run() retry.Outcome {
	loop := &retry.Loop{
		Attempt:  g.attempt,
		Report:   g.report,
		Sources:  g.sources(),
		Parallel: g.parallel(),
		Goflags:  g.env.Get("GOFLAGS"),
		Progress: g.progress,
		Resumed:  g.sig.Resumed,
		Patience: g.config.patience,
		Health:   g.health(),
		Answers:  retry.Answers,
		Getenv:   func(name string) string { return lookup(g.environ, name) },
		Now:      time.Now,
		Sleep:    retry.Sleep,
	}
	if d := g.config.deadline; time.Since(d) < time.Minute { // an older one was left to a daemon
		loop.Deadline = d
	}
	if g.config.repair {
		loop.Mender = g.mend
	}
	if g.config.mode == "observe" {
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
func (g *guarded) health() retry.Health {
	dir, err := os.UserCacheDir()
	if err != nil {
		return retry.Health{}
	}
	return retry.Health{Dir: filepath.Join(dir, "gosafe", "dead")}
}

// sources is what the user's settings say about where modules come from.
func (g *guarded) sources() retry.Sources {
	return retry.Sources{
		Proxy:    g.env.Get("GOPROXY"),
		Mirrors:  g.config.mirrors,
		Fallback: g.config.fallback,
		VCS:      g.env.Get("GOVCS"),
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
	if flagValue(g.args, "p") != "" {
		return 0
	}
	if n, err := strconv.Atoi(flagValue(g.goflags(), "p")); err == nil && n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// attempt runs the command once.
func (g *guarded) attempt(p retry.Plan) retry.Outcome {
	g.attempts++
	if g.hold != nil {
		g.hold.Drop() // it was not the last attempt
		g.hold = nil
	}
	cmd := wrapper.Command{
		Path:   g.real.Path,
		Argv:   g.real.Argv(append(g.argv[:1:1], g.args...)),
		Env:    with(g.real.Environ(g.environ), p.Env),
		Stderr: g.stderr,
		Watch:  wrapper.Watch{After: g.config.stall << p.Stalls, Answers: retry.AnswersAt, Locked: g.ui.locked},
	}
	g.connect(&cmd)
	result, err := cmd.Run(g.sig)
	switch {
	case errors.Is(err, wrapper.ErrStopped):
		return retry.Outcome{Stopped: true}
	case err != nil:
		g.err = err
		return retry.Outcome{Final: true}
	}
	g.result = result
	return g.outcome(cmd.Merge)
}

// connect decides where the child's standard input and output go.
func (g *guarded) connect(cmd *wrapper.Command) {
	if g.stdout != nil {
		g.stdout.Reset()
		cmd.Stdout = g.stdout
		return
	}
	cmd.Stdin = os.Stdin
	same := wrapper.SameFile(os.Stdout, os.Stderr)
	switch {
	case g.data && same && !wrapper.IsTerminal(os.Stderr):
		// One pipe keeps the order that the reader of this file sees; so what
		// is said on standard error is held back with the data.
		g.hold = wrapper.NewHold(os.Stderr)
		cmd.Stderr, cmd.Merge = g.hold, true
	case g.data:
		g.hold = wrapper.NewHold(os.Stdout)
		cmd.Stdout = g.hold
	default:
		cmd.Merge = same
	}
}

// maxStdout bounds how much of a held output is looked through.
const maxStdout = 64 << 20

// outcome reads the attempt that has just ended.
func (g *guarded) outcome(merged bool) retry.Outcome {
	rec := classify.Record{Args: g.args, Exit: g.result.Exit, Stderr: g.result.Stderr}
	switch {
	case g.hold != nil && (!merged || rec.Exit == 0):
		rec.Stdout = g.hold.Bytes(maxStdout)
	case g.stdout != nil:
		rec.Stdout = g.stdout.Bytes()
	}
	ended := g.result.Signal != 0 || g.result.Exit != 0 // not by itself in the last moment
	if g.result.Stall != nil && ended && g.sig.Stopped() == 0 {
		return g.stalled()
	}
	if g.result.Signal != 0 || g.sig.Stopped() != 0 {
		return retry.Outcome{OK: g.result.Signal == 0 && g.result.Exit == 0, Final: true}
	}
	if g.result.Exit == 0 {
		if v, concealed := classify.Concealed(rec); concealed && (g.hold == nil || !g.hold.Gone()) {
			return retry.Outcome{Verdict: g.judge(v), Concealed: g.stdout == nil}
		}
		return retry.Outcome{OK: true}
	}
	v := g.suspect(g.judge(classify.Classify(rec)))
	return retry.Outcome{
		Verdict: v,
		Final:   g.hold != nil && g.hold.Gone() || v.Decision == classify.Repair && !g.verb.Mends(),
	}
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
	st := g.result.Stall
	g.result.Signal, g.result.Exit = 0, 1
	return retry.Outcome{Verdict: classify.Stalled(span(st.For), st.Argv, st.Back), Stalled: st.For, Back: st.Back, Peers: st.Peers,
		Final: g.hold != nil && g.hold.Gone()}
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
	if slices.Contains(doctors, v.Cause) && findDoctor(g.environ) != "" {
		g.ui.line("hint: gosafe doctor tells what is wrong on the way to the modules")
	}
}

var doctors = []classify.Cause{
	classify.DNSFailure, classify.ConnectFailure, classify.Timeout, classify.ConnectionLost, classify.ServerError, classify.RateLimited,
	classify.TLSUntrusted, classify.AuthRequired, classify.HostKey, classify.ProxyMisconfigured, classify.ToolchainUnavailable,
}

// release lets go what the last attempt's standard output holds.
func (g *guarded) release() {
	if g.hold == nil {
		return
	}
	err, seen := g.hold.Release(), g.hold.Seen() || len(g.result.Stderr) > 0
	g.hold = nil
	if err == nil || g.result.Exit != 0 {
		return
	}
	if !seen {
		// Whether go minds a full disk depends on the command and on how much
		// it has to say. Nothing of this run was seen, and it changed nothing
		// that a second one would: go meets the disk itself.
		g.sig.Close()
		g.result.Exit = g.pass()
		return
	}
	g.ui.line("%v", err)
	g.result.Exit = 1 // as go exits for what is longer than its buffer
}

// exit returns the exit status of the last attempt, or dies of its signal, or
// of the one that came while nothing ran.
func (g *guarded) exit(out retry.Outcome) int {
	switch {
	case g.result.Signal != 0:
		wrapper.Die(g.result.Signal)
	case out.Stopped:
		wrapper.Die(g.sig.Stopped())
	}
	if !out.OK && !out.Final && out.Verdict.Decision != classify.Fail && g.config.transientExit != 0 {
		return g.config.transientExit
	}
	return g.result.Exit
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
