package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// What --from names is asked what it is before it replaces anything, and only
// gosafe gets into the place of gosafe.
func TestInstallTakesOnlyGosafe(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must("--from", in.fake, "--bin", in.bin)
	ran := filepath.Join(in.home, "ran")
	for content, want := range map[string]string{
		"gosafe\ntouch '" + ran + "'\n": "is not gosafe\n", // a text, which a shell would run
		"#!/bin/sh\necho gosafe 1\n":    "is not gosafe, or none that runs here",
		"#!/bin/sh\necho about gosafe 1\necho Settings, from the environment only\n": "is not gosafe, or none that runs here",
		"\x7fELF of another machine's gosafe":                                        "is not gosafe, or none that runs here",
	} {
		file := filepath.Join(in.home, "other", "gosafe")
		in.write(file, content)
		in.refused(file+" "+want, "--from", file, "--bin", in.bin)
		in.refused(file+" "+want, "--from", file, "--bin", filepath.Join(in.home, "new", "bin"))
	}
	readme, err := filepath.Abs("README.md")
	if err != nil {
		t.Fatal(err)
	}
	in.refused("is not gosafe", "--from", readme, "--bin", in.bin)
	shim := filepath.Join(shimDir(), "gosafe-shim")
	in.refused("install.sh: "+shim+" is not gosafe (name the gosafe beside it)\n", "--from", shim, "--bin", in.bin)

	for _, beside := range []string{"#!/bin/sh\n# gosafe\nexit 1\n", "#!/bin/sh\necho go version of gosafe\n", "gosafe"} {
		in.write(filepath.Join(in.home, "gosafe-shim"), beside)
		in.refused("the gosafe-shim beside "+in.fake+" does not run as go", "--from", in.fake, "--bin", in.bin)
	}
	in.write(filepath.Join(in.home, "gosafe-shim"), divertedShim)
	in.must("--from", in.fake, "--bin", in.bin)
}

// A program that never answers is ended.
func TestInstallWaitsForNoAnswer(t *testing.T) {
	t.Parallel()
	for _, shell := range [][]string{{"sh"}, {"bash"}, {"busybox", "sh"}} {
		t.Run(strings.Join(shell, " "), func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Skip(err)
			}
			in := newInstallation(t, shell...)
			pids := filepath.Join(t.TempDir(), "pids")
			in.env = append(in.env, "PIDS="+pids)
			in.write(in.fake, "#!/bin/sh\necho $$ >>\"$PIDS\"\necho gosafe 1\nexec sleep 600\n")
			in.refused("is not gosafe", "--from", in.fake, "--bin", in.bin)
			text, err := os.ReadFile(pids)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range strings.Fields(string(text)) {
				pid, err := strconv.Atoi(word)
				if err != nil {
					t.Fatal(err)
				}
				if p, err := os.FindProcess(pid); err == nil && p.Signal(syscall.Signal(0)) == nil {
					t.Errorf("process %d is still there", pid)
				}
			}
		})
	}
}
