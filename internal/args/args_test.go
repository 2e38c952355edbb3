package args

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{"": "", "a b": "a b", "-v a": "a", "a -v b -n 3": "a b", "a -- -v": "a -v"} {
		flags := flag.NewFlagSet("x", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		verbose, n := flags.Bool("v", false, ""), flags.Int("n", 0, "")
		words, err := Parse(flags, strings.Fields(line))
		if err != nil || !slices.Equal(words, strings.Fields(want)) {
			t.Errorf("%q: %q, %v", line, words, err)
		}
		if !strings.Contains(line, "--") && (*verbose != strings.Contains(line, "-v") || (*n == 3) != strings.Contains(line, "-n")) {
			t.Errorf("%q: -v %v, -n %d", line, *verbose, *n)
		}
		for _, bad := range []string{" x -h", " x -no"} {
			_, err := Parse(flags, strings.Fields(line+bad))
			if !strings.Contains(line, "--") && (err == nil || errors.Is(err, flag.ErrHelp) != strings.HasSuffix(bad, "-h")) {
				t.Errorf("%q: %v", line+bad, err)
			}
		}
	}
}
