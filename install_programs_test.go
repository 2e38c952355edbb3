package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// go leads to the gosafe-shim that came with gosafe, and to gosafe itself where
// none did: never to that of another version.
func TestInstallLinksGoToTheShim(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	bare := in.files()
	goLeadsTo := func(want string) {
		t.Helper()
		if target, err := os.Readlink(filepath.Join(in.bin, "go")); err != nil || target != want {
			t.Errorf("go leads to %q (%v), want %s", target, err, want)
		}
	}
	in.must("--from", in.fake, "--bin", in.bin) // as an older install.sh did
	goLeadsTo("gosafe")
	in.write(filepath.Join(in.home, "built", "gosafe"), fakeGosafe("2"))
	in.write(filepath.Join(in.home, "built", "gosafe-shim"), divertedShim)
	for range 2 {
		in.must("--from", filepath.Join("built", "gosafe"), "--bin", in.bin)
		goLeadsTo("gosafe-shim")
		in.want(filepath.Join(in.bin, "go"), divertedShim)
		in.want(filepath.Join(in.bin, "gosafe"), fakeGosafe("2"))
	}
	in.must("--from", in.fake, "--bin", in.bin)
	goLeadsTo("gosafe")
	if _, err := os.Stat(filepath.Join(in.bin, "gosafe-shim")); err == nil {
		t.Error("the gosafe-shim of another version is still there")
	}
	in.must("--from", filepath.Join("built", "gosafe"), "--bin", in.bin)
	in.must("--uninstall", "--bin", in.bin)
	if err := os.RemoveAll(filepath.Join(in.home, "built")); err != nil {
		t.Fatal(err)
	}
	if after := in.files(); !slices.Equal(after, bare) {
		t.Errorf("uninstalled:\n%q\nbefore:\n%q", after, bare)
	}
}

// The doctor beside the gosafe that --from names is installed, too, and goes
// with it. An upgrade from a place without one keeps it.
func TestInstallTakesTheDoctorAlong(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	beside := filepath.Join(filepath.Dir(in.fake), "gosafe-doctor")
	in.write(beside, "#!/bin/sh\necho doctor 1\n")
	bare := in.files()
	in.must("--from", in.fake, "--bin", in.bin)
	installed := filepath.Join(in.bin, "gosafe-doctor")
	in.want(installed, "#!/bin/sh\necho doctor 1\n")
	in.write(filepath.Join(in.home, "other", "gosafe"), fakeGosafe("2"))
	in.must("--from", filepath.Join(in.home, "other", "gosafe"), "--bin", in.bin)
	in.want(installed, "#!/bin/sh\necho doctor 1\n")
	in.want(filepath.Join(in.bin, "gosafe"), fakeGosafe("2"))
	in.must("--uninstall", "--bin", in.bin)
	if err := os.RemoveAll(filepath.Join(in.home, "other")); err != nil {
		t.Fatal(err)
	}
	if after := in.files(); !slices.Equal(after, bare) {
		t.Errorf("uninstalled:\n%q\nbefore:\n%q", after, bare)
	}
}
