package netprobe

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gosafe/internal/dns"
)

// TestHTTPProxy: the rules are net/http's.
func TestHTTPProxy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ proxy, no, url, want string }{
		{"http://p:3128", "", "https://a.test", "http://p:3128"},
		{"p:3128", "", "https://a.test", "http://p:3128"},
		{"", "", "https://a.test", ""},
		{"http://p:3128", "", "https://localhost:8080", ""},
		{"http://p:3128", "", "https://127.0.0.3", ""},
		{"http://p:3128", "", "https://[::1]:80", ""},
		{"http://p:3128", "*", "https://a.test", ""},
		{"http://p:3128", "a.test", "https://a.test", ""},
		{"http://p:3128", "a.test", "https://b.a.test", ""},
		{"http://p:3128", "a.test", "https://ba.test", "http://p:3128"},
		{"http://p:3128", ".a.test", "https://a.test", "http://p:3128"},
		{"http://p:3128", " *.A.test , x", "https://b.a.test", ""},
		{"http://p:3128", "a.test:8443", "https://a.test", "http://p:3128"},
		{"http://p:3128", "a.test:8443", "https://a.test:8443", ""},
		{"http://p:3128", "10.0.0.0/8", "https://10.1.2.3", ""},
		{"http://p:3128", "10.0.0.0/8", "https://11.1.2.3", "http://p:3128"},
		{"http://p:3128", "10.1.2.3", "https://10.1.2.3", ""},
		{"http://p:3128", "10.1.2.3:80", "https://10.1.2.3", "http://p:3128"},
		{"socks5://p", "", "https://a.test", "socks5://p"},
		{"ftp://p", "", "https://a.test", "error"},
		{"http://:3128", "", "https://a.test", "error"},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		proxy, err := HTTPProxy(func(k string) string { return map[string]string{"https_proxy": tt.proxy, "NO_PROXY": tt.no}[k] }, u)
		if err != nil {
			got = "error"
		} else if proxy != nil {
			got = proxy.String()
		}
		if got != tt.want {
			t.Errorf("proxy %q, except %q, for %s: %q, want %q", tt.proxy, tt.no, tt.url, got, tt.want)
		}
	}
}

// TestNetrc: presence, by go's rules.
func TestNetrc(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, ".netrc")
	content := "machine a.test login machine password b.test\nmacdef init\nmachine c.test\n\nmachine d.test\n\tlogin x\n\tpassword y\ndefault login z password z\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": dir, "USERPROFILE": dir}
	for host, want := range map[string]bool{"a.test": true, "A.test": true, "b.test": false, "c.test": false, "d.test": true, "e.test": false} {
		if got := HasNetrc(func(k string) string { return env[k] }, host); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
	if HasNetrc(func(k string) string { return map[string]string{"HOME": dir, "NETRC": filepath.Join(dir, "none")}[k] }, "a.test") {
		t.Error("NETRC is not heeded")
	}
}

// TestNameServers: what resolv.conf says.
func TestNameServers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("# nameserver 9.9.9.9\nsearch x\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver x\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{"10.0.0.1:53", "[fe80::1%eth0]:53", "10.0.0.2:53"}
	if got := nameServers(file); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := nameServers(file + ".none"); got == nil || len(got) > 0 {
		t.Errorf("no file: %q", got)
	}
}

// FuzzReply: no datagram does harm.
func FuzzReply(f *testing.F) {
	query, err := dns.Question(7, "proxy.alpha.test", dns.A)
	if err != nil {
		f.Fatal(err)
	}
	whole := zone{"proxy.alpha.test": {"127.0.0.1", "127.0.0.2"}}.answer(query)
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add(append(slices.Clone(query), 0xc0))
	f.Fuzz(func(t *testing.T, b []byte) {
		addrs, code, ok := dns.Reply(b, 7, len(query))
		if !ok && len(addrs) > 0 || code < 0 || code > 15 {
			t.Errorf("%v, %d, %v", addrs, code, ok)
		}
	})
}

// TestCredentials: those of a URL go to a server that has proved who it is, and
// to no other.
func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want bool
	}{{"verified", true}, {"self-signed", false}, {"redirected", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			var mu sync.Mutex
			var seen []string
			record := func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				seen = append(seen, r.Header.Get("Authorization"))
				mu.Unlock()
				modules(w, r)
			}
			var port string
			switch tt.name {
			case "verified":
				port = serveTLS(t, l.good(), record)
			case "self-signed":
				port = serveTLS(t, l.ca.leaf(allNames, selfSigned), record)
			default:
				storage := serveTLS(t, l.good(), record)
				port = serveTLS(t, l.good(), func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, "https://storage.gamma.test:"+storage, http.StatusFound)
				})
			}
			l.probe(Target{Name: "alpha", URL: "https://me:s3cr3t@proxy.alpha.test:" + port, Kind: KindProxy})
			mu.Lock()
			defer mu.Unlock()
			if len(seen) == 0 {
				t.Fatal("nothing was asked")
			}
			for _, auth := range seen {
				if (auth != "") != tt.want {
					t.Errorf("sent %q", auth)
				}
			}
		})
	}
}

