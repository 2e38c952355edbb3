package settings

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	var parsed Config
	for _, s := range All {
		if s.Value != "" {
			if err := s.parse(&parsed, s.Value); err != nil {
				t.Errorf("%s=%s: %v", s.Name, s.Value, err)
			}
		}
	}
	if got := defaults(); !reflect.DeepEqual(got, parsed) {
		t.Errorf("%+v\nbut the table says\n%+v", got, parsed)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		environ  []string
		want     func(*Config)
		warnings string
	}{
		"nothing":       {nil, func(*Config) {}, ""},
		"another's":     {[]string{"GOSAFEX=1", "PATH=x", "GOSAFE"}, func(*Config) {}, ""},
		"off":           {[]string{"GOSAFE=0"}, func(c *Config) { c.Mode = "off" }, ""},
		"observe":       {[]string{"GOSAFE=Observe"}, func(c *Config) { c.Mode = "observe" }, ""},
		"seconds":       {[]string{"GOSAFE_PATIENCE=90", "GOSAFE_STALL=0"}, func(c *Config) { c.Patience, c.Stall = 90*time.Second, 0 }, ""},
		"the first one": {[]string{"GOSAFE_QUIET=on", "GOSAFE_QUIET=off"}, func(c *Config) { c.Quiet = true }, ""},
		"empty":         {[]string{"GOSAFE=", "GOSAFE_PATIENCE="}, func(*Config) {}, ""},
		"nonsense":      {[]string{"GOSAFE=maybe", "GOSAFE_PATIENCE=-1s", "GOSAFE_TRANSIENT_EXIT=0"}, func(*Config) {}, "GOSAFE: GOSAFE_PATIENCE: GOSAFE_TRANSIENT_EXIT:"},
		"a mirror":      {[]string{"GOSAFE_MIRRORS=https://a.example, https://b.example"}, func(c *Config) { c.Mirrors = []string{"https://a.example", "https://b.example"} }, ""},
		"a deadline":    {[]string{DeadlineVar + "=1000"}, func(c *Config) { c.Deadline = time.UnixMilli(1000) }, ""},
	} {
		want := defaults()
		tt.want(&want)
		got := Read(tt.environ)
		for _, w := range strings.Fields(tt.warnings) {
			if !strings.Contains(strings.Join(got.Warnings, "; "), w) {
				t.Errorf("%s: no warning of %s in %q", name, w, got.Warnings)
			}
		}
		if len(got.Warnings) != len(strings.Fields(tt.warnings)) {
			t.Errorf("%s: warnings %q", name, got.Warnings)
		}
		if got.Warnings = nil; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v\nwant %+v", name, got, want)
		}
	}
}
