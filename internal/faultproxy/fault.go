package faultproxy

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Fault is a kind of misbehaviour with its argument. What arguments a kind
// takes, and what "" stands for, is in the table that Kinds returns.
type Fault struct {
	Kind string
	Arg  string
}

// String returns the fault as ParseFault reads it.
func (f Fault) String() string {
	if f.Arg == "" {
		return f.Kind
	}
	return f.Kind + ":" + f.Arg
}

// A fault is a Fault that was checked.
type fault struct {
	Fault
	kind *kind
	arg  setting
}

// An argument is what a kind's argument means.
type argument uint8

const (
	argNone   argument = iota
	argStatus          // CODE or CODE/SECONDS
	argShare           // share of the body, 0 to 1
	argWait            // a duration
)

// A setting is a parsed argument; only the fields of its argument are set.
type setting struct {
	code  int // HTTP status
	after int // Retry-After in seconds; 0 means none
	share float64
	wait  time.Duration
}

func (f Fault) parse() (fault, error) {
	for i := range kinds {
		k := &kinds[i]
		if k.name != f.Kind {
			continue
		}
		arg := f.Arg
		if arg == "" {
			arg = k.std
		}
		s, err := parseArg(k.arg, arg)
		if err != nil {
			return fault{}, fmt.Errorf("fault %s: %w", f, err)
		}
		return fault{f, k, s}, nil
	}
	return fault{}, fmt.Errorf("unknown kind of fault %q", f.Kind)
}

func parseArg(a argument, text string) (s setting, err error) {
	switch a {
	case argNone:
		if text != "" {
			err = fmt.Errorf("takes no argument")
		}
	case argStatus:
		code, after, has := strings.Cut(text, "/")
		s.code, err = strconv.Atoi(code)
		if err == nil && (s.code < 200 || s.code > 599) {
			err = fmt.Errorf("%d is not a final status", s.code)
		}
		if err == nil && has {
			s.after, err = strconv.Atoi(after)
		}
		if s.code == http.StatusTooManyRequests && !has {
			s.after = 1
		}
	case argShare:
		s.share, err = strconv.ParseFloat(text, 64)
		if err == nil && !(s.share >= 0 && s.share <= 1) {
			err = fmt.Errorf("%s is not a share from 0 to 1", text)
		}
	case argWait:
		s.wait, err = time.ParseDuration(text)
	}
	return s, err
}

// ParseFault parses KIND[:ARG]. A bare number is a status: "502" means "status:502".
func ParseFault(text string) (Fault, error) {
	var f Fault
	f.Kind, f.Arg, _ = strings.Cut(text, ":")
	if _, err := strconv.Atoi(f.Kind); err == nil && f.Arg == "" {
		f = Fault{Status, f.Kind}
	}
	_, err := f.parse()
	return f, err
}

// ParseRule parses PATH=FAULT[|FAULT...][,OPTION...]. PATH is a regular
// expression without "=", or empty; an OPTION is times=N, skip=N, every=N,
// chance=P or per-path.
func ParseRule(text string) (Rule, error) {
	path, rest, ok := strings.Cut(text, "=")
	if !ok {
		return Rule{}, fmt.Errorf("rule %q: want PATH=FAULT[,OPTION...]", text)
	}
	faults, options, has := strings.Cut(rest, ",")
	r := Rule{Path: path}
	for _, one := range strings.Split(faults, "|") {
		f, err := ParseFault(one)
		if err != nil {
			return Rule{}, fmt.Errorf("rule %q: %w", text, err)
		}
		r.Faults = append(r.Faults, f)
	}
	if has {
		for _, option := range strings.Split(options, ",") {
			if err := r.setOption(option); err != nil {
				return Rule{}, fmt.Errorf("rule %q: option %q: %w", text, option, err)
			}
		}
	}
	if _, err := compile(r); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	return r, nil
}

func (r *Rule) setOption(option string) (err error) {
	name, value, _ := strings.Cut(option, "=")
	switch name {
	case "times":
		r.Times, err = strconv.Atoi(value)
	case "skip":
		r.Skip, err = strconv.Atoi(value)
	case "every":
		r.Every, err = strconv.Atoi(value)
	case "chance":
		r.Chance, err = strconv.ParseFloat(value, 64)
	case "per-path":
		r.PerPath = true
	default:
		err = fmt.Errorf("unknown; want times, skip, every, chance or per-path")
	}
	return err
}
