package netprobe

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gosafe/internal/faultproxy"
)

// A lab is what a case is built of.
type lab struct {
	*testing.T
	ca      *authority // one that is trusted
	foreign *authority // one that is not
	trusted *x509.CertPool
	zone    zone // what the system's resolver knows
	direct  zone // what the name servers know; nil: the same
	env     map[string]string
	now     func() time.Time
	budget  time.Duration
}

// good is a certificate for every name of the tests, by a trusted authority of
// its own: what several hosts have of one is intercepted.
func (l *lab) good() tls.Certificate {
	a := newAuthority(l.T, fmt.Sprintf("Trusted CA %d", rand.Uint64()))
	l.trusted.AddCert(a.cert)
	return a.leaf(allNames, nil)
}

// The names of the tests are of different owners.
var allNames = []string{"proxy.alpha.test", "sums.beta.test", "storage.gamma.test", "git.delta.test", "localhost"}

func (l *lab) proxy(port string) Target {
	return Target{Name: "alpha", URL: "https://proxy.alpha.test:" + port, Kind: KindProxy}
}

func (l *lab) proxy2(port string) Target {
	return Target{Name: "beta", URL: "https://sums.beta.test:" + port, Kind: KindProxy}
}

// sound is a second target with which nothing is wrong.
func (l *lab) sound() Target { return l.proxy2(serveTLS(l.T, l.good(), modules)) }

// probe looks at the targets at once, as the doctor does.
func (l *lab) probe(targets ...Target) []Report {
	system := dnsServer(l.T, l.zone)
	direct := system
	if l.direct != nil {
		direct = dnsServer(l.T, l.direct)
	}
	c := Config{Env: func(k string) string { return l.env[k] }, Pool: l.trusted, Now: l.now, Resolver: resolver(system), Servers: []string{direct}, Budget: l.budget}
	reports := make([]Report, len(targets))
	done := make(chan int)
	for i, t := range targets {
		go func() {
			reports[i] = Probe(context.Background(), c, t)
			done <- i
		}()
	}
	for range targets {
		<-done
	}
	return reports
}

func newLab(t *testing.T) *lab {
	l := &lab{T: t, ca: newAuthority(t, "Trusted CA"), foreign: newAuthority(t, "Foreign CA"), zone: zone{}, env: map[string]string{}, budget: 20 * time.Second}
	l.trusted = x509.NewCertPool()
	l.trusted.AddCert(l.ca.cert)
	for _, name := range allNames {
		l.zone[name] = []string{"127.0.0.1"}
	}
	return l
}

// A caseOf breaks one thing and names the one diagnosis that must come of it.
type caseOf struct {
	name    string
	fault   Fault // empty: nothing is wrong
	machine bool
	targets []string      // that meet it; nil: only "alpha"
	says    string        // a part of the sentence or of the evidence
	within  time.Duration // that it may take; 0: the budget
	build   func(*lab) []Target
}

func atLinux(l *lab) {
	if runtime.GOOS != "linux" {
		l.Skip("only Linux has what this case needs")
	}
}

// cases are all cases.
var cases = slices.Concat(casesNet, casesTLS, casesHTTP, casesProxy)

// reset1 resets a connection whose first bytes have been read.
func reset1(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// muted is a port that accepts and says nothing.
func (l *lab) muted() string { return l.listenShort(mute) }

// listenShort is listen where time runs out.
func (l *lab) listenShort(handle func(net.Conn)) string {
	l.budget = 4 * time.Second
	return listen(l.T, handle)
}

func silentPort(l *lab) string {
	l.budget = 4 * time.Second
	url, end, err := faultproxy.Silent()
	if err != nil {
		l.Skip(err)
	}
	l.Cleanup(end)
	return portOf(strings.TrimPrefix(url, "http://"))
}

func dated(ahead time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		modules(w, r)
	}
}

// through sets the HTTP proxy of the environment.
func (l *lab) through(proxy string) { l.env["HTTPS_PROXY"], l.env["http_proxy"] = proxy, proxy }

