package main

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"gosafe/gosafe-doctor/userfile"
	"gosafe/internal/goenv"
)

// exportPath is the line that puts a directory first on PATH.
func exportPath(dir string) string { return `export PATH="` + dir + `:$PATH"` }

func checkGo(ctx context.Context, p *patient) []finding {
	all := p.found()
	real := all.real
	if real.path == "" {
		f := fault(broken, "no-go", "there is no go command on this machine, as far as PATH and the usual places tell").
			saw("PATH=%s", p.environ("PATH"))
		if all.failed != "" {
			f = fault(broken, "shim-fails", "the go on PATH is another program's shim, and it leads to no Go").saw("%s", all.failed).
				do("install a version with that program, or put a Go's own bin directory before it on PATH")
			return []finding{f}
		}
		return []finding{f.do("install Go (https://go.dev/dl) and run: %s", exportPath("/usr/local/go/bin"))}
	}
	out := p.command(ctx, "", goQuiet, real.path, "version")
	if out.err != nil {
		return []finding{fault(broken, "go-does-not-run", "%s does not run", real.path).saw("go version: %s", out.said()).saw("%v", out.err).
			do("install Go again: remove %s first, then unpack the new one", real.root)}
	}
	v := strings.TrimPrefix(strings.TrimSpace(out.stdout), "go version ")
	where := "on PATH"
	switch {
	case real.shim != "":
		where = "through " + real.shim
	case real.source != "":
		where = "from " + real.source
	}
	if len(all.onPath) == 0 {
		return []finding{fault(broken, "go-not-on-path", "Go is installed, but its directory is not on PATH").saw("%s", real.path).
			do("%s", exportPath(filepath.Dir(real.path)))}
	}
	if all.failed != "" && !(all.loops && p.examines("shim")) {
		return []finding{fault(warning, "shim-fails", "a go on PATH is another program's shim that leads to no Go").saw("%s", all.failed).
			saw("used instead: %s", real.path).do("install a version with that program, or take its directory off PATH")}
	}
	return fine("%s, %s %s", v, real.path, where)
}

// goroots returns the GOROOT that go is told to use, empty if it finds its own,
// and its own.
func (p *patient) goroots() (told, own string) { return p.get("GOROOT"), p.found().real.root }

func checkGoroot(ctx context.Context, p *patient) []finding {
	told, own := p.goroots()
	if own == "" {
		return nil
	}
	ownVersion := goenv.New(nil, own).Version()
	if told != "" && resolved(told) != resolved(own) {
		toldVersion := goenv.New(nil, told).Version()
		if _, err := os.Stat(filepath.Join(told, "src", "runtime")); err != nil {
			return []finding{fault(broken, "goroot-wrong", "GOROOT is set to a directory that holds no Go").
				saw("GOROOT=%s: %s", told, bare(err)).saw("go itself is in %s", own).do("%s", p.unset("GOROOT"))}
		}
		if toldVersion != ownVersion {
			return []finding{fault(broken, "goroot-mixed", "GOROOT names another Go than the one that runs: its compiler does not fit").
				saw("%s is %s", filepath.Join(own, "bin", "go"), ownVersion).saw("GOROOT=%s is %s", told, toldVersion).do("%s", p.unset("GOROOT"))}
		}
		own = told
	}
	tools := p.goEnv()["GOTOOLDIR"]
	if tools == "" {
		tools = filepath.Join(own, "pkg", "tool", runtime.GOOS+"_"+runtime.GOARCH)
	}
	compiler := filepath.Join(tools, "compile"+exeSuffix)
	if !isFile(compiler) {
		return []finding{fault(broken, "goroot-incomplete", "the Go in %s has no compiler", own).saw("%s: no such file", compiler).
			do("install Go again: remove %s first, then unpack the new one", own)}
	}
	out := p.command(ctx, "", []string{"GOROOT=" + own}, compiler, "-V")
	words := strings.Fields(out.stdout)
	if out.err != nil || len(words) < 3 {
		return []finding{fault(broken, "goroot-incomplete", "the compiler in %s does not run", own).saw("%s -V: %s", compiler, out.said()).
			do("install Go again: remove %s first, then unpack the new one", own)}
	}
	if v := words[2]; ownVersion != "" && v != ownVersion {
		return []finding{fault(broken, "goroot-mixed", "the go command and its compiler are of different versions").
			saw("%s says %s", filepath.Join(own, "VERSION"), ownVersion).saw("%s is %s", compiler, v).
			do("install Go again: remove %s first, then unpack the new one", own)}
	}
	if old, n := leftovers(own); n > 0 {
		return []finding{fault(warning, "goroot-leftovers", "%s was unpacked over an older Go: files of that one are left in it", own).
			saw("%s and %d more are older than this Go", old, n-1).do("remove %s, then unpack Go again", own)}
	}
	return fine("GOROOT %s: go and compiler are both %s", own, words[2])
}

