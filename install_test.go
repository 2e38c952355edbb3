package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// An installation is a place to run install.sh in: a home directory, and a
// PATH with a fake go and the system's tools.
type installation struct {
	t     *testing.T
	shell []string
	home  string // also the working directory
	bin   string // where install.sh puts things by default for an ordinary user; the tests name it with --bin
	fake  string // a stand-in for gosafe, for --from
	goBin string // the directory of the fake go
	env   []string
}

func newInstallation(t *testing.T, shell ...string) *installation {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("install.sh is not for Windows")
	}
	if len(shell) == 0 {
		shell = []string{"sh"}
	}
	home := filepath.Join(t.TempDir(), `a "home" with $paces`)
	in := &installation{
		t: t, shell: shell, home: home,
		bin:   filepath.Join(home, ".gosafe", "bin"),
		fake:  filepath.Join(home, "built gosafe"),
		goBin: filepath.Join(home, "sdk", "bin"),
	}
	in.write(in.fake, fakeGosafe("1"))
	in.write(filepath.Join(in.goBin, "go"), fakeGo)
	in.env = []string{"HOME=" + home, "PATH=" + in.goBin + ":" + systemPath()}
	return in
}

// fakeGo is a go command that knows its version and where it is.
const fakeGo = `#!/bin/sh
case $* in
version) echo go version go1.26.8 "${0%/*}" ;;
'env GOROOT') dirname -- "$(dirname -- "$0")" ;;
esac
`

// fakeGosafe is a stand-in for gosafe: it tells what it is, and under the name of
// go it becomes the go command that install.sh has noted beside it.
func fakeGosafe(version string) string {
	return `#!/bin/sh
case $0 in */go) read -r real <"${0%/*}/gosafe.realgo" && exec "$real" "$@" ;; esac
echo gosafe ` + version + `
echo Settings, from the environment only
`
}

// systemPath is the PATH of this test without the directories that hold a go.
func systemPath() string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	return strings.Join(slices.DeleteFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "go"))
		return err == nil
	}), ":")
}

func (in *installation) write(name, content string) {
	in.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		in.t.Fatal(err)
	}
	if err := writeProgram(name, content); err != nil {
		in.t.Fatal(err)
	}
}

