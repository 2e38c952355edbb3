//go:build linux

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the matrix and the tables of docs/doctor.md")

// A breakage is one thing that is broken in a lab, and what the doctor has to
// say: these faults, and no other.
type breakage struct {
	group string
	what  string   // for people
	want  []string // the faults that are warnings or worse
	needs need
	make  func(l *lab)
}

// A need is why a case cannot be run everywhere.
type need int

const (
	nothing  need = iota
	root          // changes owners, mounts
	cgroupV1      // a writable control group
	gcc
	other // a second user, who can read the Go that runs the tests
)

// missing says why the case cannot be run here.
func (n need) missing() string {
	switch n {
	case root:
		if os.Geteuid() != 0 {
			return "only root can change owners and mount"
		}
		if out, err := capture("unshare", "-m", "true"); err != nil {
			return "no mount namespace of its own: " + out
		}
		return other.missing()
	case cgroupV1:
		dir, err := newCgroup("probe", "")
		if err != nil {
			return "no writable control group of version 1: " + err.Error()
		}
		os.Remove(dir)
	case other:
		if os.Geteuid() == 0 {
			cmd := exec.Command(filepath.Join(realGoroot(), "bin", "go"), "version")
			cmd.Dir = "/"
			as(cmd, nobody)
			cmd.Env = []string{"GOTOOLCHAIN=local"}
			if err := cmd.Run(); err != nil {
				return "another user cannot run this go: " + err.Error()
			}
		}
	case gcc:
		if _, err := capture("gcc", "--version"); err != nil {
			return "no gcc"
		}
	}
	return ""
}

// TestHealthy: a machine with which nothing is wrong gets a clean bill.
func TestHealthy(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	r := l.examine()
	for _, f := range serious(r) {
		t.Errorf("%+v", f)
	}
	if len(r.Checks) != len(checks) || r.Level > note {
		t.Errorf("%d checks, %s: %s", len(r.Checks), r.Level, r.Verdict)
	}
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			t.Logf("%s/%s %.2fs: %s %s", c.Group, c.Name, c.Seconds, f.Level, f.Summary)
		}
	}
}

// serious are the findings that are warnings or worse.
func serious(r report) (found []finding) {
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if f.Level >= warning {
				found = append(found, f)
			}
		}
	}
	return found
}

// A row is a line of the matrix.
type row struct {
	group, what, verdict string
	seconds              float64
}

// TestMatrix breaks one thing after another, for real, and asks the doctor.
func TestMatrix(t *testing.T) {
	rows := make([]row, len(breakages))
	tripped := make([]string, len(breakages)) // the check that each fault was found by
	t.Run("faults", func(t *testing.T) {
		for i, b := range breakages {
			t.Run(b.group+"/"+strings.ReplaceAll(b.what, " ", "_"), func(t *testing.T) {
				t.Parallel()
				if why := b.needs.missing(); why != "" {
					t.Skip(why)
				}
				l := newLab(t)
				b.make(l)
				r := l.examine()
				found := serious(r)
				var got []string
				for _, f := range found {
					got = append(got, f.Fault)
				}
				if !slices.Equal(got, b.want) {
					t.Errorf("faults %q, want %q", got, b.want)
					for _, f := range found {
						t.Logf("%+v", f)
					}
				}
				if len(found) == 0 {
					return
				}
				if found[0].Remedy == "" {
					t.Errorf("no remedy: %+v", found[0])
				}
				l.weakens(found)
				tripped[i] = l.by(r, found[0])
				rows[i] = row{b.group, b.what, found[0].Level.String() + ": " + l.anywhere(found[0].Summary), r.Seconds}
				if r.Seconds > 10 {
					t.Errorf("it took %.1f s", r.Seconds)
				}
			})
		}
	})
	if len(breakages) < 30 {
		t.Errorf("%d faults", len(breakages))
	}
	if t.Failed() || selected() {
		return
	}
	compareMatrix(t, rows)
	for _, c := range checks {
		if id := c.group + "/" + c.name; !slices.Contains(tripped, "") && !slices.Contains(tripped, id) && id != "shim/others" { // that has notes only
			t.Errorf("nothing in the table trips the check %s", id)
		}
	}
}

// by is the check that has made a finding.
func (l *lab) by(r report, f finding) string {
	for _, c := range r.Checks {
		for _, g := range c.Findings {
			if g.Fault == f.Fault {
				return c.Group + "/" + c.Name
			}
		}
	}
	return ""
}