// leftovers finds files of package runtime that an older Go has left: Go's own
// archives give all their files the time in VERSION (go.dev/rebuild), and the
// names of what was removed since stay. Where files have other times throughout,
// as in packages of distributions, nothing can be told.
func leftovers(root string) (first string, n int) {
	data, err := userfile.Read(filepath.Join(root, "VERSION"))
	if err != nil {
		return "", 0
	}
	_, stamp, _ := strings.Cut(string(data), "time ")
	built, err := time.Parse(time.RFC3339, strings.TrimSpace(stamp))
	if err != nil {
		return "", 0
	}
	entries, _ := os.ReadDir(filepath.Join(root, "src", "runtime"))
	same := 0
	for _, e := range entries {
		fi, err := e.Info()
		if err != nil || fi.IsDir() || filepath.Ext(e.Name()) != ".go" {
			continue
		}
		switch age := built.Sub(fi.ModTime()); {
		case age == 0:
			same++
		case age > 24*time.Hour:
			if n++; first == "" {
				first = filepath.Join(root, "src", "runtime", e.Name())
			}
		}
	}
	if same < 4*n {
		return "", 0
	}
	return first, n
}

func checkVersion(ctx context.Context, p *patient) []finding {
	root := p.found().real.root
	if root == "" {
		return nil
	}
	local := goenv.New(nil, root).Version()
	setting := p.get("GOTOOLCHAIN")
	if f, bad := badToolchain(p, setting); bad {
		return []finding{f}
	}
	m := p.module()
	asked, file := m.goVersion()
	needs := "go" + asked
	tooOld := asked != "" && version.IsValid(needs) && version.IsValid(local) && version.Compare(needs, local) > 0
	if tooOld && (setting == "local" || strings.HasPrefix(setting, "go") && !strings.Contains(setting, "+") && version.Compare(needs, setting) > 0) {
		return []finding{fault(broken, "go-too-old", "%s asks for Go %s, this is %s, and GOTOOLCHAIN=%s forbids to fetch a newer one", file, asked, local, setting).
			saw("%s: go %s", file, asked).do("%s\nor install that Go", p.set("GOTOOLCHAIN", "auto"))}
	}
	if m.special {
		return nil // module/modfile tells
	}
	want := goenv.New(p.asGo(), root).MissingToolchain(p.Dir)
	if want == "" {
		if asked == "" {
			return fine("%s; GOTOOLCHAIN=%s", local, setting)
		}
		return fine("%s serves %s (go %s); GOTOOLCHAIN=%s", local, filepath.Base(file), asked, setting)
	}
	switch {
	case p.get("GOPROXY") == "off":
		return []finding{fault(broken, "toolchain-forbidden", "%s has to be fetched, and GOPROXY=off forbids every download", want).
			saw("this is %s; GOTOOLCHAIN=%s", local, setting).do("install that Go, or %s", p.unset("GOPROXY"))}
	case p.get("GOSUMDB") == "off":
		return []finding{fault(broken, "toolchain-forbidden", "%s has to be fetched, and go takes no toolchain that the checksum database does not vouch for: GOSUMDB is off", want).
			saw("this is %s; GOTOOLCHAIN=%s", local, setting).do("%s", p.unset("GOSUMDB"))}
	}
	p.waiting("version", want)
	if no, said := p.toolchainMissing(ctx, want); no {
		return []finding{fault(broken, "toolchain-unknown", "%s has to be fetched, and there is no such toolchain for %s/%s", want, runtime.GOOS, runtime.GOARCH).
			saw("%s", said).saw("this is %s; GOTOOLCHAIN=%s", local, setting).do("write a version into %s that has been released (https://go.dev/dl)", nonEmpty(file, "GOTOOLCHAIN"))}
	}
	return []finding{fault(note, "toolchain-fetched", "%s will be fetched before the next go command (70 MB): this is %s", want, local)}
}

// badToolchain judges the form of GOTOOLCHAIN (go.dev/doc/toolchain).
func badToolchain(p *patient, setting string) (finding, bool) {
	least, mode, plus := strings.Cut(setting, "+")
	valid := least == "local" || least == "auto" && !plus || least == "path" && !plus || version.IsValid(least)
	if plus && mode != "auto" && mode != "path" {
		valid = false
	}
	if valid {
		return finding{}, false
	}
	return fault(broken, "gotoolchain-invalid", "GOTOOLCHAIN=%s is none of local, auto, path, go1.X.Y, go1.X.Y+auto", setting).do("%s", p.unset("GOTOOLCHAIN")), true
}