// run runs install.sh in the home directory and returns what it said and its exit status.
func (in *installation) run(args ...string) (stdout, stderr string, status int) {
	in.t.Helper()
	script, err := filepath.Abs("install.sh")
	if err != nil {
		in.t.Fatal(err)
	}
	cmd := exec.Command(in.shell[0], append(append(in.shell[1:len(in.shell):len(in.shell)], script), args...)...)
	cmd.Dir, cmd.Env = in.home, in.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if _, exited := err.(*exec.ExitError); !exited {
			in.t.Fatal(err)
		}
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must runs install.sh, which must succeed and say nothing on standard error.
func (in *installation) must(args ...string) string {
	in.t.Helper()
	stdout, stderr, status := in.run(args...)
	if status != 0 || stderr != "" {
		in.t.Fatalf("install.sh %q: exit status %d\n%s%s", args, status, stdout, stderr)
	}
	return stdout
}

// refused runs install.sh, which must fail with a message that holds want, and
// change nothing below the home directory.
func (in *installation) refused(want string, args ...string) {
	in.t.Helper()
	before := in.files()
	stdout, stderr, status := in.run(args...)
	if status == 0 || !strings.Contains(stderr, "install.sh: ") || !strings.Contains(stderr, want) {
		in.t.Errorf("install.sh %q: exit status %d, want a refusal with %q\n%s%s", args, status, want, stdout, stderr)
	}
	if after := in.files(); !slices.Equal(before, after) {
		in.t.Errorf("install.sh %q failed and left\n%q, there was\n%q", args, after, before)
	}
}

// files lists everything below the home directory, with the sums of files and
// the targets of links.
func (in *installation) files() []string {
	var list []string
	err := filepath.WalkDir(in.home, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch content := []byte(nil); {
		case d.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(name)
			name += " -> " + target
		case d.Type().IsRegular():
			if content, err = os.ReadFile(name); err == nil {
				name += fmt.Sprintf(" %x", sha256.Sum256(content))
			}
		}
		list = append(list, name)
		return err
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return list
}

func (in *installation) want(name, content string) {
	in.t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != content {
		in.t.Errorf("%s holds %q (%v), want %q", name, got, err, content)
	}
}

func TestInstallTwiceAndUninstallInEveryShell(t *testing.T) {
	t.Parallel()
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
		t.Run(strings.Join(shell, " "), func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Skip(err)
			}
			in := newInstallation(t, shell...)
			bare := in.files()

			out := in.must("--from", in.fake, "--bin", in.bin)
			if line := "export PATH=\"" + strings.NewReplacer(`"`, `\"`, `$`, `\$`).Replace(in.bin) + ":$PATH\"\n"; !strings.Contains(out, "\n"+line) {
				t.Errorf("install.sh does not print %s\nbut\n%s", line, out)
			}
			in.want(filepath.Join(in.bin, "go"), fakeGosafe("1"))
			in.want(filepath.Join(in.bin, "gosafe.realgo"), filepath.Join(in.goBin, "go")+"\n")
			once := in.files()
			in.must("--from", in.fake, "--bin", in.bin)
			if twice := in.files(); !slices.Equal(once, twice) {
				t.Errorf("installed twice:\n%q\nonce:\n%q", twice, once)
			}

			if got, want := in.must("--uninstall", "--bin", in.bin), "removed gosafe from "+in.bin+"\nin shells that are open: hash -r\n"; got != want {
				t.Errorf("install.sh --uninstall says %q, want %q", got, want)
			}
			if after := in.files(); !slices.Equal(after, bare) {
				t.Errorf("uninstalled:\n%q\nbefore:\n%q", after, bare)
			}
			if got, want := in.must("--uninstall", "--bin", in.bin), "gosafe is not installed in "+in.bin+"\n"; got != want {
				t.Errorf("install.sh --uninstall, again, says %q, want %q", got, want)
			}
		})
	}
}

func TestInstallPrintsALineThatWorks(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	out := in.must("--bin="+in.bin, "--from="+in.fake)
	_, line, _ := strings.Cut(out, "put it first on PATH:\n")
	cmd := exec.Command("sh", "-c", line+"gosafe | head -n 1; go version; command -v go")
	cmd.Env = in.env
	got, err := cmd.CombinedOutput()
	if want := "gosafe 1\ngo version go1.26.8 " + in.goBin + "\n" + in.bin + "/go\n"; err != nil || string(got) != want {
		t.Errorf("after %s: %q (%v), want %q", line, got, err, want)
	}

	in.env[1] = "PATH=" + in.bin + ":" + in.goBin + ":" + systemPath()
	for _, programs := range []string{"gosafe alone", "gosafe and gosafe-shim"} {
		if programs != "gosafe alone" {
			in.write(filepath.Join(in.home, "gosafe-shim"), divertedShim)
		}
		if out := in.must("--bin", in.bin, "--from", in.fake); !strings.Contains(out, "it is already first on PATH") || strings.Contains(out, "export") {
			t.Errorf("%s, with %s first on PATH: install.sh says\n%s", programs, in.bin, out)
		}
	}
	in.want(filepath.Join(in.bin, "gosafe.realgo"), filepath.Join(in.goBin, "go")+"\n")
}

