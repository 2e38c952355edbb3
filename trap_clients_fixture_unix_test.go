//go:build unix

package main

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// countCalls makes the toolchain of the world: the real one, whose go command
// writes down what it is called for. What go starts itself finds the real
// GOROOT/bin first on PATH, and is not counted.
func (w clientWorld) countCalls() {
	w.t.Helper()
	goroot := realGo().goroot
	entries, err := os.ReadDir(goroot)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "bin" {
			continue
		}
		if err := os.Symlink(filepath.Join(goroot, e.Name()), filepath.Join(w.toolchain, e.Name())); err != nil {
			w.t.Fatal(err)
		}
	}
	name := filepath.Join(w.toolchain, "bin", "go")
	if err := os.Mkdir(filepath.Dir(name), 0o777); err != nil {
		w.t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho \"go $1\" >>%s\nexec %s \"$@\"\n", w.callsFile(), filepath.Join(goroot, "bin", "go"))
	syscall.ForkLock.RLock() // as in stage.script
	err = os.WriteFile(name, []byte(script), 0o777)
	syscall.ForkLock.RUnlock()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w clientWorld) callsFile() string { return filepath.Join(w.home, "calls") }

// calls returns a line for each call of go since the last run began.
func (w clientWorld) calls() string {
	data, _ := os.ReadFile(w.callsFile())
	return string(data)
}

// commit puts the module under git.
func (w clientWorld) commit() {
	w.t.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=Ann", "-c", "user.email=ann@a.test", "commit", "-qm", "all"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = w.dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.home}
		if out, err := cmd.CombinedOutput(); err != nil {
			w.t.Skipf("git %v: %v\n%s", args, err, out)
		}
	}
}

// serveImage serves a registry on loopback with one image, in which nothing is,
// and returns its name (OCI distribution specification, "Pull").
func serveImage(t *testing.T) string {
	t.Helper()
	const kind = "application/vnd.oci.image."
	config := fmt.Sprintf(`{"architecture":%q,"os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}`, runtime.GOARCH)
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"%smanifest.v1+json","config":{"mediaType":"%sconfig.v1+json","size":%d,"digest":"sha256:%x"},"layers":[]}`,
		kind, kind, len(config), sha256.Sum256([]byte(config)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v2/":
		case strings.HasPrefix(r.URL.Path, "/v2/base/manifests/"):
			w.Header().Set("Content-Type", kind+"manifest.v1+json")
			fmt.Fprint(w, manifest)
		case strings.HasPrefix(r.URL.Path, "/v2/base/blobs/"):
			fmt.Fprint(w, config)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://") + "/base"
}
