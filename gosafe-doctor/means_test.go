//go:build linux

package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"gosafe/internal/faultproxy"
)

// capture runs a program and returns what it printed.
func capture(argv ...string) (string, error) {
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func hostOS() string { return runtime.GOOS + "_" + runtime.GOARCH }

// unpackedOver gives a copy of Go its package runtime, as the archive has it,
// and one file more that an older one has left.
func (l *lab) unpackedOver(dir string) {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "VERSION"))
	must(l.t, err)
	_, stamp, _ := strings.Cut(string(data), "time ")
	built, err := time.Parse(time.RFC3339, strings.TrimSpace(stamp))
	if err != nil {
		l.t.Skip("this Go does not say when it was built: ", err)
	}
	for i := range 8 {
		l.dated(filepath.Join(dir, "src", "runtime", fmt.Sprintf("f%d.go", i)), built)
	}
	l.dated(filepath.Join(dir, "src", "runtime", "removed_since.go"), built.AddDate(-1, 0, 0))
}

func (l *lab) dated(name string, at time.Time) {
	l.t.Helper()
	must(l.t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(l.t, os.WriteFile(name, []byte("package runtime\n"), 0o644))
	must(l.t, os.Chtimes(name, at, at))
}

// mounted runs the doctor in a mount namespace of its own, in which something
// is mounted.
func (l *lab) mounted(script string) {
	l.wrap = []string{"unshare", "-m", "sh", "-c", "{ " + script + "; }; exec \"$@\"", "sh"}
}

// ordinary makes the doctor run as an ordinary user, who owns the lab.
func (l *lab) ordinary() {
	l.t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	must(l.t, chownAll(l.dir, nobody))
	l.user = nobody
}

// nobody is a user who owns nothing.
const nobody = 65534

func chownAll(dir string, uid int) error {
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, uid, uid)
	})
}

// newCgroup makes a control group below ours.
func newCgroup(name, limit string) (string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	at := ""
	for line := range strings.Lines(string(data)) {
		if f := strings.SplitN(strings.TrimSpace(line), ":", 3); len(f) == 3 && f[1] == "memory" {
			at = f[2]
		}
	}
	if at == "" {
		return "", fmt.Errorf("no controller of memory")
	}
	dir := filepath.Join("/sys/fs/cgroup/memory", at, fmt.Sprintf("gosafe-doctor-%d-%s-%d", os.Getpid(), name, time.Now().UnixNano()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	if limit != "" {
		err = os.WriteFile(filepath.Join(dir, "memory.limit_in_bytes"), []byte(limit), 0o644)
	}
	return dir, err
}

// inCgroup makes the doctor run in a control group with a limit of memory, and
// see this machine as it is.
func (l *lab) inCgroup(limit string) string {
	l.t.Helper()
	dir, err := newCgroup("lab", limit)
	must(l.t, err)
	l.t.Cleanup(func() {
		for range 50 { // the kernel lets go of what has ended a little later
			if os.Remove(dir) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		l.t.Errorf("%s stays", dir)
	})
	l.env["DOCTOR_PROC"] = "real"
	l.wrap = []string{"sh", "-c", "echo $$ >" + dir + "/cgroup.procs; exec \"$@\"", "sh"}
	return dir
}

// clone makes a clone in the module cache, as go keeps it.
func (l *lab) clone() string {
	l.t.Helper()
	dir := l.mkdir("home/go/pkg/mod/cache/vcs/" + strings.Repeat("ab", 32))
	out, err := capture("git", "init", "-q", "--bare", dir)
	if err != nil {
		l.t.Fatal(out)
	}
	must(l.t, os.WriteFile(dir+".info", []byte("git3:https://git.lab.test/x\n"), 0o644))
	return dir
}

// hold has another process lock a file, and stops it.
func (l *lab) hold(file string) {
	l.t.Helper()
	cmd := exec.Command(filepath.Join(binDir(), "holder"), file)
	out, err := cmd.StdoutPipe()
	must(l.t, err)
	must(l.t, cmd.Start())
	l.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		l.t.Fatalf("%q instead of a lock", line)
	}
	must(l.t, cmd.Process.Signal(syscall.SIGSTOP))
	l.env["DOCTOR_PROC"] = "real"
}

// closedPort is an address of loopback where nothing listens.
func closedPort(l *lab) string {
	l.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(l.t, err)
	defer ln.Close()
	// That of a client is in use, so that nobody else listens there meanwhile.
	client, err := net.Dial("tcp", ln.Addr().String())
	must(l.t, err)
	l.t.Cleanup(func() { client.Close() })
	return client.LocalAddr().String()
}

// mute is an address that accepts connections and says nothing.
func (l *lab) mute() string {
	l.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(l.t, err)
	l.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go io.Copy(io.Discard, c)
		}
	}()
	return ln.Addr().String()
}