// A running gosafe keeps its file when a new one is installed over it: writing
// into it would fail with ETXTBSY.
func TestInstallUpgradesByRename(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must("--bin", in.bin, "--from", in.fake)
	running, err := os.Open(filepath.Join(in.bin, "gosafe"))
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	in.write(in.fake, fakeGosafe("2"))
	in.must("--bin", in.bin, "--from", in.fake)
	in.want(filepath.Join(in.bin, "go"), fakeGosafe("2"))
	old, err := running.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(running.Name()); err != nil || os.SameFile(old, now) {
		t.Errorf("gosafe was written over in place (%v)", err)
	}
}

func TestInstallRecordsTheRealGo(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	// First on PATH stand the directory itself, a copy of gosafe under another
	// roof, and a shim that knows its GOROOT.
	in.must("--bin", in.bin, "--from", in.fake)
	other, shims := filepath.Join(in.home, "other"), filepath.Join(in.home, "shims")
	in.write(filepath.Join(other, "go"), fakeGosafe("1"))
	in.write(filepath.Join(shims, "go"), "#!/bin/sh\necho '"+filepath.Dir(in.goBin)+"'\n")
	in.env[1] = "PATH=:.:" + strings.Join([]string{in.bin, other, shims, in.goBin, systemPath()}, ":")
	in.must("--bin", in.bin, "--from", in.fake)
	in.want(filepath.Join(in.bin, "gosafe.realgo"), filepath.Join(in.goBin, "go")+"\n")
	// A package manager's link stays as PATH has it.
	link := filepath.Join(in.home, "links", "go")
	if err := os.MkdirAll(filepath.Dir(link), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(in.goBin, "go"), link); err != nil {
		t.Fatal(err)
	}
	in.write(filepath.Join(in.goBin, "go"), "#!/bin/sh\necho '"+filepath.Dir(in.goBin)+"'\n")
	in.env[1] = "PATH=" + filepath.Dir(link) + ":" + systemPath()
	in.must("--bin", in.bin, "--from", in.fake)
	in.want(filepath.Join(in.bin, "gosafe.realgo"), link+"\n")
}

func TestInstallOnGitHubActions(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	file := filepath.Join(in.home, "github path")
	in.write(file, "/elsewhere\n")
	in.env = append(in.env, "GITHUB_ACTIONS=true", "GITHUB_PATH="+file)
	for range 2 {
		in.must("--bin", in.bin, "--from", in.fake)
		in.want(file, "/elsewhere\n"+in.bin+"\n")
	}
	in.env[len(in.env)-1] = "GITHUB_PATH=" + filepath.Join(in.home, "absent", "file")
	in.must("--uninstall", "--bin", in.bin)
	in.refused("GITHUB_PATH", "--bin", in.bin, "--from", in.fake)
}

func TestInstallDefaultsToTheHomeDirectory(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root installs in /usr/local/gosafe/bin")
	}
	in := newInstallation(t)
	in.must("--from", in.fake)
	in.want(filepath.Join(in.bin, "go"), fakeGosafe("1"))
	in.must("--uninstall")
	if _, err := os.Stat(filepath.Dir(in.bin)); err == nil {
		t.Errorf("%s is still there", filepath.Dir(in.bin))
	}
}

func TestUninstallKeepsWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must("--from", "built gosafe", "--bin", "tools/../tools/")
	tools := filepath.Join(in.home, "tools")
	in.write(filepath.Join(tools, "other"), "mine")
	in.write(filepath.Join(tools, ".gosafe-install.123", "gosafe"), "left by a kill")
	if err := os.Remove(filepath.Join(tools, "gosafe")); err != nil { // partly gone: the link dangles
		t.Fatal(err)
	}
	in.must("--uninstall", "--bin", "tools")
	entries, err := os.ReadDir(tools)
	if err != nil || len(entries) != 1 || entries[0].Name() != "other" {
		t.Errorf("left in DIR: %v (%v), want other", entries, err)
	}
	in.write(filepath.Join(tools, "go"), "somebody else's go")
	in.must("--uninstall", "--bin", "tools")
	in.want(filepath.Join(tools, "go"), "somebody else's go")
}
