package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gosafe/wrapper"
)

func TestDivertAndBackInEveryShell(t *testing.T) {
	t.Parallel()
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
		t.Run(strings.Join(shell, " "), func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Skip(err)
			}
			d := newDiversion(t, shell...)
			bare := d.files()
			d.must("--from", d.fake, "--bin", d.bin)
			installed := d.files()

			if out := d.divert(); !strings.Contains(out, "diverted "+d.goFile+";") || !strings.Contains(out, d.kept) {
				t.Errorf("install.sh --divert says\n%s", out)
			}
			d.wantDiverted(divertedShim)
			d.want(filepath.Join(d.goBin, "gosafe"), fakeGosafe("1"))
			d.want(filepath.Join(d.bin, "gosafe.diverted"), d.goBin+"\n")
			d.wantGo()
			once := d.files()
			d.divert()
			d.divert("--goroot", "sdk/")
			d.wantDiverted(divertedShim)
			if twice := d.files(); !slices.Equal(once, twice) {
				t.Errorf("diverted again:\n%q\nonce:\n%q", twice, once)
			}

			if out := d.must("--undivert", "--bin", d.bin); out != "put "+d.goFile+" back\n" {
				t.Errorf("install.sh --undivert says\n%s", out)
			}
			d.wantPlain()
			if after := d.files(); !slices.Equal(after, installed) {
				t.Errorf("undiverted:\n%q\nbefore:\n%q", after, installed)
			}
			if out := d.must("--undivert", "--bin", d.bin); out != d.goFile+" is not diverted\n" {
				t.Errorf("install.sh --undivert, again, says\n%s", out)
			}

			d.divert("--goroot=" + filepath.Dir(d.goBin))
			d.must("--uninstall", "--bin", d.bin)
			d.wantPlain()
			if after := d.files(); !slices.Equal(after, bare) {
				t.Errorf("uninstalled:\n%q\nbefore:\n%q", after, bare)
			}
		})
	}
}

// An upgrade of gosafe brings what was diverted along, one of Go is noticed:
// then the newer go is the toolchain's, and the old one neither run nor restored.
func TestDivertUpgrades(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	d.divert()
	const shim2 = divertedShim + "# version 2\n"
	d.write(filepath.Join(d.home, "gosafe-shim"), shim2)
	d.write(d.fake, fakeGosafe("2"))
	d.must("--from", d.fake, "--bin", d.bin)
	d.wantDiverted(shim2)
	d.want(filepath.Join(d.goBin, "gosafe"), fakeGosafe("2"))

	d.replaceGo(fakeGo + "# newer\n")
	out, stderr, status := d.run("--from", d.fake, "--bin", d.bin)
	if status != 0 || !strings.Contains(stderr, "another Go has been installed in "+d.goBin) {
		t.Errorf("over a newer go: exit status %d\n%s%s", status, out, stderr)
	}
	d.want(d.goFile, fakeGo+"# newer\n")
	d.divert()
	d.wantDiverted(shim2)
	d.want(d.kept, fakeGo+"# newer\n")

	d.replaceGo(fakeGo + "# newest\n")
	if out := d.must("--undivert", "--bin", d.bin); !strings.Contains(out, "the one of Go already") {
		t.Errorf("install.sh --undivert says\n%s", out)
	}
	d.wantPlain()
	d.want(d.goFile, fakeGo+"# newest\n")

	// A whole Go in the place of the old one.
	d.divert()
	if err := os.RemoveAll(d.goBin); err != nil {
		t.Fatal(err)
	}
	d.write(filepath.Join(d.goBin, "gofmt"), "gofmt")
	d.replaceGo(fakeGo)
	if _, stderr, status := d.run("--from", d.fake, "--bin", d.bin); status != 0 || !strings.Contains(stderr, "another Go has been installed in "+d.goBin) {
		t.Errorf("after another Go: exit status %d\n%s", status, stderr)
	}
	d.must("--uninstall", "--bin", d.bin)
	d.wantPlain()

	// An upgrade from a place without a gosafe-shim leaves the pair that fits.
	d.divert()
	if err := os.Remove(filepath.Join(d.home, "gosafe-shim")); err != nil {
		t.Fatal(err)
	}
	d.must("--from", d.fake, "--bin", d.bin)
	d.wantDiverted(shim2)
	d.must("--uninstall", "--bin", d.bin)
	d.wantPlain()
}

