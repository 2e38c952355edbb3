package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	shellwords "github.com/mattn/go-shellwords"

	"gosafe/retry"
)

// config is what the GOSAFE_* variables say.
type config struct {
	mode          string   // on, off, observe
	realGo        []string // GOSAFE_GO, split
	patience      time.Duration
	stall         time.Duration // 0: never
	fallback      string        // auto, all, off
	mirrors       []string
	repair        bool
	log           string
	annotate      string // auto, off
	quiet         bool
	transientExit int // 0: the child's own

	deadline time.Time // not a setting: handed down by the gosafe that runs us

	warnings []string // settings that were not understood, in words
}

// A setting is one environment variable of gosafe's. There is no other way to
// configure it: no file, and nothing that a repository could bring along.
type setting struct {
	name, value string // value is the default, as one would write it
	reason      string // what it is for, in a line
	parse       func(c *config, s string) error
}

// settings is the one list of them: `gosafe about` prints it, README repeats
// it, and repo_test.go compares the two.
var settings = []setting{
	{"GOSAFE", "on", "on; off runs the real go as if gosafe were not there; observe only says what it would have done",
		parseMode},
	{"GOSAFE_GO", "", "the real go to run, as an absolute path; empty looks on PATH below gosafe",
		parseRealGo},
	{"GOSAFE_PATIENCE", "2m", "how long to go on without any progress; ten times that in all; 0 never tries again",
		duration(func(c *config) *time.Duration { return &c.patience })},
	{"GOSAFE_STALL", "2m", "end an attempt that waits for the network and in which nothing has moved for so long, and try again; 0 never (Linux only)",
		duration(func(c *config) *time.Duration { return &c.stall })},
	{"GOSAFE_FALLBACK", "auto", "leave out a dead entry of GOPROXY: auto (well-known public proxies, and before |), all (any entry), off",
		oneOf(func(c *config) *string { return &c.fallback }, "auto", "all", "off")},
	{"GOSAFE_MIRRORS", "", "module proxies to ask when an entry of GOPROXY is left out (see GOSAFE_FALLBACK), or the only one is dead; separated by commas",
		parseMirrors},
	{"GOSAFE_REPAIR", "on", "mend what is damaged in the caches: on, off",
		onOff(func(c *config) *bool { return &c.repair })},
	{"GOSAFE_LOG", "", "append a line of JSON for each event to this file",
		func(c *config, s string) error { c.log = s; return nil }},
	{"GOSAFE_ANNOTATE", "auto", "annotate a rescued run on GitHub Actions: auto, off",
		oneOf(func(c *config) *string { return &c.annotate }, "auto", "off")},
	{"GOSAFE_QUIET", "off", "say nothing of what was done: on, off",
		onOff(func(c *config) *bool { return &c.quiet })},
	{"GOSAFE_TRANSIENT_EXIT", "", "exit status when giving up on a failure that may pass (75 is the custom); empty keeps go's own",
		parseTransientExit},
}

// readSettings reads the settings from environ. One that cannot be understood
// keeps its default and is named in the warnings: it must not keep go from
// running.
func readSettings(environ []string) config {
	var c config
	for _, s := range settings {
		if s.value != "" {
			if err := s.parse(&c, s.value); err != nil {
				panic("default of " + s.name + ": " + err.Error())
			}
		}
	}
	seen := map[string]bool{}
	for _, kv := range environ {
		if !strings.HasPrefix(kv, "GOSAFE") {
			continue
		}
		name, value, _ := strings.Cut(kv, "=")
		if seen[name] {
			continue // of two assignments the first one counts, as for go
		}
		seen[name] = true
		if ms, err := strconv.ParseInt(value, 10, 64); name == retry.DeadlineVar && err == nil {
			c.deadline = time.UnixMilli(ms)
		}
		if s := findSetting(name); s != nil && value != "" {
			if err := s.parse(&c, value); err != nil {
				c.warnings = append(c.warnings, fmt.Sprintf("%s: %v; going on as if it were not set", name, err))
			}
		}
	}
	return c
}

func findSetting(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	return nil
}

// parseMode takes the three words and what else people write for on and off.
func parseMode(c *config, s string) error {
	if strings.EqualFold(s, "observe") {
		c.mode = "observe"
		return nil
	}
	var on bool
	if err := onOff(func(*config) *bool { return &on })(c, s); err != nil {
		return fmt.Errorf("%q is none of on, off, observe", s)
	}
	c.mode = "off"
	if on {
		c.mode = "on"
	}
	return nil
}

// oneOf accepts the words it is given, in any case.
func oneOf(field func(*config) *string, words ...string) func(*config, string) error {
	return func(c *config, s string) error {
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
func onOff(field func(*config) *bool) func(*config, string) error {
	return func(c *config, s string) error {
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

// parseRealGo takes a path as it is, spaces and all, and splits what is none
// as a shell would, without running or expanding anything.
func parseRealGo(c *config, s string) error {
	if fi, err := os.Stat(s); err == nil && !fi.IsDir() {
		c.realGo = []string{s}
		return nil
	}
	p := shellwords.NewParser()
	words, err := p.Parse(s)
	if err != nil || p.Position >= 0 || len(words) == 0 { // Position: it stopped at ; & | < or >
		return fmt.Errorf("%q is neither a file nor a command line", s)
	}
	c.realGo = words
	return nil
}

// duration accepts what time.ParseDuration does, and a bare number of seconds.
func duration(field func(*config) *time.Duration) func(*config, string) error {
	return func(c *config, s string) error {
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

func parseMirrors(c *config, s string) error {
	for _, m := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '|' || r == ' ' }) {
		if !strings.HasPrefix(m, "https://") && !strings.HasPrefix(m, "http://") && !strings.HasPrefix(m, "file://") {
			c.mirrors = nil
			return fmt.Errorf("it holds something that is not an http, https or file URL")
		}
		c.mirrors = append(c.mirrors, m)
	}
	return nil
}

func parseTransientExit(c *config, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 125 {
		return fmt.Errorf("%q is not an exit status between 1 and 125", s)
	}
	c.transientExit = n
	return nil
}
