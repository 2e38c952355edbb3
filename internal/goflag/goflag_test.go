package goflag

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"": nil, "  ": nil, "-x": {"-x"}, " -x\t-v\n": {"-x", "-v"},
		`"-toolexec=/a b/c" -v`: {"-toolexec=/a b/c", "-v"},
		`'-ldflags=-X "m=1"'`:   {`-ldflags=-X "m=1"`},
		`-ldflags='-s -w'`:      {"-ldflags='-s", "-w'"},
		`"-unfinished -x`:       {"-unfinished -x"},
		`""`:                    {""},
		`'a'"b"`:                {"a", "b"},
	} {
		if got := Split(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
