package faultproxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// start starts a server that ends with the test.
func start(t *testing.T, conf Config) *Server {
	t.Helper()
	s, err := Start(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// spoiling returns a rule that spoils each request with a fault.
func spoiling(t *testing.T, fault string) Rule {
	t.Helper()
	f, err := ParseFault(fault)
	if err != nil {
		t.Fatal(err)
	}
	return Rule{Faults: []Fault{f}}
}

// client returns a client that trusts the server and never keeps a connection.
func client(t *testing.T, s *Server) *http.Client {
	tr := &http.Transport{ForceAttemptHTTP2: true}
	if s.CA() != nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(s.CA())
		tr.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// get returns what a client sees of a path: the status, the body, the error of
// either the request or the body.
func get(ctx context.Context, c *http.Client, url string) (resp *http.Response, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	if resp, err = c.Do(req); err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp, body, err
}

// TestClose shows that a stalled handler, a drip and an idle connection do not
// hold Close, and that nothing of the server is left behind.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, fault := range []string{"stall", "stall-body", "drip:1h", "delay:1h", "conn-stall", "pass"} {
		for _, cert := range []Cert{None, Good} {
			s, err := Start(Config{Cert: cert, Modules: Graph(1), Rules: []Rule{spoiling(t, fault)}})
			if err != nil {
				t.Fatal(err)
			}
			c := client(t, s)
			ended := make(chan error, 1)
			go func() {
				_, _, err := get(context.Background(), c, s.URL()+zipPath)
				ended <- err
			}()
			until(t, "a request arrived", func() bool { return len(s.Requests()) > 0 })
			if err := s.Close(); err != nil {
				t.Errorf("%s: Close: %v", fault, err)
			}
			if err := <-ended; err == nil && fault != "pass" {
				t.Errorf("%s: the request survived Close", fault)
			}
			if _, _, err := get(context.Background(), c, s.URL()+zipPath); err == nil {
				t.Errorf("%s: a closed server answers", fault)
			}
			if err := s.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
			c.CloseIdleConnections()
		}
	}
	until(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= before })
}

// until waits for something that is bound to happen soon.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

func TestCerts(t *testing.T) {
	t.Parallel()
	for cert, want := range map[Cert]string{
		Good:      "",
		Untrusted: "unknown authority",
		Expired:   "certificate has expired",
		WrongHost: "certificate is not valid for any names|doesn't contain any IP SANs",
	} {
		s := start(t, Config{Cert: cert, Modules: Graph(1)})
		resp, _, err := get(t.Context(), client(t, s), s.URL()+zipPath)
		if want == "" {
			if err != nil {
				t.Error(err)
			} else if resp.ProtoMajor != 2 {
				t.Errorf("protocol %s, want HTTP/2", resp.Proto)
			}
			continue
		}
		if !mentions(err, want) {
			t.Errorf("%s: error %v, want ...%s...", cert, err, want)
		}
	}
	oneShot := start(t, Config{Cert: Good, OneShot: true, Modules: Graph(1)})
	if resp, _, err := get(t.Context(), client(t, oneShot), oneShot.URL()+zipPath); err != nil || resp.ProtoMajor != 2 {
		t.Errorf("OneShot over HTTP/2: %v, %v", resp, err)
	}
	s := start(t, Config{Cert: Good, HTTP1Only: true, Modules: Graph(1)})
	if resp, _, err := get(t.Context(), client(t, s), s.URL()+zipPath); err != nil || resp.ProtoMajor != 1 {
		t.Errorf("HTTP1Only: %v, %v", resp, err)
	}
}

func TestSilent(t *testing.T) {
	t.Parallel()
	url, stop, err := Silent()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, _, err = get(ctx, &http.Client{Transport: &http.Transport{}}, url)
	if err == nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want a deadline", err)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	twice := append(Graph(1), Graph(1)...)
	for want, conf := range map[string]Config{
		"missing closing":          {Rules: []Rule{{Path: "(", Faults: []Fault{{Kind: Cut}}}}},
		"no fault":                 {Rules: []Rule{{}}},
		"unknown kind":             {Rules: []Rule{{Faults: []Fault{{Kind: "bend"}}}}},
		"not a probability":        {Rules: []Rule{{Chance: 2, Faults: []Fault{{Kind: Cut}}}}},
		"negative":                 {Rules: []Rule{{Skip: -1, Faults: []Fault{{Kind: Cut}}}}},
		"before there is a path":   {Rules: []Rule{{Path: "x", Faults: []Fault{{Kind: ConnReset}}}}},
		"of connections or of":     {Rules: []Rule{{Faults: []Fault{{Kind: Cut}, {Kind: ConnReset}}}}},
		"given twice":              {Modules: twice},
		"malformed module path":    {Modules: []Module{{Path: "a b", Version: "v1.0.0"}}},
		"unknown kind of cert":     {Cert: "forged"},
		"not an http or https URL": {Upstream: "proxy.golang.org"},
		"starting the proxy":       {Addr: "256.0.0.1:x"},
	} {
		s, err := Start(conf)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want ...%s...", err, want)
		}
	}
}
