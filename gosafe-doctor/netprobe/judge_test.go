package netprobe

import (
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestHalf: a version of IP that is silent is a warning if the other works; one
// that is refused or has no route is nothing.
func TestHalf(t *testing.T) {
	t.Parallel()
	works, _ := net.Pipe()
	defer works.Close()
	silent, refused := os.ErrDeadlineExceeded, error(refusedErrnos[0])
	for _, tt := range []struct {
		v4, v6 family
		want   Fault
	}{
		{family{conn: works}, family{err: silent}, IPv6Broken},
		{family{conn: works}, family{err: refused}, ""},
		{family{conn: works}, family{err: unreachableErrnos[0]}, ""},
		{family{conn: works}, family{}, ""},
		{family{err: silent}, family{conn: works}, IPv4Broken},
		{family{err: errors.New("x")}, family{conn: works}, ""},
	} {
		if got := halfFault([2]family{tt.v4, tt.v6}); got != tt.want {
			t.Errorf("v4 %v, v6 %v: %q, want %q", tt.v4.err, tt.v6.err, got, tt.want)
		}
	}
}

// TestJudge: what only several reports tell.
func TestJudge(t *testing.T) {
	t.Parallel()
	tried := []Phase{{Name: "connect v4", State: OK}, {Name: "connect v6", State: Warned, Detail: "no answer in time"}}
	six := Report{Target: Target{Name: "a"}, Host: "a.test:443", Phases: tried, Warnings: []Fault{IPv6Broken}}
	six2 := Report{Target: Target{Name: "b"}, Host: "b.test:443", Phases: tried, Warnings: []Fault{IPv6Broken}}
	only4 := Report{Target: Target{Name: "c"}, Host: "c.test:443", Phases: tried[:1]}
	unknown := func(host, issuer string) Report {
		return Report{Target: Target{Name: host}, Host: host + ":443", Fault: CertUnknown, evidence: "x", Cert: &Cert{Issuer: "O=" + issuer, issuerKey: issuer, issuerOrg: issuer}}
	}
	for _, tt := range []struct {
		name    string
		reports []Report
		want    []Fault
		machine bool
	}{
		{"IPv6 on one host of two", []Report{six, {Target: Target{Name: "b"}, Host: "b.test:443", Phases: []Phase{{Name: "connect v6"}}}}, []Fault{IPv6Broken}, false},
		{"IPv6 on all that have it", []Report{six, six2, only4}, []Fault{IPv6Broken}, true},
		{"no list of authorities", []Report{unknown("a.test", "Let's Encrypt"), unknown("b.test", "Let's Encrypt")}, []Fault{CertUnknown}, true},
		{"one company's hosts", []Report{unknown("git.corp.test", "Corp CA"), unknown("proxy.corp.test", "Corp CA"), only4}, []Fault{CertUnknown}, false},
		{"two companies' hosts", []Report{unknown("a.test", "Corp CA"), unknown("b.test", "Corp CA"), only4}, []Fault{Intercepted}, false},
		{"two faults", []Report{{Host: "a:1", Fault: NoSuchName}, {Host: "b:1", Fault: ServerError}, only4}, []Fault{NoSuchName, ServerError}, false},
		{"two HTTP proxies", []Report{{Host: "a:1", Via: "p:1", Fault: ProxyDown}, {Host: "b:1", Via: "p:1", Fault: ProxyDown}, {Host: "c:1", Via: "q:1", Fault: ProxyDown}}, []Fault{ProxyDown, ProxyDown}, true},
	} {
		var got []Fault
		machine := false
		for _, d := range Judge(tt.reports) {
			got = append(got, d.Fault)
			machine = machine || d.Machine
		}
		if !slices.Equal(got, tt.want) || machine != tt.machine {
			t.Errorf("%s: %v, machine %v; want %v, %v", tt.name, got, machine, tt.want, tt.machine)
		}
	}
}

// TestTable: the table of faults is complete, and no remedy weakens anything.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := make(map[Fault]bool)
	for _, info := range faults {
		if seen[info.fault] || info.fault == "" {
			t.Errorf("%q stands twice, or is empty", info.fault)
		}
		seen[info.fault] = true
		if info.class == "" || info.one == "" || info.remedy == "" || strings.Count(info.one, "%s") > 1 || strings.Contains(info.all, "%s") {
			t.Errorf("%s: incomplete, or with a %%s too many", info.fault)
		}
		for _, bad := range []string{"sslVerify", "GOINSECURE", "-insecure", "GOSUMDB", "GONOSUMDB", "GOFLAGS", "StrictHostKeyChecking"} {
			if strings.Contains(info.remedy, bad) && info.fault != WebPage && info.fault != NoModuleProxy {
				t.Errorf("%s: the remedy names %s", info.fault, bad)
			}
		}
	}
	for _, tt := range cases {
		if tt.fault != "" {
			delete(seen, tt.fault)
		}
	}
	// What no case can break here, and no test of its own does.
	for _, f := range []Fault{IPv6Broken, CertInvalid} {
		delete(seen, f)
	}
	for f := range seen {
		t.Errorf("no case breaks %s", f)
	}
}

// TestOwner: whose a host is.
func TestOwner(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"a.b.test": "b.test", "x.co.uk": "x.co.uk", "y.x.co.uk": "x.co.uk", "127.0.0.1": "", "localhost": "", "a.B.test.": "b.test"} {
		if got := owner(host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}
