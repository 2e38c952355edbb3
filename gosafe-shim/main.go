//go:build unix

// Gosafe-shim is what the name go leads to where gosafe is installed. It knows
// what to do as long as nothing fails, and is small, since the start of a program
// takes as long as there is to link: it becomes the real go, or runs it once and
// looks at how that ended. For everything else it becomes the gosafe beside it,
// which goes on from there.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gosafe/internal/call"
	"gosafe/internal/settings"
	"gosafe/internal/verb"
	"gosafe/wrapper"
)

func main() {
	environ, came, first := call.TakeOver(wrapper.Environ())
	s := shim{call.New(os.Args, environ), settings.Read(environ)}
	if came {
		os.Exit(s.circle(first))
	}
	os.Exit(s.run())
}

// A shim is one call of the go command that has reached us.
type shim struct {
	*call.Call
	config settings.Config
}

// run runs the command as gosafe does (see shim.go there), as far as that goes.
func (s *shim) run() int {
	if len(s.Argv) == 0 || !wrapper.IsGo(s.Argv[0]) || s.config.RealGo != "" || len(s.config.Warnings) > 0 {
		return s.leave()
	}
	real, err := s.Search().Find()
	if err != nil {
		say(err.Error())
		return 127
	}
	s.Found(real)
	switch {
	case s.config.Mode == "off" || real.Inner || s.TakesInput():
		return s.pass()
	case s.Verb.Way == verb.Pass && s.Env.MissingToolchain(s.Dir()) == "":
		return s.pass()
	case s.Verb.Way != verb.Guard, s.StartsTools(), s.config.Mode == "observe", s.Verb.ConcealsFailures(s.Flags()), someDead():
		return s.leave()
	}
	return s.guard()
}

// someDead reports whether gosafe knows of an endpoint that it would not ask.
func someDead() bool {
	entries, err := os.ReadDir(call.CacheDir(call.DeadDir))
	return err == nil && len(entries) > 0
}

// guard makes the first attempt, and leaves to gosafe what did not end well.
func (s *shim) guard() int {
	sig := wrapper.Listen()
	a := call.Attempt{Began: time.Now()}
	cmd := wrapper.Command{
		Path:   s.Real.Path,
		Argv:   s.Real.Argv(s.Argv),
		Env:    s.Real.Environ(s.Environ),
		Stderr: os.Stderr,
		Watch:  wrapper.Watch{After: s.config.Stall, Locked: s.locked},
	}
	a.Connect(&cmd, s.Verb.DataOnStdout(s.Flags()))
	var err error
	a.Result, err = cmd.Run(sig)
	stop := sig.Stopped()
	switch {
	case err != nil:
		sig.CloseOrDie()
		return s.pass() // no pipe, no process: go itself runs, or the system says why not
	case stop != 0 || a.Gone() || !a.Stalled() && (a.Signal != 0 || a.Exit == 0 && !a.MayConceal()):
		if stop != 0 {
			a.Stall = nil // that was not why it ended
		}
		return s.end(sig, &a)
	}
	sig.CloseOrDie() // from here on a signal ends us, as it would gosafe
	wrapper.Ignore()
	warn(s.become(&a))
	return s.end(sig, &a)
}

// end lets go what the attempt's standard output holds, and ends as it did. If
// nothing is held the signals are left as they are: to let them act again takes a
// quarter of a millisecond, and the process ends now.
func (s *shim) end(sig *wrapper.Signals, a *call.Attempt) int {
	if a.Hold != nil {
		sig.Settle()
	}
	unseen, err := a.Release()
	if unseen {
		return s.pass()
	}
	if err != nil {
		say(err.Error())
	}
	return a.End()
}

// circle is for a process that has become itself: the gosafe beside us is none. A
// failure stands as it is, and what has not been run is run by the real go.
func (s *shim) circle(first *call.Attempt) int {
	warn(errors.New("the gosafe beside gosafe-shim is gosafe-shim, so that nothing is tried again; run install.sh again"))
	if first != nil {
		return first.End()
	}
	return s.passAnyhow()
}

// pass becomes the real go.
func (s *shim) pass() int {
	code, err := s.Pass()
	say(fmt.Sprintf("running %s: %v", s.Real.Path, err))
	return code
}

// leave becomes gosafe before anything has been run. If that is not there, the
// real go runs as if we were not there either.
func (s *shim) leave() int {
	warn(s.become(nil))
	return s.passAnyhow()
}

// passAnyhow becomes the real go wherever that is.
func (s *shim) passAnyhow() int {
	real, err := s.Search().Find()
	if err != nil {
		say(err.Error())
		return 127
	}
	s.Found(real)
	return s.pass()
}

// become becomes gosafe, and returns only if that is not possible.
func (s *shim) become(a *call.Attempt) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding gosafe: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(exe); err == nil {
		exe = resolved // not every system does that by itself
	}
	err = s.HandOver(filepath.Join(filepath.Dir(exe), "gosafe"), a)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; gosafe-shim needs gosafe beside it, where install.sh puts both", err)
	}
	return err
}

// warn tells what is wrong with our own surroundings.
func warn(err error) { say("warning: " + err.Error()) }

// locked tells that the run waits for a lock that another process holds.
func (s *shim) locked(holder int, name string) {
	if !s.config.Quiet {
		say(fmt.Sprintf(call.Locked, holder, name))
	}
}

// say prints a line of ours.
func say(text string) { io.WriteString(wrapper.Remarks{}, "gosafe: "+plain(text)+"\n") }

// plain keeps control characters off the terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
