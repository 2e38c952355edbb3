package faultproxy

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"testing"

	"golang.org/x/mod/module"
)

// TestContent shows the GOPROXY protocol: escaping, lists, @latest.
func TestContent(t *testing.T) {
	t.Parallel()
	hello := map[string]string{"a.go": "package a\n"}
	s := start(t, Config{Modules: []Module{
		{Path: "example.test/Big/mod", Version: "v1.2.0", Files: hello,
			Require: []module.Version{{Path: "example.test/b", Version: "v0.1.0"}}},
		{Path: "example.test/Big/mod", Version: "v1.10.0", Files: hello},
		{Path: "example.test/Big/mod", Version: "v1.11.0-RC1", Files: hello},
		{Path: "example.test/b", Version: "v0.0.0-20240102030405-0123456789ab", Files: map[string]string{"go.mod": "module example.test/b\n"}},
	}})
	c := client(t, s)
	for path, want := range map[string]string{
		"/example.test/!big/mod/@v/list":                            "v1.2.0\nv1.10.0\nv1.11.0-RC1\n",
		"/example.test/!big/mod/@latest":                            `{"Version":"v1.10.0","Time":"2024-01-02T03:04:05Z"}`,
		"/example.test/!big/mod/@v/v1.11.0-!r!c1.mod":               "module example.test/Big/mod\n\ngo 1.18\n",
		"/example.test/!big/mod/@v/v1.2.0.mod":                      "module example.test/Big/mod\n\ngo 1.18\n\nrequire (\n\texample.test/b v0.1.0\n)\n",
		"/example.test/b/@v/list":                                   "",
		"/example.test/b/@latest":                                   `{"Version":"v0.0.0-20240102030405-0123456789ab","Time":"2024-01-02T03:04:05Z"}`,
		"/example.test/b/@v/v0.0.0-20240102030405-0123456789ab.mod": "module example.test/b\n",
	} {
		resp, body, err := get(t.Context(), c, s.URL()+path)
		if err != nil || resp.StatusCode != 200 || string(body) != want {
			t.Errorf("%s: %q, %v; want %q", path, body, err, want)
		}
	}
	for _, path := range []string{"/example.test/Big/mod/@v/list", "/", "/example.test/b/@v/v9.0.0.zip"} {
		if resp, _, err := get(t.Context(), c, s.URL()+path); err != nil || resp.StatusCode != 404 {
			t.Errorf("%s: %v, %v; want 404", path, resp, err)
		}
	}
	resp, err := c.Post(s.URL()+"/example.test/b/@latest", "text/plain", nil)
	if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v, %v", resp, err)
	}
}

func TestModuleBytes(t *testing.T) {
	t.Parallel()
	for i, m := range Graph(12) {
		again := Graph(12)[i]
		a, err := m.Zip()
		if err != nil {
			t.Fatal(err)
		}
		b, err := again.Zip()
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two zips differ, %v", m.Path, err)
		}
	}
	m := Module{Path: "example.test/m", Version: "v1.0.0"}
	got, err := m.Sums()
	// Other values would break every go.sum that was made before.
	want := "example.test/m v1.0.0 h1:VN3o0Lu5ljKP0PXnnF5yo1kIaoCGuHzfjdDBATtTwxY=\n" +
		"example.test/m v1.0.0/go.mod h1:viI1XGfm9fJONVav0lCyBLQyzmVwjxbHU7M9xLIgXe4=\n"
	if err != nil || got != want {
		t.Errorf("Sums:\n%swant:\n%s%v", got, want, err)
	}
}

// TestUpstream shows that answers are kept, in memory and in a directory, but
// failures are not, and that a failing upstream is told apart from our faults.
func TestUpstream(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir()} {
		real := start(t, Config{Modules: Graph(2), Rules: []Rule{{Path: "flaky", Times: 1, Faults: []Fault{{Status, "503"}}}}})
		front := start(t, Config{Upstream: real.URL() + "/", Store: dir, Rules: []Rule{
			{Path: `m01.*\.zip$`, Times: 1, Faults: []Fault{{Kind: Zeros}}},
		}})
		c := client(t, front)
		sound, err := Graph(2)[1].Zip()
		if err != nil {
			t.Fatal(err)
		}
		const zip = "/demo.test/m01/@v/v1.1.1.zip"
		for i, want := range []bool{false, true, true} { // zeroed, then sound: the fault is not kept
			_, body, err := get(t.Context(), c, front.URL()+zip)
			if err != nil || bytes.Equal(body, sound) != want {
				t.Errorf("request %d: %d bytes, %v; sound: want %v", i, len(body), err, want)
			}
		}
		for i, want := range []int{502, 404, 404} {
			resp, _, err := get(t.Context(), c, front.URL()+"/sumdb/flaky?x=1")
			if err != nil || resp.StatusCode != want {
				t.Errorf("request %d: %v, %v; want %d", i, resp, err, want)
			}
		}
		if n := real.Counts(); n[zip] != 1 || n["/sumdb/flaky"] != 2 {
			t.Errorf("store %q: the upstream was asked %v", dir, n)
		}
		var failed int
		for _, r := range front.Requests() {
			if r.Err != "" {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%d upstream failures in the log, want 1", failed)
		}
		if dir == "" {
			continue
		}
		next := start(t, Config{Upstream: "http://127.0.0.1:1", Store: dir}) // nobody there
		if _, _, err := get(t.Context(), c, next.URL()+zip); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 2 {
			t.Errorf("the store holds %v, %v; want 2 files", entries, err)
		}
	}
}

// TestStoreBound shows that a store in memory drops the oldest answers.
func TestStoreBound(t *testing.T) {
	t.Parallel()
	s, err := newStore("")
	if err != nil {
		t.Fatal(err)
	}
	shared := make([]byte, memoryLimit/4)
	for i := range 6 {
		if err := s.save(fmt.Sprint(i), answer{status: 200, body: shared}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		if _, ok := s.load(fmt.Sprint(i)); ok != (i >= 2) {
			t.Errorf("answer %d kept: %v", i, ok)
		}
	}
}
