//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gosafe/internal/faultproxy"
)

// breakages is the table of what is broken, in the order of the groups. The
// first of the faults is the one that the matrix shows.
var breakages = []breakage{
	{"toolchain", "the directory of Go is not on PATH", []string{"go-not-on-path"}, nothing, func(l *lab) {
		l.env["PATH"], l.env["GOROOT"] = l.path("bin"), realGoroot()
	}},
	{"toolchain", "a shim of a version manager has no version to run", []string{"shim-fails"}, nothing, func(l *lab) {
		l.write("shims/go", "#!/bin/sh\necho 'No version is set for command go' >&2\nexit 126\n")
		l.env["PATH"] = l.path("shims") + ":" + l.env["PATH"]
	}},
	{"toolchain", "GOROOT names a directory without a Go", []string{"goroot-wrong"}, nothing, func(l *lab) {
		l.env["GOROOT"] = l.mkdir("old/go")
	}},
	{"toolchain", "GOROOT names another version", []string{"goroot-mixed"}, nothing, func(l *lab) {
		l.env["GOROOT"] = l.fakeRoot("other", map[string]string{"VERSION": "go1.20.14\n"})
	}},
	{"toolchain", "a compiler of another version", []string{"goroot-mixed"}, nothing, func(l *lab) {
		compiler := "pkg/tool/" + hostOS() + "/compile"
		l.env["PATH"] = l.fakeRoot("mixed", map[string]string{"pkg": "", compiler: "#!/bin/sh\necho compile version go1.20.14\n"}) + "/bin:" + l.env["PATH"]
	}},
	{"toolchain", "Go unpacked over an older one", []string{"goroot-leftovers"}, nothing, func(l *lab) {
		dir := l.fakeRoot("over", map[string]string{"src": ""})
		l.unpackedOver(dir)
		l.env["PATH"] = dir + "/bin:" + l.env["PATH"]
	}},
	{"toolchain", "go.mod asks for a newer Go, GOTOOLCHAIN=local", []string{"go-too-old"}, nothing, func(l *lab) {
		l.replace("mod/go.mod", "go 1.", "go 1.99.0 //")
	}},
	{"toolchain", "go.mod asks for a Go that there is not", []string{"toolchain-unknown"}, nothing, func(l *lab) {
		l.replace("mod/go.mod", "go 1.", "go 1.99.0 //")
		l.env["GOTOOLCHAIN"] = "auto"
	}},
	{"toolchain", "GOTOOLCHAIN is no version", []string{"gotoolchain-invalid"}, nothing, func(l *lab) { l.env["GOTOOLCHAIN"] = "1.26" }},
	{"toolchain", "git is not installed", []string{"git-missing"}, nothing, func(l *lab) { must(l.t, os.Remove(l.path("bin/git"))) }},
	{"toolchain", "ssh is not installed, and git is to use it", []string{"ssh-missing"}, nothing, func(l *lab) {
		must(l.t, os.Remove(l.path("bin/ssh")))
		l.git("config", "--global", "url.ssh://git@git.lab.test/.insteadOf", "https://git.lab.test/")
	}},
	{"toolchain", "cgo is on, and there is no C compiler", []string{"cc-missing"}, nothing, func(l *lab) {
		l.env["CGO_ENABLED"], l.env["CC"] = "1", "no-such-cc"
	}},
	{"toolchain", "the headers of the C library are missing", []string{"cc-fails"}, gcc, func(l *lab) {
		l.env["CC"], l.env["CGO_ENABLED"] = "gcc -nostdinc", "1"
	}},

	{"shim", "another go before gosafe on PATH", []string{"shim-shadowed"}, nothing, func(l *lab) {
		l.shim("shim")
		l.env["PATH"] += ":" + l.path("shim")
	}},
	{"shim", "two different gosafe on PATH", []string{"shim-doubled"}, nothing, func(l *lab) {
		l.shim("one")
		l.shim("two")
		l.env["PATH"] = l.path("one") + ":" + l.path("two") + ":" + l.env["PATH"]
	}},
	{"shim", "gosafe-shim alone", []string{"shim-incomplete"}, nothing, func(l *lab) {
		l.shim("shim")
		must(l.t, os.Remove(l.path("shim/gosafe")))
		l.env["PATH"] = l.path("shim") + ":" + l.env["PATH"]
	}},
	{"shim", "a Go installed over the go of --divert", []string{"shim-overwritten"}, nothing, func(l *lab) {
		l.shim("shim")
		l.write("sdk/VERSION", "go1.26.8\n")
		must(l.t, os.MkdirAll(l.path("sdk/pkg/tool"), 0o777))
		real := filepath.Join(realGoroot(), "bin", "go")
		l.write("sdk/bin/go", "#!/bin/sh\nexec "+real+" \"$@\"\n")
		l.write("sdk/bin/go.gosafe-diverted", "#!/bin/sh\nexec "+real+" \"$@\"\n")
		l.copyFile(l.path("shim/gosafe"), "sdk/bin/gosafe")
		l.env["PATH"] = l.path("shim") + ":" + l.path("sdk/bin") + ":" + l.env["PATH"]
	}},
	{"shim", "two scripts named go that run each other", []string{"shim-loop"}, nothing, func(l *lab) {
		// The limit is for the case that nobody is left to end them.
		l.write("a/go", "#!/bin/sh\nulimit -t 20\nexec "+l.path("b")+"/go \"$@\"\n")
		l.write("b/go", "#!/bin/sh\nexec "+l.path("a")+"/go \"$@\"\n")
		l.env["PATH"] = l.path("a") + ":" + l.path("b") + ":" + l.env["PATH"]
	}},
	{"shim", "a setting of gosafe's that is none", []string{"shim-setting"}, nothing, func(l *lab) {
		l.shim("shim")
		l.env["PATH"] = l.path("shim") + ":" + l.env["PATH"]
		l.env["GOSAFE_PATIENCE"] = "soon"
	}},

	{"shim", "gosafe installed, and not on PATH", []string{"shim-absent"}, nothing, func(l *lab) { l.shim("doctor") }},

	{"settings", "blanks between the entries of GOPROXY", []string{"goproxy-invalid"}, nothing, func(l *lab) {
		l.env["GOPROXY"] += " https://proxy.example"
	}},
	{"settings", "the host in GOPROXY misspelled", []string{"goproxy-typo"}, nothing, func(l *lab) {
		l.env["GOPROXY"] += "|https://proxy.golnag.org"
	}},
	{"settings", "an entry behind off in GOPROXY", []string{"goproxy-unreached"}, nothing, func(l *lab) {
		l.env["GOPROXY"] += ",off,https://mirror.lab.test"
	}},
	{"settings", "a blank in GOPRIVATE", []string{"private-pattern"}, nothing, func(l *lab) {
		l.env["GOPRIVATE"] = "git.one.test, git.two.test"
	}},
	{"settings", "a private module that a public proxy would be asked for", []string{"private-leak"}, nothing, func(l *lab) {
		l.publicProxy(certSound)
		l.require("git.corp.internal/team/lib")
	}},
	{"settings", "GOSUMDB=off", []string{"gosumdb-off"}, nothing, func(l *lab) { l.env["GOSUMDB"] = "off" }},
	{"settings", "GOINSECURE", []string{"goinsecure"}, nothing, func(l *lab) { l.env["GOINSECURE"] = "*.lab.test" }},
	{"settings", "git's http.sslVerify=false", []string{"git-ssl-off"}, nothing, func(l *lab) {
		l.add("home/.gitconfig", "[http]\n\tsslVerify = false\n")
	}},
	{"settings", "ssh that believes every host key", []string{"ssh-hostkey-off"}, nothing, func(l *lab) {
		l.env["GIT_SSH_COMMAND"] = "ssh -o StrictHostKeyChecking=no"
	}},
	{"settings", "GOVCS without a colon", []string{"govcs-invalid"}, nothing, func(l *lab) { l.env["GOVCS"] = "git" }},
	{"settings", "a flag in GOFLAGS in two words", []string{"goflags-invalid"}, nothing, func(l *lab) { l.env["GOFLAGS"] = "-tags integration" }},
	{"settings", "GOFLAGS=-mod=vendor without a vendor directory", []string{"goflags-vendor"}, nothing, func(l *lab) { l.env["GOFLAGS"] = "-mod=vendor" }},
	{"settings", "GO111MODULE=off", []string{"modules-off"}, nothing, func(l *lab) { l.env["GO111MODULE"] = "off" }},
	{"settings", "a blank in the file of go env -w", []string{"goenv-line"}, nothing, func(l *lab) { l.write("home/goenv", "GOPRIVATE = git.lab.test\n") }},
	{"settings", "a URL in NO_PROXY", []string{"no-proxy-entry"}, nothing, func(l *lab) { l.env["NO_PROXY"] = "https://git.lab.test" }},
	{"settings", "an insteadOf rule of git's with ssh:// and a colon", []string{"insteadof-colon"}, nothing, func(l *lab) {
		l.git("config", "--global", "url.ssh://git@git.lab.test:.insteadOf", "https://git.lab.test/")
	}},
	{"settings", "an insteadOf rule of git's from https to http", []string{"insteadof-unencrypted"}, nothing, func(l *lab) {
		l.git("config", "--global", "url.http://git.lab.test/.insteadOf", "https://git.lab.test/")
	}},
	{"settings", "an insteadOf rule for a module in .git/config", []string{"insteadof-local"}, nothing, func(l *lab) {
		l.git("config", "url.ssh://git@demo.test/.insteadOf", "https://demo.test/")
	}},

	{"machine", "a control group (version 1) of 256 MiB, for four programs at once", []string{"memory-per-core"}, cgroupV1, func(l *lab) {
		l.inCgroup("256M")
		l.env["GOMAXPROCS"] = "4"
	}},
	{"machine", "a control group (version 2, made up) of 512 MiB, for four programs at once", []string{"memory-per-core"}, nothing, func(l *lab) {
		l.write("system/proc/self/cgroup", "0::/app\n")
		l.write("system/cgroup/app/memory.max", "536870912\n")
		l.write("system/cgroup/app/memory.current", "100000000\n")
		l.env["GOMAXPROCS"] = "4"
	}},
	{"machine", "a process killed by the control group's limit", []string{"oom-kills"}, cgroupV1, func(l *lab) {
		dir := l.inCgroup("20M")
		out, err := capture("sh", "-c", "echo $$ >"+dir+"/cgroup.procs; head -c 200000000 /dev/zero | tail >/dev/null; exit 0")
		l.t.Logf("%s %v", out, err)
		must(l.t, os.WriteFile(filepath.Join(dir, "memory.limit_in_bytes"), []byte("8G"), 0o644))
	}},
	{"machine", "a linker killed for memory, by the kernel's log (made up)", []string{"oom-kills"}, nothing, func(l *lab) {
		l.write("system/kmsg", "4,1,2,-;Out of memory: Killed process 4711 (link) total-vm:2000000kB, anon-rss:1900000kB\n")
	}},
	{"machine", "200 open files at most", []string{"limit-files"}, nothing, func(l *lab) { l.wrap = []string{"sh", "-c", `ulimit -n 200; exec "$@"`, "sh"} }},
	{"machine", "no file over 100 MB", []string{"limit-filesize"}, nothing, func(l *lab) { l.wrap = []string{"sh", "-c", `ulimit -f 200000; exec "$@"`, "sh"} }},
	{"machine", "a control group (made up) that is nearly out of processes", []string{"limit-pids"}, nothing, func(l *lab) {
		l.write("system/cgroup/pids.max", "100\n")
		l.write("system/cgroup/pids.current", "90\n")
	}},
	{"machine", "a clock that is a day behind the servers'", []string{"clock-drifts"}, nothing, func(l *lab) {
		l.env["GOPROXY"] = l.serve(dated(moduleProxyOf(l), 24*time.Hour))
	}},
	{"machine", "a clock that is a year behind, and a certificate that is not valid yet by it", []string{"clock-off"}, nothing, func(l *lab) {
		l.publicProxy(certOfNextYear)
	}},

	{"cache", "HOME is not set", []string{"no-home"}, nothing, func(l *lab) {
		for _, key := range []string{"HOME", "GOPATH", "GOCACHE"} {
			delete(l.env, key)
		}
	}},
	{"cache", "GOCACHE=off", []string{"gocache-off"}, nothing, func(l *lab) { l.env["GOCACHE"] = "off" }},
	{"cache", "a relative GOBIN", []string{"place-relative"}, nothing, func(l *lab) { l.env["GOBIN"] = "bin" }},
	{"cache", "TMPDIR does not exist", []string{"place-missing"}, nothing, func(l *lab) { l.env["TMPDIR"] = l.path("gone") }},
	{"cache", "GOMODCACHE mounted read-only", []string{"place-read-only"}, root, func(l *lab) {
		dir := l.cached("")
		l.mounted("mount --bind " + dir + " " + dir + " && mount -o remount,ro,bind " + dir)
	}},
	{"cache", "GOCACHE not writable for its owner", []string{"place-unwritable"}, other, func(l *lab) {
		l.env["GOCACHE"] = l.mkdir("home/locked")
		l.ordinary()
		must(l.t, os.Chmod(l.path("home/locked"), 0o555))
	}},
	{"cache", "GOCACHE owned by root", []string{"place-unwritable"}, root, func(l *lab) {
		l.ordinary()
		l.env["GOCACHE"] = l.mkdir("home/of-root")
	}},
	{"cache", "a module's directory in GOMODCACHE owned by root", []string{"cache-foreign"}, root, func(l *lab) {
		l.ordinary()
		must(l.t, os.RemoveAll(l.cached("demo.test/m01@v1.1.1")))
		must(l.t, os.Lchown(l.cached("cache/download/demo.test/m01/@v"), 0, 0))
	}},
	{"cache", "root in the home of somebody else", []string{"root-in-home"}, root, func(l *lab) { must(l.t, os.Chown(l.path("home"), 65534, 65534)) }},
	{"cache", "a full file system", []string{"disk-full"}, root, func(l *lab) {
		l.mounted("mount -t tmpfs -o size=1m x " + l.path("tmp") + " && head -c 2000000 /dev/zero >" + l.path("tmp/fill") + " 2>/dev/null")
	}},
	{"cache", "a file system without free inodes", []string{"inodes-full"}, root, func(l *lab) {
		l.mounted("mount -t tmpfs -o size=1g,nr_inodes=50 x " + l.path("tmp"))
	}},
	{"cache", "a temporary directory that is mounted noexec", []string{"tmp-noexec"}, root, func(l *lab) {
		l.mounted("mount -t tmpfs -o size=1g,noexec x " + l.path("tmp"))
	}},
	{"cache", "a changed file of a module", []string{"cache-damaged"}, nothing, func(l *lab) {
		l.write("home/go/pkg/mod/demo.test/m00@v1.0.0/m.go", "package m\n")
	}},
	{"cache", "a module's zip cut off", []string{"cache-damaged"}, nothing, func(l *lab) {
		must(l.t, os.Truncate(l.cached("cache/download/demo.test/m02/@v/v1.2.2.zip"), 1000))
	}},
	{"cache", "a clone without a HEAD", []string{"clone-damaged"}, nothing, func(l *lab) { must(l.t, os.Remove(l.clone()+"/HEAD")) }},
	{"cache", "a lock that a killed git has left in a clone", []string{"clone-locked"}, nothing, func(l *lab) {
		name := l.clone() + "/shallow.lock"
		must(l.t, os.WriteFile(name, nil, 0o644))
		old := time.Now().Add(-time.Hour)
		must(l.t, os.Chtimes(name, old, old))
	}},
	{"cache", "a stopped process that holds the lock of a module", []string{"lock-stopped"}, nothing, func(l *lab) {
		l.hold(l.cached("cache/download/demo.test/m00/@v/v1.0.0.lock"))
	}},

	{"network", "a name that does not exist", []string{"no-such-name"}, nothing, func(l *lab) { l.env["GOPROXY"] = "https://proxy.lab.test" }},
	{"network", "a name server that does not answer", []string{"name-servers-silent"}, nothing, func(l *lab) {
		l.env["GOPROXY"], l.env["DOCTOR_DNS"] = "https://proxy.lab.test", l.silentDNS()
	}},
	{"network", "a proxy that is down", []string{"refused"}, nothing, func(l *lab) { l.env["GOPROXY"] = "http://" + closedPort(l) }},
	{"network", "a proxy that is down, with another one behind |", []string{"refused"}, nothing, func(l *lab) {
		l.env["GOPROXY"] = "http://" + closedPort(l) + "|" + l.env["GOPROXY"]
	}},
	{"network", "a proxy that accepts and says nothing", []string{"server-silent"}, nothing, func(l *lab) { l.env["GOPROXY"] = "http://" + l.mute() }},
	{"network", "a proxy that answers 502", []string{"server-error"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.proxy(faultproxy.None, "=status:502") }},
	{"network", "a proxy that wants credentials", []string{"wants-credentials"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.proxy(faultproxy.None, "=status:401") }},
	{"network", "a captive portal", []string{"captive-portal"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.serve(portal) }},
	{"network", "an expired certificate", []string{"cert-expired"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.proxy(faultproxy.Expired) }},
	{"network", "a certificate for another name", []string{"cert-wrong-name"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.proxy(faultproxy.WrongHost) }},
	{"network", "a certificate of an unknown authority", []string{"cert-unknown-authority"}, nothing, func(l *lab) { l.env["GOPROXY"] = l.proxy(faultproxy.Untrusted) }},
	{"network", "a plain server where TLS is expected", []string{"not-tls"}, nothing, func(l *lab) {
		l.env["GOPROXY"] = strings.Replace(l.env["GOPROXY"], "http://", "https://", 1)
	}},
	{"network", "SSL_CERT_FILE and SSL_CERT_DIR without an authority", []string{"cert-unknown-authority"}, nothing, func(l *lab) {
		l.publicProxy(certSound)
		l.env["SSL_CERT_FILE"], l.env["SSL_CERT_DIR"] = "/dev/null", l.path("nowhere")
	}},
	{"network", "a checksum database that answers 503 through the proxy", []string{"server-error"}, nothing, func(l *lab) {
		l.env["GOPROXY"] = l.serve(withoutSums(moduleProxyOf(l)))
	}},
	{"network", "an HTTP proxy that is down", []string{"http-proxy-down"}, nothing, func(l *lab) {
		l.publicProxy(certSound)
		l.env["HTTPS_PROXY"] = "http://" + closedPort(l)
	}},

	{"vcs", "a private repository without credentials (git over http)", []string{"vcs-no-credentials"}, nothing, func(l *lab) { l.privateRepo(l.serve(wantLogin)) }},
	{"vcs", "a repository that does not exist (git over http)", []string{"vcs-no-repository"}, nothing, func(l *lab) { l.privateRepo(l.serve(notFound)) }},
	{"vcs", "an ssh host whose key is not known", []string{"vcs-unknown-host-key"}, nothing, func(l *lab) { l.sshRepo(false) }},
	{"vcs", "an ssh host that refuses the key", []string{"vcs-refused-key"}, nothing, func(l *lab) { l.sshRepo(true) }},
	{"vcs", "a tree that belongs to somebody else", []string{"dubious-ownership"}, root, func(l *lab) { must(l.t, chownAll(l.mod, 65534)) }},

	{"module", "go.mod cannot be parsed", []string{"modfile-invalid"}, nothing, func(l *lab) { l.add("mod/go.mod", "requires x\n") }},
	{"module", "an unfinished merge in go.mod", []string{"merge-conflict"}, nothing, func(l *lab) { l.add("mod/go.mod", "<<<<<<< HEAD\n=======\n>>>>>>> b\n") }},
	{"module", "an unfinished merge in go.sum", []string{"merge-conflict"}, nothing, func(l *lab) { l.add("mod/go.sum", "<<<<<<< HEAD\n=======\n>>>>>>> b\n") }},
	{"module", "go.sum is missing", []string{"gosum-missing"}, nothing, func(l *lab) { must(l.t, os.Remove(l.path("mod/go.sum"))) }},
	{"module", "a line of go.sum is missing", []string{"gosum-incomplete"}, nothing, func(l *lab) { l.replace("mod/go.sum", "demo.test/m01 v1.1.1/go.mod", "demo.test/m01 v9.9.9/go.mod") }},
	{"module", "a replace line that leads nowhere", []string{"replace-missing"}, nothing, func(l *lab) { l.add("mod/go.mod", "\nreplace demo.test/m01 => ../fork\n") }},
	{"module", "a go.work that does not use this module", []string{"not-in-workspace"}, nothing, func(l *lab) {
		l.write("go.work", "go 1.24\n\nuse ./elsewhere\n")
		l.write("elsewhere/go.mod", "module elsewhere.test\n\ngo 1.24\n")
	}},
	{"module", "the host of a module misspelled", []string{"host-typo"}, nothing, func(l *lab) { l.require("githib.com/acme/tool") }},
	{"module", "the module line in another case than the git remote", []string{"module-case"}, nothing, func(l *lab) {
		l.module("github.com/acme/tool")
		l.git("remote", "add", "origin", "https://github.com/Acme/Tool.git")
	}},
	{"module", "the module line spelled otherwise than the git remote", []string{"module-spelling"}, nothing, func(l *lab) {
		l.module("github.com/acme/toool")
		l.git("remote", "add", "origin", "git@github.com:acme/tool.git")
	}},
	{"module", "a tag v2 and no /v2 in the module line", []string{"module-major"}, nothing, func(l *lab) {
		l.module("github.com/acme/tool")
		l.git("remote", "add", "origin", "https://github.com/acme/tool")
		l.git("commit", "-q", "--allow-empty", "-m", "one")
		l.git("tag", "v2.0.0")
	}},
}

