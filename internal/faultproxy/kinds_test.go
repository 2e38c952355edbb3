package faultproxy

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// zipPath and soundZip are the zip of Graph(1), and the others what becomes of it.
const zipPath = "/demo.test/m00/@v/v1.0.0.zip"

var (
	soundZip = func() []byte {
		zip, err := Graph(1)[0].Zip()
		if err != nil {
			panic(err)
		}
		return zip
	}()
	half = len(soundZip) / 2

	emptyBody  = exactly(nil)
	wholeZip   = exactly(soundZip)
	halfZip    = exactly(soundZip[:half])
	zeroedZip  = exactly(append(bytes.Clone(soundZip[:half]), make([]byte, len(soundZip)-half)...))
	flippedZip = exactly(slices.Concat(soundZip[:half], []byte{^soundZip[half]}, soundZip[half+1:]))
)

// A check looks at a response that came in good order.
type check func(t *testing.T, resp *http.Response, body []byte)

func exactly(want []byte) check {
	return func(t *testing.T, resp *http.Response, body []byte) {
		if resp.StatusCode != 200 || !bytes.Equal(body, want) {
			t.Errorf("status %d, %d bytes; want 200 and %d others", resp.StatusCode, len(body), len(want))
		}
	}
}

func status(code int, words string) check {
	return func(t *testing.T, resp *http.Response, body []byte) {
		if resp.StatusCode != code || !strings.Contains(string(body), words) {
			t.Errorf("status %d, body %q; want %d and %q", resp.StatusCode, body, code, words)
		}
	}
}

// faultTests has a row for each kind.
var faultTests = []struct {
	fault  string
	h1, h2 string // parts of net/http's error, any of them; "" means no error
	check  check  // if there is no error
}{
	{"pass", "", "", wholeZip},
	{"delay:1ms", "", "", wholeZip},
	{"status", "", "", status(502, "injected fault: 502 Bad Gateway")},
	{"503", "", "", status(503, "503 Service Unavailable")},
	{"504", "", "", status(504, "")}, {"500", "", "", status(500, "")},
	{"403", "", "", status(403, "")}, {"401", "", "", status(401, "")},
	{"404", "", "", status(404, "")}, {"410", "", "", status(410, "")},
	{"status-html:504", "", "", status(504, "<h1>504 Gateway Timeout</h1>")},
	{"status-bare:500", "", "", status(500, "")},
	{"portal", "", "", status(200, "<!DOCTYPE html>")},
	{"redirect", "", "", status(200, "<!DOCTYPE html>")},
	{"empty", "", "", emptyBody},
	{"garbage", "malformed HTTP", "tls: received record with version", nil},
	{"reset", "reset by peer", "reset by peer|EOF", nil}, // EOF if a write of the client met the reset
	{"close", "EOF", "EOF", nil},
	{"stall", endless, endless, nil},
	{"reset-body", "reset by peer", "reset by peer|EOF", nil},
	{"cut", "unexpected EOF", "unexpected EOF", nil},
	{"abort", "unexpected EOF", "INTERNAL_ERROR; received from peer", nil},
	{"goaway", "unexpected EOF", "GOAWAY and closed the connection", nil},
	{"stall-body", endless, endless, nil},
	{"drip", endless, endless, nil},
	{"truncate", "", "", halfZip},
	{"flip", "", "", flippedZip},
	{"zeros", "", "", zeroedZip},
	{"conn-reset", "reset by peer", "reset by peer", nil},
	{"conn-close", "EOF", "EOF", nil},
	{"conn-stall", endless, endless, nil},
	{"conn-garbage", "malformed HTTP", "does not look like a TLS handshake", nil},
	{"conn-alert", "malformed HTTP response", "remote error: tls: handshake failure", nil},
}

// endless is the error where an answer never comes to its end: the test's patience
// ends, some time after the server has met the request.
const endless = "context canceled"

// TestFaults shows each kind to net/http.
func TestFaults(t *testing.T) {
	t.Parallel()
	tested := make(map[string]bool)
	for _, test := range faultTests {
		tested[strings.Split(test.fault, ":")[0]] = true
		t.Run(test.fault+"/h1", func(t *testing.T) {
			t.Parallel()
			testFault(t, Config{}, test.fault, test.h1, test.check)
		})
		t.Run(test.fault+"/h2", func(t *testing.T) {
			t.Parallel()
			testFault(t, Config{Cert: Good}, test.fault, test.h2, test.check)
		})
	}
	for _, k := range kinds {
		if !tested[k.name] {
			t.Errorf("kind %s has no row here", k.name)
		}
	}
}

func testFault(t *testing.T, conf Config, fault, wantErr string, check check) {
	conf.Modules, conf.Rules = Graph(1), []Rule{spoiling(t, fault)}
	s := start(t, conf)
	ctx := t.Context()
	if wantErr == endless {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			for len(s.Spoiled()) == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(200 * time.Millisecond) // who is not kept waiting has an answer by then
			cancel()
		}()
	}
	resp, body, err := get(ctx, client(t, s), s.URL()+zipPath)
	switch {
	case wantErr != "":
		if !mentions(err, wantErr) {
			t.Errorf("error %v, want ...%s...", err, wantErr)
		}
	case err != nil:
		t.Error(err)
	default:
		check(t, resp, body)
	}
	if n := s.Spoiled(); len(n) != 1 && fault != Pass {
		t.Errorf("spoiled %v, want one kind", n)
	}
}

// mentions reports whether an error holds any of the words, with "|" between.
// Windows has words of its own for a reset.
func mentions(err error, words string) bool {
	if err == nil {
		return false
	}
	text := strings.ReplaceAll(err.Error(), "forcibly closed by the remote host", "reset by peer")
	return slices.ContainsFunc(strings.Split(words, "|"), func(w string) bool { return strings.Contains(text, w) })
}

func TestKinds(t *testing.T) {
	t.Parallel()
	text := Kinds()
	for _, k := range kinds {
		if !strings.Contains(text, k.name) || k.help == "" {
			t.Errorf("kind %s is not described", k.name)
		}
		if _, err := (Fault{Kind: k.name}).parse(); err != nil {
			t.Errorf("the default of %s: %v", k.name, err)
		}
		n := 0
		for _, set := range []bool{k.alter != nil, k.send != nil, k.conn != nil} {
			if set {
				n++
			}
		}
		if n != 1 && k.name != Pass {
			t.Errorf("kind %s has %d functions, want one", k.name, n)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{"429": "1", "status:429/7": "7", "status:503/2": "2", "503": ""} {
		s := start(t, Config{Rules: []Rule{spoiling(t, fault)}})
		resp, _, err := get(t.Context(), client(t, s), s.URL()+"/x")
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Get("Retry-After"); got != want {
			t.Errorf("%s: Retry-After %q, want %q", fault, got, want)
		}
	}
}