var gitVersion = regexp.MustCompile(`\d+\.\d+(?:\.\d+)?`)

func checkGit(ctx context.Context, p *patient) []finding {
	git := p.lookPath("git")
	if git == "" {
		need := p.needsGit()
		l, why := warning, "modules that no proxy has cannot be fetched"
		if len(need) > 0 {
			l, why = broken, fmt.Sprintf("%s cannot be fetched without it", need[0])
		}
		return []finding{fault(l, "git-missing", "git is not installed: %s", why).saw("GOPROXY=%s", p.shownGoproxy()).saw("PATH=%s", p.environ("PATH")).
			do("install git: apt-get install git, apk add git, dnf install git, brew install git")}
	}
	out := p.command(ctx, "", nil, git, "--version")
	if out.err != nil {
		return []finding{fault(broken, "git-does-not-run", "git does not run").saw("%s --version: %s", git, out.said()).do("install git again")}
	}
	v := gitVersion.FindString(out.stdout)
	if older(v, 2, 24) {
		return []finding{fault(warning, "git-old", "git %s is too old for the go commands of today, which call it with --end-of-options", v).
			saw("%s: git has that since 2.24", git).do("install git 2.24 or later")}
	}
	ssh := ""
	if uses := p.usesSSH(); uses != "" {
		ssh = "; ssh"
		if p.lookPath("ssh") == "" && p.environ("GIT_SSH_COMMAND") == "" && p.environ("GIT_SSH") == "" && p.gitValue("core.sshcommand") == "" {
			return []finding{fault(broken, "ssh-missing", "git is told to fetch by ssh, and ssh is not installed").saw("%s", uses).
				do("install ssh: apt-get install openssh-client, apk add openssh-client, dnf install openssh-clients")}
		}
	}
	hg := ""
	if strings.Contains(p.environ("GOVCS"), "hg") && p.lookPath("hg") == "" {
		hg = "; no hg"
	}
	return fine("git %s%s%s", v, ssh, hg)
}

// older compares "2.39.5" with a major and a minor number. What cannot be read
// is not old.
func older(v string, major, minor int) bool {
	f := strings.SplitN(v, ".", 3)
	if len(f) < 2 {
		return false
	}
	a, err1 := strconv.Atoi(f[0])
	b, err2 := strconv.Atoi(f[1])
	return err1 == nil && err2 == nil && (a < major || a == major && b < minor)
}

func checkCgo(ctx context.Context, p *patient) []finding {
	env := p.goEnv()
	if env == nil {
		return nil
	}
	explicit := p.get("CGO_ENABLED")
	cc := strings.Fields(env["CC"])
	if explicit == "0" || len(cc) == 0 {
		return fine("cgo is off (CGO_ENABLED=0)")
	}
	path := cc[0]
	if !filepath.IsAbs(path) {
		path = p.lookPath(path)
	}
	if path == "" || !isFile(path) {
		if explicit != "1" && p.get("CC") == "" {
			return []finding{fault(note, "cgo-off", "cgo is off, since there is no C compiler (%s)", cc[0])}
		}
		return []finding{fault(broken, "cc-missing", "cgo is switched on, and there is no C compiler (%s)", cc[0]).saw("CGO_ENABLED=%s CC=%s", explicit, env["CC"]).
			do("install it: apt-get install gcc libc6-dev, apk add gcc musl-dev, dnf install gcc\nor, if nothing here needs C: export CGO_ENABLED=0")}
	}
	out := p.compileC(ctx, path, cc[1:])
	if out.err != nil {
		return []finding{fault(broken, "cc-fails", "the C compiler does not compile: the C library's headers may be missing").saw("%s: %s", path, firstLine(out.stderr+out.err.Error())).
			do("install them: apt-get install libc6-dev, apk add musl-dev, dnf install glibc-devel, xcode-select --install")}
	}
	return fine("cgo is on, %s compiles", path)
}

// compileC has the compiler look at the headers that runtime/cgo includes, and
// write nothing.
func (p *patient) compileC(ctx context.Context, cc string, args []string) output {
	args = append(slices.Clone(args), "-fsyntax-only", "-include", "stdlib.h", "-include", "pthread.h", "-x", "c", os.DevNull)
	return p.command(ctx, "", nil, cc, args...)
}

// nonEmpty returns s, or what stands in for it.
func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