// module gives the module another path.
func (l *lab) module(path string) {
	l.t.Helper()
	data, err := os.ReadFile(l.path("mod/go.mod"))
	must(l.t, err)
	old, rest, _ := strings.Cut(string(data), "\n")
	l.write("mod/go.mod", "module "+path+"\n"+rest)
	l.t.Logf("%s is now %s", old, path)
}

// require adds a module to go.mod and go.sum.
func (l *lab) require(path string) {
	l.t.Helper()
	const sum = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	l.add("mod/go.mod", fmt.Sprintf("\nrequire %s v1.0.0\n", path))
	l.add("mod/go.sum", fmt.Sprintf("%[1]s v1.0.0 %[2]s\n%[1]s v1.0.0/go.mod %[2]s\n", path, sum))
}

func (l *lab) replace(name, old, now string) {
	l.t.Helper()
	data, err := os.ReadFile(l.path(name))
	must(l.t, err)
	if !strings.Contains(string(data), old) {
		l.t.Fatalf("%s has no %q:\n%s", name, old, data)
	}
	l.write(name, strings.Replace(string(data), old, now, 1))
}

// shim installs gosafe in a directory, as install.sh does.
func (l *lab) shim(dir string) {
	l.t.Helper()
	built, err := builtGosafe()
	must(l.t, err)
	l.copyFile(filepath.Join(built, "gosafe"), dir+"/gosafe")
	l.copyFile(filepath.Join(built, "gosafe-shim"), dir+"/gosafe-shim")
	must(l.t, os.Symlink("gosafe-shim", l.path(dir+"/go")))
}