// What is in GOROOT/bin does not need DIR: removed by hand it breaks nothing,
// and another gosafe, or none, undoes it.
func TestDivertOutlivesDir(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	d.divert()
	other := filepath.Join(d.home, "other")
	d.must("--from", d.fake, "--bin", other, "--divert")
	d.wantDiverted(divertedShim)
	if err := os.RemoveAll(d.bin); err != nil {
		t.Fatal(err)
	}
	d.wantGo()
	d.must("--uninstall", "--bin", other)
	d.wantPlain()

	d.divert()
	if err := os.RemoveAll(filepath.Dir(d.bin)); err != nil {
		t.Fatal(err)
	}
	d.wantGo()
	d.must("--undivert", "--bin", d.bin)
	d.wantPlain()
	if _, err := os.Stat(d.bin); err == nil {
		t.Errorf("--undivert has made %s", d.bin)
	}

	// And by hand.
	d.divert()
	if err := os.Rename(d.kept, d.goFile); err != nil {
		t.Fatal(err)
	}
	d.wantGo()
	d.divert("--goroot", "sdk") // what is left is in the way of nothing
	d.wantDiverted(divertedShim)
	if err := os.Rename(d.kept, d.goFile); err != nil {
		t.Fatal(err)
	}
	d.must("--undivert", "--bin", d.bin)
	d.wantPlain()
}

// The go in a GOROOT may itself be a link: that is what is put aside.
func TestDivertALink(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	if err := os.Rename(d.goFile, filepath.Join(d.goBin, "..", "go.real")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../go.real", d.goFile); err != nil {
		t.Fatal(err)
	}
	bare := d.files()
	d.divert("--goroot", "sdk")
	if target, err := os.Readlink(d.kept); err != nil || target != "../go.real" {
		t.Errorf("%s leads to %q (%v)", d.kept, target, err)
	}
	d.want(d.goFile, divertedShim)
	d.must("--uninstall", "--bin", d.bin)
	if after := d.files(); !slices.Equal(after, bare) {
		t.Errorf("uninstalled:\n%q\nbefore:\n%q", after, bare)
	}
}

func TestDivertRefuses(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	divert := func(args ...string) []string {
		return append([]string{"--from", d.fake, "--bin", d.bin, "--divert"}, args...)
	}
	d.refused("is not a Go installation", divert("--goroot", d.home)...)
	d.write(filepath.Join(d.home, "empty", "VERSION"), "go1.26.8\n")
	d.refused("there is no go command", divert("--goroot", "empty")...)
	d.refused("module cache", divert("--goroot", "/m/golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64")...)
	d.refused("do not go together", "--bin", d.bin, "--goroot", "sdk")
	d.refused("do not go together", "--bin", d.bin, "--uninstall", "--divert")

	for _, name := range []string{"gosafe", "gosafe-shim", "gosafe-doctor"} {
		d.write(filepath.Join(d.goBin, name), "somebody's own")
		d.refused("in the way", divert()...)
		d.must("--undivert", "--bin", d.bin)
		d.want(filepath.Join(d.goBin, name), "somebody's own")
		os.Remove(filepath.Join(d.goBin, name))
	}
	d.write(filepath.Join(d.kept, "file"), "")
	d.refused("is a directory", divert()...)
	os.RemoveAll(d.kept)

	os.Remove(filepath.Join(d.home, "gosafe-shim"))
	d.refused("needs a gosafe-shim", divert()...)
	d.write(filepath.Join(d.home, "gosafe-shim"), divertedShim)

	path := d.env[1]
	d.env[1] = "PATH=" + systemPath()
	if _, err := os.Stat("/usr/local/go/bin/go"); err != nil {
		d.refused("no go command found", divert()...)
	}
	d.env[1] = path
	d.wantPlain()

	if os.Getuid() != 0 {
		if err := os.Chmod(d.goBin, 0o555); err != nil {
			t.Fatal(err)
		}
		d.refused("cannot write in "+d.goBin, divert()...)
		if err := os.Chmod(d.goBin, 0o755); err != nil {
			t.Fatal(err)
		}
		d.divert()
		if err := os.Chmod(d.goBin, 0o555); err != nil {
			t.Fatal(err)
		}
		d.refused("cannot put "+d.goFile+" back", "--undivert", "--bin", d.bin)
		d.refused("cannot put "+d.goFile+" back", "--uninstall", "--bin", d.bin)
		d.write(filepath.Join(d.home, "gosafe-shim"), divertedShim+"# version 2\n")
		if _, stderr, status := d.run("--from", d.fake, "--bin", d.bin); status != 0 || !strings.Contains(stderr, "cannot upgrade the gosafe in "+d.goBin) {
			t.Errorf("an upgrade that may not write in GOROOT/bin: exit status %d\n%s", status, stderr)
		}
		d.wantDiverted(divertedShim)
		if err := os.Chmod(d.goBin, 0o755); err != nil {
			t.Fatal(err)
		}
		d.must("--uninstall", "--bin", d.bin)
		d.wantPlain()
	}

	d.divert()
	d.refused("use: install.sh --undivert", "--bin", d.goBin, "--uninstall")
	os.Remove(d.kept)
	d.refused("install Go again", divert("--goroot", "sdk")...)
	if out := d.must("--uninstall", "--bin", d.bin); !strings.Contains(out, "install Go again") {
		t.Errorf("without the toolchain's go, --uninstall says\n%s", out)
	}
	d.wantNames("gofmt")
}

