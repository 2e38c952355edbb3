package retry

import (
	"runtime"
	"strconv"
	"strings"

	"gosafe/classify"
)

// http2Faults are the words by which programs tell that HTTP/2 broke: of
// golang.org/x/net/http2 for go, of libcurl (its errors 16 and 92) for git.
var http2Faults = []struct{ words, program string }{
	{"stream error: stream ID ", "go"},
	{"http2: ", "go"},
	{"HTTP/2 stream ", "git"},
	{"HTTP2 framing layer", "git"},
}

// http1 goes on with HTTP/1.1 after the second attempt that HTTP/2 broke off:
// some middleboxes cut long streams, or do not know what they forward. Each
// program is told in its own way, and keeps what else it was told.
func (s *state) http1(v classify.Verdict) (step, bool) {
	for _, f := range http2Faults {
		if !strings.Contains(v.Evidence, f.words) {
			continue
		}
		set := f.program == "go" && strings.Contains(s.Getenv("GODEBUG"), "http2client=") // the user has
		if s.http2Faults[f.program]++; s.http2Faults[f.program] < 2 || s.overHTTP1[f.program] || set {
			return step{}, false
		}
		s.overHTTP1[f.program] = true
		s.noted("went on with HTTP/1.1 for " + f.program)
		st, ok := s.again(v)
		st.event.Next = "over HTTP/1.1"
		return st, ok
	}
	return step{}, false
}

// fewerRequests lets go ask less at the same time after it was told that it
// asks too much: half as much as before, down to one request (GODEBUG
// cmdgonetlimit, since go1.21; cmd/go/internal/base, AcquireNet).
func (s *state) fewerRequests(v classify.Verdict) (step, bool) {
	now := s.requests
	if now == 0 {
		now = max(runtime.GOMAXPROCS(0), 2) // cmd/go/internal/modload, load.go
	}
	if now == 1 || strings.Contains(s.Getenv("GODEBUG"), "cmdgonetlimit=") {
		return step{}, false
	}
	st, ok := s.again(v)
	if ok {
		s.requests = now / 2
		st.event.Next = "with at most " + count(s.requests, "request") + " at once"
		s.noted("asked for less at once")
	}
	return st, ok
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// godebug returns the GODEBUG of the next attempt, or "" if it is the user's:
// of two settings of a name the last one holds (internal/godebug).
func (s *state) godebug() string {
	var add []string
	if user := s.Getenv("GODEBUG"); user != "" {
		add = append(add, user)
	}
	n := len(add)
	if s.overHTTP1["go"] {
		add = append(add, "http2client=0")
	}
	if s.requests > 0 {
		add = append(add, "cmdgonetlimit="+strconv.Itoa(s.requests))
	}
	if len(add) == n {
		return ""
	}
	return strings.Join(add, ",")
}

// gitConfig returns what tells git to use HTTP/1.1, behind the user's own
// settings of that kind (git-config(1), GIT_CONFIG_COUNT).
func (s *state) gitConfig() []string {
	if !s.overHTTP1["git"] {
		return nil
	}
	n := 0
	if count := s.Getenv("GIT_CONFIG_COUNT"); count != "" {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < 0 {
			return nil // git will say what is wrong with it
		}
	}
	i := strconv.Itoa(n)
	return []string{"GIT_CONFIG_KEY_" + i + "=http.version", "GIT_CONFIG_VALUE_" + i + "=HTTP/1.1", "GIT_CONFIG_COUNT=" + strconv.Itoa(n+1)}
}
