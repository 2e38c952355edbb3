package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstallRefusesToBuildWithoutSourceOrGo(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.write(filepath.Join(in.goBin, "go"), buildingGo("build", "false"))
	in.refused("cannot build gosafe with "+in.goBin+"/go", "--bin", in.bin)
	script, err := os.ReadFile("install.sh")
	if err != nil {
		t.Fatal(err)
	}
	in.write(filepath.Join(in.home, "install.sh"), string(script))
	cmd := exec.Command("sh", "install.sh", "--bin", in.bin)
	cmd.Dir, cmd.Env = in.home, in.env
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "does not hold the source of gosafe") {
		t.Errorf("install.sh without the source: %v\n%s", err, out)
	}
}

// The one run that builds: with the real go, a hostile environment, and what
// it built is run.
func TestInstallBuilds(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds gosafe")
	}
	in := newInstallation(t)
	realGo := installRealGo(t)
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err) // no module cache to build from
	}
	in.env = append(os.Environ(), "HOME="+home, "PATH="+filepath.Dir(realGo)+":"+systemPath(),
		"GOFLAGS=-mod=vendor -tags=nonsense", "GOOS=plan9", "GO111MODULE=off", "GOWORK=/nonexistent/go.work")
	if out := in.must("--bin", in.bin); !strings.HasPrefix(out, "building gosafe with "+realGo+" ...\n") {
		t.Errorf("install.sh says first\n%s", out)
	}
	got, err := os.ReadFile(filepath.Join(in.bin, "gosafe.realgo"))
	if err != nil || string(got) != realGo+"\n" {
		t.Errorf("gosafe.realgo holds %q (%v), want %q", got, err, realGo)
	}
	if target, err := os.Readlink(filepath.Join(in.bin, "go")); err != nil || target != "gosafe-shim" {
		t.Errorf("go leads to %q (%v), want gosafe-shim", target, err)
	}
	for _, run := range []struct {
		args []string
		want string
	}{
		{[]string{"go", "version"}, "go version "},
		{[]string{"gosafe", "doctor", "shim", "settings"}, "gosafe doctor: "}, // it finds the doctor beside itself
	} {
		cmd := exec.Command(filepath.Join(in.bin, run.args[0]), run.args[1:]...)
		cmd.Env = append(os.Environ(), "PATH="+in.bin)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), run.want) {
			t.Errorf("%q: %s (%v)", run.args, out, err)
		}
	}

	// git trusts no checkout that is somebody else's.
	src, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	revision, err := exec.Command("git", "-c", "safe.directory="+src, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		t.Skip("no checkout of git's: ", err)
	}
	in.env = append(in.env, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
	in.must("--bin", in.bin)
	about, _ := exec.Command(filepath.Join(in.bin, "gosafe"), "about").CombinedOutput()
	if want := "gosafe devel-" + string(revision); !strings.HasPrefix(string(about), want) {
		t.Errorf("built where git trusts nobody, gosafe about says\n%s\nwant %s", about, want)
	}
}

// installRealGo finds a go on PATH that belongs to a toolchain: a testscript
// may have put gosafe before it.
func installRealGo(t *testing.T) string {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		name := filepath.Join(dir, "go")
		resolved, err := filepath.EvalSymlinks(name)
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(resolved), "..", "pkg", "tool")); err == nil {
			return name
		}
	}
	t.Skip("no go on PATH that belongs to a toolchain")
	return ""
}