// Whatever fails half way is undone, and at no moment is there no go: mv, which
// does what matters, fails, or ends install.sh, at each of its steps.
func TestDivertHalfWay(t *testing.T) {
	t.Parallel()
	for how, does := range map[string]string{
		"fails once": `mkdir "${0%/*}/once" 2>/dev/null && exit 1`,
		"is ended":   "kill -TERM $PPID", // and again when it cleans up
		"is shot":    "kill -KILL $PPID; exit 1",
	} {
		for _, name := range []string{wrapper.DivertedName, "gosafe", "go", "gosafe-shim"} {
			t.Run(how+" at "+name, func(t *testing.T) {
				t.Parallel()
				d := newDiversion(t)
				d.must("--from", d.fake, "--bin", d.bin)
				installed := d.files()
				tools := t.TempDir()
				d.write(filepath.Join(tools, "mv"), fmt.Sprintf("#!/bin/sh\n: >\"${0%%/*}/used\"\nfor to; do :; done\nif [ \"$to\" = '%s' ]; then %s; fi\nexec /bin/mv \"$@\"\n", filepath.Join(d.goBin, name), does))
				path := d.env[1]
				d.env[1] = "PATH=" + d.goBin + ":" + tools + ":" + systemPath()
				out, stderr, status := d.run("--from", d.fake, "--bin", d.bin, "--divert")
				if _, err := os.Stat(filepath.Join(tools, "used")); err != nil {
					t.Skip("this shell has an mv of its own")
				}
				if status == 0 {
					t.Fatalf("install.sh succeeded\n%s%s", out, stderr)
				}
				d.wantGo()
				d.env[1] = path
				if how != "is shot" {
					d.wantPlain()
					if after := d.files(); !slices.Equal(after, installed) {
						t.Errorf("left:\n%q\nbefore:\n%q", after, installed)
					}
					return
				}
				d.divert("--goroot", "sdk")
				d.must("--undivert", "--bin", d.bin)
				d.wantPlain()
			})
		}
	}
}

// A gosafe that does not run where it has been put is taken out again.
func TestDivertLooksWhetherItRuns(t *testing.T) {
	t.Parallel()
	d := newDiversion(t)
	d.must("--from", d.fake, "--bin", d.bin)
	for _, root := range []string{"exit 1", "echo /another/root"} {
		d.write(filepath.Join(d.home, "gosafe-shim"), strings.Replace(divertedShim, "exec", "[ \"$*\" != 'env GOROOT' ] || { "+root+"; exit; }\nexec", 1))
		d.must("--from", d.fake, "--bin", d.bin)
		d.refused("does not run as gosafe", "--from", d.fake, "--bin", d.bin, "--divert")
		d.wantPlain()
	}
}
