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

func TestLastCounts(t *testing.T) {
	t.Parallel()
	args := []string{"-p=1", "--tags", "a,b", "x", "-p", "3", "-json", "-json=false"}
	if v := Value(args, "p"); v != "3" {
		t.Errorf("-p: %q", v)
	}
	if v := Value(args, "tags"); v != "a,b" {
		t.Errorf("-tags: %q", v)
	}
	if v := Value(append(args, "-p"), "p"); v != "" {
		t.Errorf("-p without a value: %q", v)
	}
	if On(args, "json") || !On(args[:7], "json") || On(args, "e") || !Has(args, "json") {
		t.Error("-json=false switches -json off again, and is there")
	}
}