// selected reports whether only some of the cases were asked for.
func selected() bool {
	f := flag.Lookup("test.run")
	return f != nil && strings.Contains(f.Value.String(), "/")
}

// weakening are words that no remedy may hold.
var weakening = regexp.MustCompile(`(?i)GOSUMDB=off|GONOSUM|GOINSECURE=|-insecure|sslVerify[= ]false|StrictHostKeyChecking[= ]no|GIT_SSL_NO_VERIFY=|chmod (-R )?777|chmod (-R )?a\+w`)

func (l *lab) weakens(found []finding) {
	l.t.Helper()
	for _, f := range found {
		if do := l.anywhere(f.Remedy); weakening.MatchString(do) {
			l.t.Errorf("a remedy that weakens: %s", do)
		}
	}
}

var (
	port    = regexp.MustCompile(`(127\.0\.0\.1|\.test|localhost):\d+`)
	release = regexp.MustCompile(`go1\.\d+(\.\d+)?(rc\d+)?`)
	process = regexp.MustCompile(`process \d+`)
	amount  = regexp.MustCompile(`\b\d+\.?\d* (GiB|MiB|KiB)`)
	killing = regexp.MustCompile(`^\d+ process(es were| was)`)
)

// anywhere takes off a summary what is different at each run.
func (l *lab) anywhere(s string) string {
	s = strings.ReplaceAll(s, l.dir, "DIR")
	s = port.ReplaceAllString(s, "$1:PORT")
	s = process.ReplaceAllString(s, "process N")
	s = amount.ReplaceAllString(s, "N $1")
	s = killing.ReplaceAllString(s, "N processes were")
	s = strings.ReplaceAll(s, runtime.GOOS+"/"+runtime.GOARCH, "OS/ARCH")
	s = strings.ReplaceAll(s, realGoroot(), "GOROOT")
	return release.ReplaceAllStringFunc(s, func(v string) string {
		if strings.HasPrefix(v, "go1.99") {
			return v
		}
		return "go1.X"
	})
}

// TestNothingAnswers: the doctor ends in 10 s where no server, no name server
// and no repository says anything.
func TestNothingAnswers(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.env["DOCTOR_DNS"] = l.silentDNS()
	l.env["GOPROXY"] = "http://" + l.mute() + "|https://" + l.mute() + "|https://proxy.lab.test,direct"
	l.env["GOTOOLCHAIN"] = "auto"
	l.replace("mod/go.mod", "go 1.", "go 1.99.0 //")
	l.privateRepo("http://" + l.mute())
	start := time.Now()
	stdout, stderr, status := l.run()
	if took := time.Since(start); took > 10*time.Second || status != exitBroken {
		t.Errorf("exit status %d after %v\n%s%s", status, took, stdout, stderr)
	}
	for _, c := range checks {
		if !strings.Contains(stdout, "\n"+c.group+"\n") {
			t.Errorf("nothing is said of %s:\n%s", c.group, stdout)
		}
	}
	if strings.Contains(stdout, "took longer than") {
		t.Errorf("a check did not end by itself:\n%s", stdout)
	}
}

// TestOthers: what does not see the shell's PATH is worth a note where gosafe
// is installed.
func TestOthers(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.shim("shim")
	l.env["PATH"] = l.path("shim") + ":" + l.env["PATH"]
	l.write("system/etc/sudoers", "Defaults\tenv_reset\nDefaults\tsecure_path=\""+filepath.Join(realGoroot(), "bin")+":/bin\"\n")
	l.write("home/.config/Code/User/settings.json", `{"go.alternateTools": {"go": "/usr/bin/go"}}`)
	l.args = []string{"shim"}
	r := l.examine()
	var got []string
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if f.Level != ok {
				got = append(got, f.Fault)
			}
		}
	}
	if want := []string{"sudo-path", "login-path", "editor-path"}; !slices.Equal(got, want) || r.Level != note {
		t.Errorf("%s %q, want notes %q", r.Level, got, want)
	}
	l.write("home/.profile", "export PATH=\""+l.path("shim")+":$PATH\"\n")
	l.write("system/etc/sudoers", "Defaults\tsecure_path="+l.path("shim")+":/bin\n")
	if err := os.Remove(l.path("home/.config/Code/User/settings.json")); err != nil {
		t.Fatal(err)
	}
	if r := l.examine(); r.Level != ok {
		t.Errorf("%s: %s", r.Level, r.Verdict)
	}
}
