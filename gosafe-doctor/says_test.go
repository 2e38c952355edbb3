//go:build linux

package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// A saying is a lab, and what people read when the doctor looks at it.
type saying struct {
	what  string
	args  []string
	needs need
	make  func(l *lab)
	want  []string
	never []string
}

const allIsWell = "nothing of what the failure may come from is wrong"

// sayings is the table of them. DIR is the lab, PORT the number of a port.
var sayings = []saying{
	{"a log with a 403 of a server that is not in GOPROXY here", []string{"../fail.log"}, nothing, func(l *lab) {
		l.log(l.serve(forbidden)+"/go/secret.test/m/@v/v1.0.0.mod", ": 403 Forbidden")
	}, []string{"✗ 127.0.0.1:PORT refuses the request (403)", "! the log asked http://127.0.0.1:PORT/go; GOPROXY here is http://127.0.0.1:PORT\n", "GET http://127.0.0.1:PORT/go/golang.org/x/mod/",
		"not for what the log asked it for"}, []string{allIsWell}},
	{"a log with a host that does not exist", []string{"../fail.log"}, nothing, func(l *lab) {
		l.log("https://goproxy.nope.invalid/secret.test/m/@v/v1.0.0.mod", ": dial tcp: lookup goproxy.nope.invalid on 10.0.0.53:53: no such host")
	}, []string{"✗ there is no host of the name goproxy.nope.invalid\n", "! the log asked https://goproxy.nope.invalid; GOPROXY here is"}, []string{allIsWell}},
	{"a log with a server that is not in GOPROXY here, and answers", []string{"../fail.log"}, nothing, func(l *lab) {
		l.log(l.serve(moduleProxyOf(l))+"/secret.test/m/@v/v1.0.0.mod", ": 502 Bad Gateway")
	}, []string{"✓ 127.0.0.1:PORT answers", "\n! works, with warnings: the log asked http://127.0.0.1:PORT; GOPROXY here is"}, []string{allIsWell}},
	{"a log with the server of GOPROXY here", []string{"../fail.log"}, nothing, func(l *lab) {
		l.log(l.env["GOPROXY"]+"/secret.test/m/@v/v1.0.0.mod", ": 502 Bad Gateway")
	}, []string{"✓ 127.0.0.1:PORT answers", allIsWell}, []string{"the log asked"}},
	{"a log with a host that was asked without a proxy", []string{"../fail.log"}, nothing, func(l *lab) {
		l.write("fail.log", "go: git.lab.test/a/b@v1.0.0: unrecognized import path \"git.lab.test/a/b\": https fetch: Get \"https://git.lab.test/a/b?go-get=1\": dial tcp: lookup git.lab.test: no such host\n")
	}, []string{"✗ there is no host of the name git.lab.test\n", "! the log asked git.lab.test without a proxy; GOPROXY here is http"}, []string{allIsWell}},
	{"a log with an HTTP proxy that is not used here", []string{"../fail.log"}, nothing, func(l *lab) {
		at := closedPort(l)
		l.log("https://proxy.lab.test/secret.test/m/@v/v1.0.0.mod", ": proxyconnect tcp: dial tcp "+at+": connect: connection refused")
	}, []string{"✗ 127.0.0.1:PORT refuses connections", "! the log went through the HTTP proxy 127.0.0.1:PORT; go does not go through it here\n"}, []string{allIsWell}},
	{"a log with the HTTP proxy that is used here", []string{"../fail.log"}, nothing, func(l *lab) {
		at := closedPort(l)
		l.env["HTTPS_PROXY"], l.env["GOPROXY"] = "http://"+at, "https://proxy.lab.test"
		l.log("https://proxy.lab.test/secret.test/m/@v/v1.0.0.mod", ": proxyconnect tcp: dial tcp "+at+": connect: connection refused")
	}, []string{"✗ the HTTP proxy 127.0.0.1:PORT does not accept connections\n"}, []string{allIsWell, "the log went"}},
	{"a log with the checksum database, which answers here", []string{"../fail.log"}, nothing, func(l *lab) {
		l.log(l.env["GOPROXY"]+"/sumdb/sums.test/lookup/secret.test/m@v1.0.0", ": 503 Service Unavailable")
	}, []string{"✓ sums.test answers", allIsWell}, []string{"the log asked"}},
	{"a log with a refusal of ssh", []string{"../fail.log"}, nothing, func(l *lab) {
		l.write("fail.log", "go: git.lab.test/a/b@v1.0.0: git ls-remote -q https://git.lab.test/a/b in /x: exit status 128:\n\tgit@git.lab.test: Permission denied (publickey).\n")
	}, []string{"! the log names git.lab.test, which is asked by ssh, and not here\n      do:   git ls-remote https://git.lab.test/a/b\n"}, []string{allIsWell}},
	{"a log with a host, and a group that does not ask it", []string{"settings", "../fail.log"}, nothing, func(l *lab) {
		l.log("https://goproxy.nope.invalid/secret.test/m/@v/v1.0.0.mod", ": dial tcp: lookup goproxy.nope.invalid on 10.0.0.53:53: no such host")
	}, []string{"✓ nothing is wrong: "}, []string{allIsWell}},

	{"GOPRIVATE misspelt, and go.sum is missing", nil, nothing, func(l *lab) {
		l.publicProxy(certSound)
		l.require("git.corp.internal/team/lib")
		l.env["GOPRIVATE"] = "git.crop.internal"
		must(l.t, os.Remove(l.path("mod/go.sum")))
	}, []string{"do first, before a private name goes to strangers: export GOPRIVATE=git.crop.internal,git.corp.internal\n"}, []string{"do first: "}},

	{"a warning of gosafe's on the way to the version", []string{"shim"}, nothing, func(l *lab) {
		l.shim("shim")
		l.env["PATH"] = l.path("shim") + ":" + l.env["PATH"]
		l.env["GOSAFE_PATIENCE"] = "5x"
	}, []string{"✓ go on PATH ends in go1.", "do:   put export PATH=\"DIR/shim:$PATH\" into ~/.profile"}, []string{"ends in gosafe"}},
	{"gosafe installed, and not on PATH", []string{"shim"}, nothing, func(l *lab) { l.shim("doctor") },
		[]string{"! gosafe is installed, but its directory is not on PATH", "do:   export PATH=\"DIR/doctor:$PATH\"", "do first: export PATH="}, []string{"nothing is wrong"}},

	{"a dead proxy in the environment", []string{"network"}, nothing, func(l *lab) { l.env["GOPROXY"] = "https://proxy.lab.test" },
		[]string{"saw:  GOPROXY=https://proxy.lab.test, which comes from the environment\n"}, nil},
	{"a dead proxy in the file of go env -w", []string{"network"}, nothing, func(l *lab) {
		delete(l.env, "GOPROXY")
		l.write("home/goenv", "GOPROXY=https://proxy.lab.test\n")
	}, []string{"which comes from go env -w (DIR/home/goenv)\n"}, nil},
	{"the default proxy, and no network", []string{"network"}, nothing, func(l *lab) { delete(l.env, "GOPROXY") },
		[]string{"which comes from the default of this Go\n"}, nil},

	{"a typo in GOPROXY, and the network alone is looked at", []string{"network"}, nothing, func(l *lab) { l.env["GOPROXY"] = "https://proxy.golang.rog" },
		[]string{"✗ GOPROXY names proxy.golang.rog; proxy.golang.org is probably meant"}, []string{"✓ no server is asked"}},
	{"a typo in GOPROXY", nil, nothing, func(l *lab) { l.env["GOPROXY"] = "https://proxy.golang.rog" },
		[]string{"✗ GOPROXY names proxy.golang.rog", "· an entry of GOPROXY that cannot be meant is not asked: proxy.golang.rog\n"}, []string{"✓ no server is asked"}},

	{"GOPROXY without an entry, and the network alone is looked at", []string{"network"}, nothing, func(l *lab) { l.env["GOPROXY"] = "," },
		[]string{"✗ GOPROXY holds no entry", "do:   unset GOPROXY"}, []string{"nothing is wrong"}},
	{"credentials in GOPROXY and in the log", []string{"-v", "../fail.log"}, nothing, func(l *lab) {
		l.env["GOPROXY"] = "https://me:s3cr3t@proxy.lab.test/go?token=t0ken"
		l.log("https://me:s3cr3t@goproxy.nope.invalid/secret.test/m/@v/v1.0.0.mod?token=t0ken", ": dial tcp: lookup goproxy.nope.invalid on 10.0.0.53:53: no such host")
	}, []string{"GOPROXY here is https://proxy.lab.test/go", "the log asked https://goproxy.nope.invalid;"}, []string{"s3cr3t", "t0ken"}},

	{"SSL_CERT_FILE and SSL_CERT_DIR without an authority", []string{"network"}, nothing, func(l *lab) {
		l.publicProxy(certSound)
		l.env["SSL_CERT_FILE"], l.env["SSL_CERT_DIR"] = "/dev/null", "/nonexist"
	}, []string{"SSL_CERT_FILE=/dev/null holds 0 authorities; SSL_CERT_DIR=/nonexist holds 0 authorities", "do:   unset SSL_CERT_FILE SSL_CERT_DIR\n"}, []string{"update-ca-certificates", "intercepted"}},

	{"a private repository without credentials, by a rule of git's", []string{"vcs"}, nothing, func(l *lab) { l.privateRepo(l.serve(wantLogin)) },
		[]string{"have the rule of git's (url.http://127.0.0.1:PORT/.insteadOf = https://git.lab.test/) lead to ssh://git@127.0.0.1/"}, []string{"https://127.0.0.1/"}},

	{"a checksum database that answers 503 through the proxy", []string{"network"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.serve(withoutSums(moduleProxyOf(l))) },
		[]string{"✗ the checksum database sums.test behind 127.0.0.1:PORT answers with an error", "✓ 127.0.0.1:PORT answers in"}, nil},

	{"GOPRIVATE is all", []string{"network"}, nothing, func(l *lab) { l.env["GOPRIVATE"] = "*" },
		[]string{"demo.test is asked without a proxy because of GOPRIVATE=*\n"}, nil},
	{"GONOPROXY has a host that answers", []string{"network"}, nothing, func(l *lab) {
		l.env["GONOPROXY"] = "git.lab.test"
		l.privateRepo(l.serve(notFound))
		l.env["GOPRIVATE"] = ""
	}, []string{"✓ 127.0.0.1:PORT answers in", "; it is asked without a proxy because of GONOPROXY=git.lab.test\n"}, nil},

	{"one check", []string{"network"}, nothing, func(l *lab) {}, []string{"nothing is wrong: 1 check in"}, nil},
	{"an empty module cache", []string{"cache"}, nothing, func(l *lab) { l.env["GOMODCACHE"] = l.mkdir("home/empty") },
		[]string{"· nothing that go.mod requires is in the module cache yet: go has to fetch 3 modules\n"}, []string{"0 of", "and sound"}},
	{"a host that no proxy needs does not exist", []string{"network"}, nothing, func(l *lab) { l.env["GOPROXY"] += ",direct" },
		[]string{"· there is no host of the name demo.test; go asks there only for a module that no proxy has\n"}, nil},

	{"a full disk that holds the temporary directory alone", []string{"cache"}, root, func(l *lab) {
		l.mounted("mount -t tmpfs -o size=1m x " + l.path("tmp") + " && head -c 2000000 /dev/zero >" + l.path("tmp/fill") + " 2>/dev/null")
	}, []string{"✗ the file system of TMPDIR is full", "ls -l DIR/tmp shows what is in TMPDIR"}, []string{"go clean"}},
	{"a full disk that holds GOMODCACHE", []string{"cache"}, root, func(l *lab) {
		l.env["GOMODCACHE"] = l.mkdir("modcache")
		l.mounted("mount -t tmpfs -o size=1m x " + l.path("modcache") + " && head -c 2000000 /dev/zero >" + l.path("modcache/fill") + " 2>/dev/null")
	}, []string{"✗ the file system of GOMODCACHE is full", "go clean -modcache empties GOMODCACHE"}, []string{"go clean -cache"}},
}

// log is a saved failure of a download.
func (l *lab) log(url, how string) {
	l.t.Helper()
	if strings.Contains(how, "dial") {
		l.write("fail.log", "go: secret.test/m@v1.0.0: Get \""+url+"\""+how+"\n")
		return
	}
	l.write("fail.log", "go: secret.test/m@v1.0.0: reading "+url+how+"\n")
}

var forbidden = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "secret") {
		panic("asked for what the log names")
	}
	w.WriteHeader(http.StatusForbidden)
})

// TestSays: what is printed.
func TestSays(t *testing.T) {
	t.Parallel()
	for _, s := range sayings {
		t.Run(strings.ReplaceAll(s.what, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if why := s.needs.missing(); why != "" {
				t.Skip(why)
			}
			l := newLab(t)
			s.make(l)
			stdout, stderr, _ := l.run(s.args...)
			said := strings.ReplaceAll(port.ReplaceAllString(stdout, "$1:PORT"), l.dir, "DIR")
			for _, want := range s.want {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not said:\n%s%s", want, said, stderr)
				}
			}
			for _, never := range s.never {
				if strings.Contains(said, never) {
					t.Errorf("%q is said:\n%s%s", never, said, stderr)
				}
			}
		})
	}
}
