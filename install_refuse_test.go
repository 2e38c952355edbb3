package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestInstallRefuses(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.refused("is not a link to gosafe", "--from", in.fake, "--bin", in.goBin)
	in.write(filepath.Join(in.home, "sdk", "pkg", "tool", "x"), "")
	in.refused("Go installation", "--from", in.fake, "--bin", in.goBin)
	in.refused("cannot create", "--from", in.fake, "--bin", filepath.Join(in.fake, "sub", "bin"))
	in.refused("colon", "--from", in.fake, "--bin", filepath.Join(in.home, "a:b"))
	in.refused("line break", "--from", in.fake, "--bin", filepath.Join(in.home, "a\nb"))
	in.refused("no such file", "--from", "absent", "--bin", in.bin)
	in.refused("no such file", "--from", in.home, "--bin", filepath.Join(in.home, "new", "deep", "bin"))
	in.refused("is the go command itself", "--from", filepath.Join(in.goBin, "go"), "--bin", in.bin)
	in.refused("needs a value", "--bin")
	in.refused("needs a value", "--bin", "")
	in.refused("unknown argument: extra", "extra")
	in.write(filepath.Join(in.home, "taken", "gosafe", "file"), "")
	in.refused("is a directory", "--from", in.fake, "--bin", filepath.Join(in.home, "taken"))
	in.must("--uninstall", "--bin", filepath.Join(in.home, "taken"))
	in.want(filepath.Join(in.home, "taken", "gosafe", "file"), "")
	if os.Getuid() != 0 { // root installs elsewhere, and writes where it likes
		readOnly := filepath.Join(in.home, "read-only")
		if err := os.Mkdir(readOnly, 0o555); err != nil {
			t.Fatal(err)
		}
		in.refused("cannot write in", "--from", in.fake, "--bin", readOnly)
		in.refused("cannot create", "--from", in.fake, "--bin", filepath.Join(readOnly, "bin"))
		in.env[0] = "HOME="
		in.refused("HOME is not set", "--from", in.fake)
	}
}