// TestSystemPool: without a pool the system's authorities count, and what
// SSL_CERT_FILE says is told where it may be the reason.
func TestSystemPool(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	port := serveTLS(t, l.foreign.leaf([]string{"localhost"}, nil), modules)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{Env: func(k string) string { return map[string]string{"SSL_CERT_FILE": file}[k] }, Servers: []string{}, Budget: 20 * time.Second}
	r := Probe(t.Context(), c, Target{Name: "local", URL: "https://localhost:" + port, Kind: KindProxy})
	if r.Fault != CertUnknown && runtime.GOOS == "linux" || !strings.Contains(r.evidence, "ca.pem holds 1 authority") && runtime.GOOS == "linux" {
		t.Errorf("%s: %s", r.Fault, r.evidence)
	}
}

// TestWantsCredentials: an anonymous 401 is no fault where netrc has an entry,
// which go sends and a probe does not.
func TestWantsCredentials(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.env["NETRC"] = filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(l.env["NETRC"], []byte("machine proxy.alpha.test login x password y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	port := serveTLS(t, l.good(), status(401))
	if found := Judge(l.probe(l.proxy(port))); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	u := "https://me:s3cr3t@proxy.alpha.test:" + port
	if found := Judge(l.probe(Target{Name: "alpha", URL: u, Kind: KindProxy})); len(found) != 1 || found[0].Fault != WantsCredentials {
		t.Errorf("refused credentials of the URL: %+v", found)
	}
}

// TestVerify: an intermediate that the server sends counts.
func TestVerify(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	template := &x509.Certificate{NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	template.Subject.CommonName = "Intermediate"
	middle := &authority{t: t}
	middle.cert, middle.key = l.ca.sign(template, l.ca.cert)
	cert := middle.leaf(allNames, nil)
	for _, send := range []bool{true, false} {
		c := cert
		want := CertUnknown
		if send {
			c.Certificate = [][]byte{cert.Certificate[0], middle.cert.Raw}
			want = ""
		}
		port := serveTLS(t, c, modules, func(s *httptest.Server) { s.EnableHTTP2 = false })
		if r := l.probe(l.proxy(port))[0]; r.Fault != want {
			t.Errorf("sent %v: %q, want %q", send, r.Fault, want)
		}
	}
}

// TestTrust: the list of authorities that the environment names, and what helps
// where it is the reason.
func TestTrust(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the variables are not heeded here")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(file, []byte("-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file, dir    string
		none         bool
		says, remedy string
	}{
		{"", "", false, "", ""},
		{os.DevNull, "/nonexist", true, "SSL_CERT_FILE=/dev/null holds 0 authorities; SSL_CERT_DIR=/nonexist holds 0 authorities", "unset SSL_CERT_FILE SSL_CERT_DIR\n"},
		{os.DevNull, "", false, "SSL_CERT_FILE=/dev/null holds 0 authorities", "or unset SSL_CERT_FILE"},
		{filepath.Join(dir, "none"), dir, false, "none cannot be read; SSL_CERT_DIR=" + dir + " holds 2 authorities", "or unset SSL_CERT_FILE SSL_CERT_DIR"},
		{file, "/nonexist", false, "holds 2 authorities; SSL_CERT_DIR=/nonexist holds 0", "add the authority"},
		{"", "/nonexist:" + dir, false, "SSL_CERT_DIR=/nonexist:" + dir + " holds 2 authorities", "or unset SSL_CERT_DIR"},
	} {
		p := &probe{Config{Env: func(k string) string {
			return map[string]string{"SSL_CERT_FILE": tt.file, "SSL_CERT_DIR": tt.dir}[k]
		}}}
		got := p.trust()
		if got.none != tt.none || !strings.Contains(got.detail, tt.says) || !strings.Contains(got.remedy(), tt.remedy) || (tt.says == "") != (got.detail+got.remedy() == "") {
			t.Errorf("%q, %q: %+v, %q", tt.file, tt.dir, got, got.remedy())
		}
	}
}

// TestAbout: a sentence for one stays one for several.
func TestAbout(t *testing.T) {
	t.Parallel()
	for sentence, want := range map[string]string{
		"%s accepts the request.":                          "Each of a, b and c accepts the request.",
		"There is no host of the name %s.":                 "There is no host of the name a, b or c.",
		"The certificate of %s has expired.":               "The certificate of a, b and c has expired.",
		"Every server answers with an error of its own.":   "Every server answers with an error of its own.",
		"There is no route to %s.":                         "There is no route to a, b or c.",
		"%s exists as a name, but has no address.":         "Each of a, b and c exists as a name, but has no address.",
		"This machine takes %s for another address there.": "This machine takes a, b and c for another address there.",
	} {
		if got := about(sentence, []string{"a", "b", "c"}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := about("%s accepts it.", []string{"a"}); got != "a accepts it." {
		t.Error(got)
	}
}