// dns starts a name server that answers as it is told: no such name, or
// nothing.
func (l *lab) dns(answer bool) string {
	l.t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(l.t, err)
	l.t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer && n > 12 {
				q := buf[12:n]
				end := strings.IndexByte(string(q), 0) + 5
				reply := append([]byte{buf[0], buf[1], 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0}, q[:min(end, len(q))]...)
				c.WriteTo(reply, from)
			}
		}
	}()
	return c.LocalAddr().String()
}

func (l *lab) silentDNS() string { return l.dns(false) }

// serve starts a plain server on loopback.
func (l *lab) serve(h http.Handler) string {
	l.t.Helper()
	s := httptest.NewServer(h)
	l.t.Cleanup(s.Close)
	return s.URL
}

// proxy starts a module proxy that is spoiled by rules, or by its certificate.
func (l *lab) proxy(cert faultproxy.Cert, rules ...string) string {
	l.t.Helper()
	conf := faultproxy.Config{Cert: cert, Modules: graph()}
	for _, text := range rules {
		r, err := faultproxy.ParseRule(text)
		must(l.t, err)
		conf.Rules = append(conf.Rules, r)
	}
	s, err := faultproxy.Start(conf)
	must(l.t, err)
	l.t.Cleanup(func() { s.Close() })
	if cert != faultproxy.None {
		l.env["SSL_CERT_FILE"] = l.write("ca.pem", string(s.CA()))
	}
	return s.URL()
}

// moduleProxyOf is the handler of a sound proxy.
func moduleProxyOf(l *lab) http.Handler {
	l.t.Helper()
	s, err := faultproxy.Start(faultproxy.Config{Modules: graph()})
	must(l.t, err)
	l.t.Cleanup(func() { s.Close() })
	return moduleProxy(s.URL())
}

// dated answers from another time.
func dated(h http.Handler, ahead time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		h.ServeHTTP(dateKeeper{w}, r)
	})
}

// A dateKeeper keeps a reverse proxy from taking over the Date of the server
// behind it.
type dateKeeper struct{ http.ResponseWriter }

func (d dateKeeper) WriteHeader(status int) {
	h := d.Header()
	h["Date"] = h["Date"][:1]
	d.ResponseWriter.WriteHeader(status)
}

func (d dateKeeper) Write(b []byte) (int, error) {
	h := d.Header()
	h["Date"] = h["Date"][:1]
	return d.ResponseWriter.Write(b)
}

// withoutSums answers for the checksum database with an error.
func withoutSums(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sumdb/") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	})
}

var portal = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "<!DOCTYPE html><html><head><title>Hotel: log in</title></head><body>Welcome</body></html>")
})

var wantLogin = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
	w.WriteHeader(http.StatusUnauthorized)
})

var notFound = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })

// The times at which the certificate of a publicProxy is valid.
const (
	certSound      = 0 * time.Hour
	certOfNextYear = 365 * 24 * time.Hour
)