func wantLogin(r *http.Request) int {
	if r.Header.Get("Proxy-Authorization") == "Basic "+base64.StdEncoding.EncodeToString([]byte("me:pass!")) {
		return 0
	}
	return http.StatusProxyAuthRequired
}

// forward is an HTTP proxy that takes every name for loopback, unless refuse
// says no.
func (l *lab) forward(refuse func(*http.Request) int) string {
	return "http://127.0.0.1:" + listen(l.T, l.forwarder(refuse))
}

func (l *lab) forwarder(refuse func(*http.Request) int) func(net.Conn) {
	return func(c net.Conn) {
		defer c.Close()
		br := bufio.NewReader(c)
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		if refuse != nil {
			if code := refuse(req); code != 0 {
				fmt.Fprintf(c, "HTTP/1.1 %d no\r\nContent-Length: 0\r\n\r\n", code)
				return
			}
		}
		server, err := net.Dial("tcp", "127.0.0.1:"+portOf(req.Host))
		if err != nil {
			return
		}
		defer server.Close()
		if req.Method == http.MethodConnect {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		} else {
			req.Write(server)
		}
		go io.Copy(server, br)
		io.Copy(c, server)
	}
}

// socks is a SOCKS5 proxy that takes every name for loopback, or answers with
// an error.
func socks(code byte) func(net.Conn) {
	return func(c net.Conn) {
		defer c.Close()
		buf := make([]byte, 600)
		io.ReadFull(c, buf[:2])
		io.ReadFull(c, buf[:buf[1]])
		c.Write([]byte{5, 0})
		io.ReadFull(c, buf[:5])
		n := int(buf[4])
		io.ReadFull(c, buf[:n+2])
		port := int(buf[n])<<8 | int(buf[n+1])
		c.Write([]byte{5, code, 0, 1, 127, 0, 0, 1, 0, 0})
		if code != 0 {
			return
		}
		server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return
		}
		defer server.Close()
		go io.Copy(server, c)
		io.Copy(c, server)
	}
}

// TestFaults: each fault, and nothing but that fault, in time.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			reports := l.probe(tt.build(l)...)
			for _, r := range reports {
				if limit := cmp.Or(tt.within, l.budget) + 3*time.Second; r.Elapsed > limit {
					t.Errorf("%s took %v", r.Target.Name, r.Elapsed)
				}
				for _, ph := range r.Phases {
					t.Logf("%s: %s %s %q %v", r.Target.Name, ph.Name, ph.State, ph.Detail, ph.Elapsed)
				}
			}
			found := Judge(reports)
			for _, d := range found {
				t.Logf("%+v", d)
			}
			if text := fmt.Sprintf("%+v %+v", reports, found); strings.Contains(text, "s3cr3t") || strings.Contains(text, "pass!") || strings.Contains(text, "pass%21") {
				t.Errorf("credentials are shown: %s", text)
			}
			if tt.fault == "" {
				if len(found) > 0 {
					t.Errorf("found %v, where nothing is wrong", found)
				}
				return
			}
			if len(found) != 1 || found[0].Fault != tt.fault {
				t.Fatalf("found %v, want %s alone", found, tt.fault)
			}
			d := found[0]
			want := tt.targets
			if want == nil {
				want = []string{"alpha"}
			}
			if d.Machine != tt.machine || !slices.Equal(d.Targets, want) {
				t.Errorf("machine %v, targets %v; want %v, %v", d.Machine, d.Targets, tt.machine, want)
			}
			if text := d.Sentence + strings.Join(d.Evidence, "\n"); !strings.Contains(text, tt.says) {
				t.Errorf("%q is not said in %s", tt.says, text)
			}
			if d.Class == "" || d.Remedy == "" || strings.Contains(d.Sentence, "%") || len(d.Evidence) == 0 {
				t.Errorf("incomplete: %+v", d)
			}
		})
	}
}
