package classify

import (
	"bytes"
	"strings"
	"testing"

	"gosafe/internal/verb"
)

// FuzzClassify: Classify is total; neither the kind of line end nor a line
// that no rule knows changes its verdict; a real failure always decides.
func FuzzClassify(f *testing.F) {
	for _, s := range corpus(f) {
		f.Add([]byte(s.Stderr), []byte(s.Stdout), s.Command)
	}
	f.Fuzz(func(t *testing.T, stderr, stdout []byte, command string) {
		args := strings.Fields(command)
		if len(args) > 0 {
			args = args[1:]
		}
		r := Record{Args: args, Exit: 1, Stderr: stderr, Stdout: stdout}
		v := Classify(r)
		for _, s := range []string{v.Evidence, v.Summary(), v.Advice(), v.Where.String()} {
			if strings.ContainsAny(s, "\x1b\r\x00") {
				t.Errorf("not printable: %q", s)
			}
		}
		Concealed(r)

		crlf := r
		crlf.Stderr = bytes.ReplaceAll(stderr, []byte("\n"), []byte("\r\n"))
		if w := Classify(crlf); w.Cause != v.Cause || w.Decision != v.Decision {
			t.Errorf("with CRLF: %s/%s, without: %s/%s", w.Decision, w.Cause, v.Decision, v.Cause)
		}
		if len(bytes.TrimSpace(stderr)) == 0 {
			return // the streams may have been one
		}
		if name := first(verb.Lookup(args)).Name; name != "tool" && name != "generate" {
			more := r
			more.Stderr = append([]byte("-- nothing that anybody knows\n"), stderr...)
			if w := Classify(more); w.Cause != v.Cause || w.Decision != v.Decision {
				t.Errorf("with an unknown line: %s/%s, without: %s/%s", w.Decision, w.Cause, v.Decision, v.Cause)
			}
		}
		real := r
		real.Stderr = append(append([]byte{}, stderr...), "\ngo: zz.example/zz@v1.0.0: reading https://zz.example/zz/@v/v1.0.0.info: 401 Unauthorized\n"...)
		if w := Classify(real); w.Decision != Fail {
			t.Errorf("with a real failure: %s/%s by %q", w.Decision, w.Cause, w.Rule)
		}
	})
}

func first(v verb.Verb, _ []string) verb.Verb { return v }

func FuzzCleanLog(f *testing.F) {
	f.Add("2024-05-01T10:00:00.1Z ##[group]Run go build\n#12 1.2 go: x\n")
	f.Fuzz(func(t *testing.T, log string) {
		clean := CleanLog(log)
		for _, s := range Sections(clean) {
			if !strings.Contains(clean, s.Command) || !strings.Contains(clean, s.Text) {
				t.Errorf("%q is not in the log", s.Command)
			}
		}
	})
}

// logOf repeats the stderr of real runs up to n bytes.
func logOf(b *testing.B, n int) []byte {
	var log bytes.Buffer
	for log.Len() < n {
		for _, s := range corpus(b) {
			log.WriteString(s.Stderr)
		}
	}
	return log.Bytes()[:n]
}

func benchmark(b *testing.B, log []byte) {
	r := Record{Args: []string{"build", "./..."}, Exit: 1, Stderr: log}
	b.SetBytes(int64(len(log)))
	b.ResetTimer()
	for b.Loop() {
		Classify(r)
	}
}

func BenchmarkClassify4K(b *testing.B)   { benchmark(b, logOf(b, 4<<10)) }
func BenchmarkClassify256K(b *testing.B) { benchmark(b, logOf(b, 256<<10)) }

// BenchmarkOrdinary256K is a long build whose last lines fail.
func BenchmarkOrdinary256K(b *testing.B) {
	log := bytes.Repeat([]byte("go: downloading example.com/some/module v1.2.3\n"), 256<<10/48)
	benchmark(b, append(log, "go: example.com/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n"...))
}

// BenchmarkHostile256K is one line and one block without end.
func BenchmarkHostile256K(b *testing.B) {
	benchmark(b, append([]byte(gitHead), bytes.Repeat([]byte("fatal: x@y://u@'a': curl 56 lookup : "), 256<<10/37)...))
}
