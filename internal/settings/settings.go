// Package settings reads the GOSAFE_* variables: the only configuration there
// is.
package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Config is what the GOSAFE_* variables say.
type Config struct {
	Mode          string // on, off, observe
	RealGo        string // GOSAFE_GO
	Patience      time.Duration
	Stall         time.Duration // 0: never
	Fallback      string        // auto, all, off
	Mirrors       []string
	Repair        bool
	Log           string
	Annotate      string // auto, off
	Quiet         bool
	TransientExit int // 0: the child's own

	Deadline time.Time // not a setting: handed down by the gosafe that runs us

	Warnings []string // settings that were not understood, in words
}

// A Setting is one environment variable of gosafe's. There is no other way to
// configure it: no file, and nothing that a repository could bring along.
type Setting struct {
	Name, Value string // Value is the default, as one would write it
	Reason      string // what it is for, in a line
	parse       func(c *Config, s string) error
}

// DeadlineVar hands a deadline, in milliseconds since 1970, to a gosafe that
// runs below this one, so that their waits do not multiply. It is set for
// attempts after the first: only these come after a wait.
const DeadlineVar = "GOSAFE_DEADLINE"

// All is the one list of them: `gosafe about` prints it, README repeats
// it, and repo_test.go of the root compares the two.
var All = []Setting{
	{"GOSAFE", "on", "on; off runs the real go as if gosafe were not there; observe only says what it would have done",
		parseMode},
	{"GOSAFE_GO", "", "the real go to run, as an absolute path; empty looks on PATH below gosafe",
		func(c *Config, s string) error { c.RealGo = s; return nil }},
	{"GOSAFE_PATIENCE", "2m", "how long to go on without any progress; ten times that in all; 0 never tries again",
		duration(func(c *Config) *time.Duration { return &c.Patience })},
	{"GOSAFE_STALL", "2m", "end an attempt that waits for the network and in which nothing has moved for so long, and try again; 0 never (Linux only)",
		duration(func(c *Config) *time.Duration { return &c.Stall })},
	{"GOSAFE_FALLBACK", "auto", "leave out a dead entry of GOPROXY: auto (well-known public proxies, and before |), all (any entry), off",
		oneOf(func(c *Config) *string { return &c.Fallback }, "auto", "all", "off")},
	{"GOSAFE_MIRRORS", "", "module proxies to ask when an entry of GOPROXY is left out (see GOSAFE_FALLBACK), or the only one is dead; separated by commas",
		parseMirrors},
	{"GOSAFE_REPAIR", "on", "mend what is damaged in the caches: on, off",
		onOff(func(c *Config) *bool { return &c.Repair })},
	{"GOSAFE_LOG", "", "append a line of JSON for each event to this file",
		func(c *Config, s string) error { c.Log = s; return nil }},
	{"GOSAFE_ANNOTATE", "auto", "annotate a rescued run on GitHub Actions: auto, off",
		oneOf(func(c *Config) *string { return &c.Annotate }, "auto", "off")},
	{"GOSAFE_QUIET", "off", "say nothing of what was done: on, off",
		onOff(func(c *Config) *bool { return &c.Quiet })},
	{"GOSAFE_TRANSIENT_EXIT", "", "exit status when giving up on a failure that may pass (75 is the custom); empty keeps go's own",
		parseTransientExit},
}

// defaults are the settings of who sets none: what parsing the table's values
// gives, which a test sees to. Every start of go would pay for parsing them.
func defaults() Config {
	return Config{Mode: "on", Patience: 2 * time.Minute, Stall: 2 * time.Minute, Fallback: "auto", Repair: true, Annotate: "auto"}
}

// Read reads the settings from environ. One that cannot be understood keeps its
// default and is named in the warnings: it must not keep go from running.
func Read(environ []string) Config {
	c := defaults()
	var seen map[string]bool
	for _, kv := range environ {
		if !strings.HasPrefix(kv, "GOSAFE") {
			continue
		}
		name, value, _ := strings.Cut(kv, "=")
		if seen[name] {
			continue // of two assignments the first one counts, as for go
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		seen[name] = true
		if ms, err := strconv.ParseInt(value, 10, 64); name == DeadlineVar && err == nil {
			c.Deadline = time.UnixMilli(ms)
		}
		if s := Find(name); s != nil && value != "" {
			if err := s.parse(&c, value); err != nil {
				c.Warnings = append(c.Warnings, fmt.Sprintf("%s: %v; going on as if it were not set", name, err))
			}
		}
	}
	return c
}

// Find returns the setting of a name, or nil.
func Find(name string) *Setting {
	for i := range All {
		if All[i].Name == name {
			return &All[i]
		}
	}
	return nil
}

// parseMode takes the three words and what else people write for on and off.
func parseMode(c *Config, s string) error {
	if strings.EqualFold(s, "observe") {
		c.Mode = "observe"
		return nil
	}
	var on bool
	if err := onOff(func(*Config) *bool { return &on })(c, s); err != nil {
		return fmt.Errorf("%q is none of on, off, observe", s)
	}
	c.Mode = "off"
	if on {
		c.Mode = "on"
	}
	return nil
}

// oneOf accepts the words it is given, in any case.
func oneOf(field func(*Config) *string, words ...string) func(*Config, string) error {
	return func(c *Config, s string) error {
		for _, w := range words {
			if strings.EqualFold(s, w) {
				*field(c) = w
				return nil
			}
		}
		return fmt.Errorf("%q is none of %s", s, strings.Join(words, ", "))
	}
}

// onOff accepts on and off, and what else people write for them.
func onOff(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, s string) error {
		switch strings.ToLower(s) {
		case "on", "1", "true", "yes":
			*field(c) = true
		case "off", "0", "false", "no":
			*field(c) = false
		default:
			return fmt.Errorf("%q is neither on nor off", s)
		}
		return nil
	}
}

// duration accepts what time.ParseDuration does, and a bare number of seconds.
func duration(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, s string) error {
		d, err := time.ParseDuration(s)
		if err != nil {
			n, nerr := strconv.Atoi(s)
			if nerr != nil {
				return fmt.Errorf("%q is not a duration such as 90s or 5m", s)
			}
			d = time.Duration(n) * time.Second
		}
		if d < 0 || d > 24*time.Hour {
			return fmt.Errorf("%q is not between 0 and 24h", s)
		}
		*field(c) = d
		return nil
	}
}

func parseMirrors(c *Config, s string) error {
	for _, m := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '|' || r == ' ' }) {
		if !strings.HasPrefix(m, "https://") && !strings.HasPrefix(m, "http://") && !strings.HasPrefix(m, "file://") {
			c.Mirrors = nil
			return fmt.Errorf("it holds something that is not an http, https or file URL")
		}
		c.Mirrors = append(c.Mirrors, m)
	}
	return nil
}

func parseTransientExit(c *Config, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 125 {
		return fmt.Errorf("%q is not an exit status between 1 and 125", s)
	}
	c.TransientExit = n
	return nil
}
