package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// obey runs the command line that install.sh has printed between the given
// words, in a shell, as typed. What was built is installed, else it would build.
func (d *diversion) obey(said, before, after string) {
	d.t.Helper()
	_, line, found := strings.Cut(said, before)
	line, _, ended := strings.Cut(line, after)
	if !found || !ended || !strings.HasPrefix(line, "install.sh ") {
		d.t.Fatalf("no command line between %q and %q in\n%s", before, after, said)
	}
	script, err := filepath.Abs("install.sh")
	if err != nil {
		d.t.Fatal(err)
	}
	tools := d.t.TempDir()
	d.write(filepath.Join(tools, "install.sh"), "#!/bin/sh\ncase $* in *--undivert*) ;; *) set -- \"$@\" --from \"$FROM\" ;; esac\nexec sh \"$SCRIPT\" \"$@\"\n")
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = d.home
	cmd.Env = []string{d.env[0], "PATH=" + tools + ":" + strings.TrimPrefix(d.env[1], "PATH="), "FROM=" + d.fake, "SCRIPT=" + script}
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// A command line that install.sh prints does, as typed, what it is printed for:
// in the same DIR, however that is spelled.
func TestDivertHintsWork(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	d.bin = filepath.Join(d.home, "it's $HERE", "bin")
	d.divert()
	d.replaceGo(fakeGo + "# newer\n")
	_, stderr, _ := d.run("--from", d.fake, "--bin", d.bin)
	d.obey(stderr, "diverted again by: ", "\n")
	d.wantDiverted(divertedShim)
	if _, err := os.Stat(filepath.Join(d.home, ".gosafe")); err == nil {
		t.Error("the command line has installed another gosafe")
	}

	if os.Getuid() != 0 {
		locked := func(args ...string) string {
			t.Helper()
			if err := os.Chmod(d.goBin, 0o555); err != nil {
				t.Fatal(err)
			}
			_, stderr, _ := d.run(args...)
			if err := os.Chmod(d.goBin, 0o755); err != nil {
				t.Fatal(err)
			}
			return stderr
		}
		d.obey(locked("--undivert", "--bin", d.bin), "as its owner run: ", "\n")
		d.wantPlain()
		d.obey(locked("--from", d.fake, "--bin", d.bin, "--divert"), "as its owner run: ", "\n")
		d.wantDiverted(divertedShim)
		shim2 := divertedShim + "# version 2\n"
		d.write(filepath.Join(d.home, "gosafe-shim"), shim2)
		d.obey(locked("--from", d.fake, "--bin", d.bin), "as its owner run: ", "\n")
		d.wantDiverted(shim2)
	}

	_, stderr, _ = d.run("--uninstall", "--bin", d.goBin)
	d.obey(stderr, "Go installation; use: ", "\n")
	d.wantPlain()
}

// Where the go on PATH has been diverted, PATH is all right as it is.
func TestDivertNeedsNoPath(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	want := d.goFile + " is gosafe now; PATH need not change for it\n"
	for _, args := range [][]string{{"--divert"}, {"--divert"}, nil} {
		out := d.must(append([]string{"--from", d.fake, "--bin", d.bin}, args...)...)
		if !strings.HasSuffix(out, want) || strings.Contains(out, "export") {
			t.Errorf("install.sh %q says\n%s\nwant %s", args, out, want)
		}
	}
	d.want(filepath.Join(d.goBin, "gosafe-doctor"), "gosafe-doctor")

	other := filepath.Join(d.home, "other")
	d.write(filepath.Join(other, "go"), fakeGo)
	path := d.env[1]
	d.env[1] = "PATH=" + other + ":" + strings.TrimPrefix(path, "PATH=")
	if out := d.divert("--goroot", "sdk"); !strings.Contains(out, "put it first on PATH") {
		t.Errorf("with another go first on PATH, install.sh says\n%s", out)
	}
	d.env[1] = path
	d.must("--undivert", "--bin", d.bin)
	if out := d.must("--from", d.fake, "--bin", d.bin); !strings.Contains(out, "put it first on PATH") {
		t.Errorf("after --undivert, install.sh says\n%s", out)
	}
}
