package main

import (
	"fmt"
	"os"
	"strings"

	shellwords "github.com/mattn/go-shellwords"

	"gosafe/internal/call"
	"gosafe/internal/settings"
	"gosafe/internal/verb"
	"gosafe/wrapper"
)

// A shim is one call of the go command, with the user's settings.
type shim struct {
	*call.Call
	config settings.Config
	ui     ui
	first  *call.Attempt // what gosafe-shim has left to us; nil if it was not there
}

func newShim(argv, environ []string) *shim {
	environ, _, first := call.TakeOver(environ)
	s := &shim{Call: call.New(argv, environ), config: settings.Read(environ), first: first}
	s.ui = ui{w: wrapper.Remarks{}, quiet: s.config.Quiet}
	return s
}

// run runs the command in the way that its verb asks for.
func (s *shim) run() int {
	err := s.find()
	switch {
	case err != nil && s.first != nil: // it has gone since: the failure stands
		return s.first.End()
	case err != nil:
		s.ui.quiet = false
		s.ui.line("%v", err)
		return 127
	case s.first != nil:
		return s.guard()
	}
	if s.config.Mode == "off" || s.Real.Inner {
		return s.pass()
	}
	s.warn()
	if s.TakesInput() {
		return s.pass()
	}
	if s.Verb.Way == verb.Guard && !s.StartsTools() {
		return s.guard()
	}
	if s.config.Mode == "observe" {
		return s.pass() // nothing is run that the command would not have run
	}
	if s.Env.MissingToolchain(s.Dir()) != "" {
		s.fetchToolchain()
	}
	if s.Verb.Way != verb.Pass {
		s.prefetch()
	}
	return s.pass()
}

// find looks for the real go. A GOSAFE_GO that cannot be is warned of and left
// aside: a bad setting must not keep go from running.
func (s *shim) find() error {
	search := s.Search()
	words, err := splitRealGo(s.config.RealGo)
	if search.Override = words; err == nil {
		err = search.CheckOverride()
	}
	if err != nil {
		s.config.Warnings = append(s.config.Warnings, "GOSAFE_GO: "+err.Error()+"; going on as if it were not set")
		search.Override = nil
	}
	real, err := search.Find()
	s.Found(real)
	return err
}

// splitRealGo takes a path as it is, spaces and all, and splits what is none as
// a shell would, without running or expanding anything.
func splitRealGo(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	if fi, err := os.Stat(text); err == nil && !fi.IsDir() {
		return []string{text}, nil
	}
	p := shellwords.NewParser()
	words, err := p.Parse(text)
	if err != nil || p.Position >= 0 || len(words) == 0 { // Position: it stopped at ; & | < or >
		return nil, fmt.Errorf("%q is neither a file nor a command line", text)
	}
	return words, nil
}

// warn tells, in one line, which settings were not understood.
func (s *shim) warn() {
	if len(s.config.Warnings) > 0 {
		s.ui.warning("%s", strings.Join(s.config.Warnings, "; "))
	}
}

// pass becomes the real go. It returns only if that is not possible.
func (s *shim) pass() int {
	code, err := s.Pass()
	if err != nil && s.Real.Source == "GOSAFE_GO" {
		s.cannotRun(err)
		s.config.RealGo = ""
		if err = s.find(); err == nil {
			return s.pass()
		}
	}
	if err != nil {
		s.cannotRun(err)
	}
	return code
}

func (s *shim) cannotRun(err error) {
	s.ui.quiet = false
	s.ui.line("running %s: %v", s.Real.Path, err)
}
