package retry

import (
	"context"
	"net"
	"net/url"
	"testing"
	"time"
)

func TestEndpointOf(t *testing.T) {
	t.Parallel()
	env := func(kv ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == name {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	for _, tt := range []struct {
		url  string
		env  func(string) string
		want Endpoint
	}{
		{"https://proxy.golang.org/x", env(), Endpoint{"proxy.golang.org", "443"}},
		{"http://127.0.0.1:8080/x", env("HTTP_PROXY", "http://p:3128"), Endpoint{"127.0.0.1", "8080"}},
		{"https://[2001:db8::1]/x", env(), Endpoint{"2001:db8::1", "443"}},
		{"ssh://git@github.com/x", env("HTTPS_PROXY", "http://p:3128"), Endpoint{"github.com", "22"}},
		{"https://a.example", env("HTTPS_PROXY", "http://me:pw@p.example:3128"), Endpoint{"p.example", "3128"}},
		{"https://a.example", env("https_proxy", "p.example:3128"), Endpoint{"p.example", "3128"}},
		{"http://a.example", env("HTTPS_PROXY", "http://p"), Endpoint{"a.example", "80"}},
		{"https://a.corp.example", env("HTTPS_PROXY", "http://p:1", "NO_PROXY", "x, .corp.example"), Endpoint{"a.corp.example", "443"}},
		{"https://a.example", env("HTTPS_PROXY", "http://p:1", "no_proxy", "*"), Endpoint{"a.example", "443"}},
		{"file:///x", env(), Endpoint{}},
		{"", env(), Endpoint{}},
		{"%zz", env(), Endpoint{}},
	} {
		if got := endpointOf(tt.url, tt.env); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.url, got, tt.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse("http://" + l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if !(Endpoint{host, u.Port()}).answers(context.Background()) {
			t.Errorf("%s does not answer", host)
		}
	}
	// The port of a client is in use, so that nobody else listens there meanwhile.
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	l.Close()
	u, _ = url.Parse("http://" + client.LocalAddr().String())
	if (Endpoint{"127.0.0.1", u.Port()}).answers(context.Background()) {
		t.Error("a port at which nobody listens answers")
	}
	for _, e := range []Endpoint{{}, {"127.0.0.1", "no"}, {"no.such.name.invalid", "1"}, {"", "80"}} {
		if e.answers(context.Background()) {
			t.Errorf("%v answers", e)
		}
	}
}

// TestSleepWakes: the wait ends when the endpoint answers, and a little after
// it, not in the same instant for everybody.
func TestSleepWakes(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	u, _ := url.Parse("http://" + l.Addr().String())
	start := time.Now()
	if err := Sleep(context.Background(), time.Minute, Endpoint{"127.0.0.1", u.Port()}); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("slept %v although it answered", d)
	}
}

func TestSleepStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if Sleep(ctx, time.Hour, Endpoint{}) == nil {
		t.Error("slept on after a stop")
	}
}
