package main

import (
	"os"
	"path/filepath"
	"strings"
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
	in.refused(in.home+" is a directory; name the gosafe in it", "--from", in.home, "--bin", filepath.Join(in.home, "new", "deep", "bin"))
	in.refused("is the go command itself", "--from", filepath.Join(in.goBin, "go"), "--bin", in.bin)
	in.refused("needs a value", "--bin")
	in.refused("needs a value", "--bin", "")
	if stdout, stderr, status := in.run("extra"); status != 2 || stdout+stderr != "install.sh: unknown argument: extra; see install.sh --help\n" {
		t.Errorf("install.sh extra: exit status %d\n%s%s", status, stdout, stderr)
	}
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
		in.env[0] = "HOME=" + readOnly
		in.refused("cannot create "+readOnly+"/.gosafe/bin; say where with --bin DIR", "--from", in.fake)
		in.env[0] = "HOME="
		in.refused("HOME is not set", "--from", in.fake)
	}
}

// What --help says of what else is written, and of Windows, is the case.
func TestInstallHelps(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	help := in.must("--help")
	words := strings.Join(strings.Fields(help), " ")
	for _, want := range []string{
		"GITHUB_PATH", "GOROOT/bin with --divert", "its own caches",
		"with --goroot in that place, else wherever --divert was done from DIR",
		`go build -o DIR\go.exe go build -o DIR\ .\gosafe-doctor`,
	} {
		if !strings.Contains(words, want) {
			t.Errorf("install.sh --help does not say %q", want)
		}
	}
	for _, line := range strings.Split(help, "\n") {
		if len(line) > 80 {
			t.Errorf("install.sh --help: a line of %d characters: %s", len(line), line)
		}
	}
}
