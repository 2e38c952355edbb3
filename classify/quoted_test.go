package classify

import (
	"strconv"
	"strings"
	"testing"
)

// quotingShapes are messages of go1.26 that repeat a string of the program's:
// QUOTED as the source has it, RAW between backquotes, BARE without quotes.
// testdata/corpus/quoted.jsonl holds the runs.
var quotingShapes = []struct{ command, text string }{
	{"build ./...", "# example.com/p\n./a.go:2:13: cannot use QUOTED (untyped string constant) as int value in variable declaration\n"},
	{"build ./...", "# example.com/p\n./a.go:3:13: cannot use c (untyped string constant QUOTED) as int value in variable declaration\n"},
	{"build ./...", "# example.com/p\n./a.go:2:84: duplicate key QUOTED in map literal\n"},
	{"build ./...", "# example.com/p\n./a.go:2:9: invalid operation: operator - not defined on QUOTED\n"},
	{"build ./...", "# example.com/p\n./a.go:2:13: cannot use g('\"', QUOTED) + g('`', RAW) (value of type string) as int value in argument to f\n"},
	{"build ./...", "# example.com/p\n./a.go:2:13: cannot use `first\nBARE\n\tBARE\nlast` (untyped string constant \"first...) as int value in variable declaration\n"},
	{"build ./...", "# example.com/p\n./a.go:2:13: cannot use RAW (untyped string constant QUOTED) as int value in variable declaration\n"},
	{"build ./...", "# example.com/p\n./a.go:3:3: invalid quoted string in //go:embed: \"BARE\n"},
	{"build ./...", "# example.com/p\n./a.go:3:2: error: #error BARE\n    3 | #error BARE\n      |  ^~~~~\n"},
	{"build ./...", "# example.com/p\n./a.go:3:10: fatal error: BARE: No such file or directory\n    3 | #include \"BARE\"\n      |          ^~~\ncompilation terminated.\n"},
	{"build ./...", "a.go:1:9: expected 'IDENT', found QUOTED\n"},
	{"build ./...", "a.go:3:12: pattern BARE: no matching files found\n"},
	{"build ./...", "a.go:2:8: invalid import path: BARE\n"},
	{"build ./...", "found packages h (BARE.go) and j (z.go) in /src/p\n"},
	{"build ./...", "/src/p/a.go: invalid #cgo line: #cgo BARE\n"},
	{"vet ./...", "# example.com/p\n# [example.com/p]\n./a.go:3:24: fmt.Printf format %d has arg QUOTED of wrong type string\n"},
	{"vet ./...", "# example.com/p\n./a.go:3:24: fmt.Printf format %d has arg `a\nBARE\nb` of wrong type string\n"},
	{"vet ./...", "# example.com/p\nvet: ./a.go:2:13: cannot use QUOTED (untyped string constant) as int value in variable declaration\n"},
	{"vet ./...", "a.go:2:17: struct field tag RAW not compatible with reflect.StructTag.Get: bad syntax for struct tag value\n"},
	{"vet ./...", "a.go:2:32: redundant or: s == QUOTED || s == QUOTED\n"},
	{"test ./...", "# example.com/p\n# [example.com/p]\n./a_test.go:3:40: fmt.Printf format %d has arg QUOTED of wrong type string\nFAIL\texample.com/p [build failed]\nFAIL\n"},
}

// TestQuotesCureNothing puts each line of each curable record into the code of
// a program that does not compile.
func TestQuotesCureNothing(t *testing.T) {
	t.Parallel()
	phrases := map[string]bool{}
	for _, s := range corpus(t) {
		if s.Decision == "fail" || len(s.Stderr) > 4000 {
			continue
		}
		for _, l := range strings.Split(s.Stderr, "\n") {
			l = strings.TrimSpace(strings.ReplaceAll(plain(l), "`", ""))
			phrases[l] = l != ""
			_, words, _ := strings.Cut(l, ": ")
			phrases[words] = words != ""
			phrases[l[strings.LastIndex(l, ": ")+1:]] = true
		}
	}
	for p := range phrases {
		if strings.TrimSpace(p) == "" {
			continue
		}
		words := strings.NewReplacer("QUOTED", strconv.Quote(p), "RAW", "`"+p+"`", "BARE", p)
		for _, shape := range quotingShapes {
			stderr := words.Replace(shape.text)
			if v := classified(shape.command, stderr); v.Decision != Fail {
				t.Errorf("judged %s/%s by %q:\n%s", v.Decision, v.Cause, v.Rule, stderr)
			}
		}
	}
}

// TestQuotesHideNothing: what follows a quoted URL or path is no quote, nor is
// what a tool of Go or C says at a position of its own accord.
func TestQuotesHideNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stderr string
		want   Cause
	}{
		{"main.go:3:8: acme.example/kit@v1.0.0: Get \"https://proxy.acme.example/x y\": dial tcp 10.0.0.1:443: connect: connection refused\n", ConnectFailure},
		{"main.go:3:8: unrecognized import path \"acme.example/kit\": https fetch: Get \"https://acme.example/kit?go-get=1\": net/http: TLS handshake timeout\n", Timeout},
		{"main.go:3:8: unknown import path \"acme.example/kit\": unexpected end of JSON input\n", ServerError},
		{"# internal/cpu\n/usr/local/go/src/internal/cpu/cpu_x86.s:8: #include: open go_asm.h: too many open files\n", ResourceExhausted},
		{"# acme.example/c\n./a.c:1:10: fatal error: /usr/include/stdio.h: Too many open files\n", ResourceExhausted},
		{"# acme.example/c\n./a.c:9:1: fatal error: Killed signal terminated program cc1\n", OutOfMemory},
		{"main.go:7:2: open vendor/acme.example/kit: too many open files\n", ResourceExhausted},
		{"main.go:4:2: could not import \"sync/atomic\": open /root/.cache/go-build/3c/" + strings.Repeat("3c1d", 16) + "-d: no such file or directory\n", BuildcacheCorrupt},
	} {
		if v := classified("build ./...", tt.stderr); v.Cause != tt.want || v.Decision == Fail {
			t.Errorf("judged %s/%s by %q, want %s:\n%s", v.Decision, v.Cause, v.Rule, tt.want, tt.stderr)
		}
	}
}