// publicProxy makes proxy.golang.org and sum.golang.org answer, over TLS and
// through an HTTP proxy that leads both to a server of the lab. Its clock, and
// its certificate, are ahead of this machine's.
func (l *lab) publicProxy(ahead time.Duration) {
	l.t.Helper()
	s := httptest.NewUnstartedServer(dated(moduleProxyOf(l), ahead))
	cert, ca := newCert(l, time.Now().Add(ahead), "proxy.golang.org", "sum.golang.org")
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.StartTLS()
	l.t.Cleanup(s.Close)
	l.env["SSL_CERT_FILE"] = l.write("ca.pem", ca)
	l.env["GOPROXY"], l.env["GOSUMDB"] = "https://proxy.golang.org", "sum.golang.org"
	l.env["HTTPS_PROXY"] = l.serve(tunnel(s.Listener.Addr().String()))
}

// tunnel is an HTTP proxy that leads every CONNECT to one address.
func tunnel(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server, err := net.Dial("tcp", to)
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(server, client)
			server.Close()
		}()
		io.Copy(client, server)
		client.Close()
	})
}

// newCert is a certificate that is valid from the day before now on, for a
// year, and the authority that has signed it.
func newCert(l *lab, now time.Time, names ...string) (tls.Certificate, string) {
	l.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(l.t, err)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of the lab"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	ca, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	must(l.t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, key)
	must(l.t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca}))
}

// privateRepo makes go.mod need a private module, whose repository git takes
// from a server of the lab.
func (l *lab) privateRepo(at string) {
	l.t.Helper()
	l.require("git.lab.test/team/lib.git")
	l.env["GOPRIVATE"] = "git.lab.test"
	for _, scheme := range []string{"https", "git+ssh", "ssh"} { // go tries them all for a path with .git
		l.git("config", "--global", "--add", "url."+at+"/.insteadOf", scheme+"://git.lab.test/")
	}
}

// sshRepo makes go.mod need a private module, whose repository git takes by
// ssh, from a host that knows no key of ours; we know its key, or not.
func (l *lab) sshRepo(known bool) {
	l.t.Helper()
	sshd := "/usr/sbin/sshd"
	if !isFile(sshd) {
		l.t.Skip("no sshd: apt-get install openssh-server")
	}
	for _, name := range []string{"host", "mine"} {
		if out, err := capture("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", l.path(name)); err != nil {
			l.t.Skip("no ssh-keygen: ", out)
		}
	}
	l.write("authorized_keys", "")
	conf := l.write("sshd_config", fmt.Sprintf("HostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n", l.path("host"), l.path("authorized_keys")))
	argv := []string{sshd, "-i", "-f", conf}
	if os.Geteuid() == 0 { // root's sshd wants /run/sshd
		if why := root.missing(); why != "" {
			l.t.Skip(why)
		}
		argv = append([]string{"unshare", "-m", "sh", "-c", `mount -t tmpfs x /run && mkdir -m 755 /run/sshd && exec "$@"`, "sh"}, argv...)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(l.t, err)
	l.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			f, err := c.(*net.TCPConn).File()
			c.Close()
			if err != nil {
				return
			}
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Stdin, cmd.Stdout = f, f
			go func() {
				cmd.Run() // how it ends is the case's affair
				f.Close()
			}()
		}
	}()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	hosts := l.write("known_hosts", "")
	if known {
		key, err := os.ReadFile(l.path("host.pub"))
		must(l.t, err)
		l.write("known_hosts", "[127.0.0.1]:"+port+" "+string(key))
	}
	ssh := l.write("ssh_config", fmt.Sprintf("Host *\n\tUserKnownHostsFile %s\n\tGlobalKnownHostsFile /dev/null\n\tIdentityFile %s\n\tIdentitiesOnly yes\n", hosts, l.path("mine")))
	l.git("config", "--global", "core.sshCommand", "ssh -F "+ssh)
	l.privateRepo("ssh://git@127.0.0.1:" + port)
}
