package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"gosafe/wrapper"
)

// A diversion is an installation whose go belongs to a toolchain, in sdk, and
// whose gosafe comes with a gosafe-shim that does in the place of that go what
// the real one does: it runs what has been put aside. A gosafe-doctor comes along.
type diversion struct {
	*installation
	goFile, kept string
	original     os.FileInfo
}

const divertedShim = `#!/bin/sh
# gosafe-shim
real=${0%/*}/go.gosafe-diverted
[ -x "$real" ] || read -r real <"${0%/*}/gosafe.realgo"
exec "$real" "$@"
`

func newDiversion(t *testing.T, shell ...string) *diversion {
	t.Helper()
	in := newInstallation(t, shell...)
	in.write(filepath.Join(in.home, "sdk", "VERSION"), "go1.26.8\n")
	in.write(filepath.Join(in.goBin, "gofmt"), "gofmt")
	in.write(filepath.Join(in.home, "gosafe-shim"), divertedShim)
	in.write(filepath.Join(in.home, "gosafe-doctor"), "gosafe-doctor")
	d := &diversion{installation: in, goFile: filepath.Join(in.goBin, "go"), kept: filepath.Join(in.goBin, wrapper.DivertedName)}
	d.replaceGo(fakeGo)
	return d
}

// replaceGo installs another go, as an upgrade does.
func (d *diversion) replaceGo(content string) {
	d.t.Helper()
	os.Remove(d.goFile)
	d.write(d.goFile, content)
	d.original = d.stat(d.goFile)
}

func (d *diversion) stat(name string) os.FileInfo {
	d.t.Helper()
	fi, err := os.Lstat(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return fi
}

// divert is install.sh --divert with what was built.
func (d *diversion) divert(args ...string) string {
	d.t.Helper()
	return d.must(append([]string{"--from", d.fake, "--bin", d.bin, "--divert"}, args...)...)
}

// wantDiverted says that gosafe stands in the place of the go of goBin, and that
// go itself, no copy of it, beside it.
func (d *diversion) wantDiverted(shim string) {
	d.t.Helper()
	d.want(d.goFile, shim)
	d.want(filepath.Join(d.goBin, "gosafe-shim"), shim)
	if d.stat(d.goFile).Mode()&os.ModeSymlink != 0 {
		d.t.Errorf("%s is a link", d.goFile)
	}
	if !os.SameFile(d.original, d.stat(d.kept)) {
		d.t.Errorf("%s is not the file that was %s", d.kept, d.goFile)
	}
	d.wantNames("go", wrapper.DivertedName, "gofmt", "gosafe", "gosafe-doctor", "gosafe-shim")
}

// wantPlain says that the go of goBin is the file that it was.
func (d *diversion) wantPlain() {
	d.t.Helper()
	if !os.SameFile(d.original, d.stat(d.goFile)) {
		d.t.Errorf("%s is not the file that it was", d.goFile)
	}
	d.wantNames("go", "gofmt")
}

func (d *diversion) wantNames(want ...string) {
	d.t.Helper()
	entries, err := os.ReadDir(d.goBin)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, want) {
		d.t.Errorf("in %s: %q, want %q", d.goBin, names, want)
	}
}

// wantGo says that the go of goBin runs.
func (d *diversion) wantGo() {
	d.t.Helper()
	if out, err := exec.Command(d.goFile, "env", "GOROOT").CombinedOutput(); err != nil || string(out) != filepath.Dir(d.goBin)+"\n" {
		d.t.Errorf("%s env GOROOT: %q, %v", d.goFile, out, err)
	}
}
