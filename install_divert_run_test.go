package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestDivertCoversNested: what go starts finds the go of GOROOT/bin, which with
// --divert is ours, by whatever way the outer one was called.
func TestDivertCoversNested(t *testing.T) {
	t.Parallel()
	g := newPrivateGo(t, realGo().goroot)
	g.install("--from", filepath.Join(shimDir(), "gosafe"))
	first := []string{"gosafe/bin", "go/bin"}
	for _, command := range []string{"go generate", "go run .", "go test -count=1"} {
		g.spoil()
		if _, stderr, exit := g.run(first, command); exit == 0 || strings.Contains(stderr, "gosafe: ") {
			t.Errorf("%s before --divert: exit status %d\n%s", command, exit, stderr)
		}
	}
	g.install("--from", filepath.Join(shimDir(), "gosafe"), "--divert")
	for _, dirs := range [][]string{first, {"go/bin"}, {"go/bin", "gosafe/bin"}} {
		for _, command := range []string{"go generate", "go run .", "go test -count=1", "go/bin/go run .", "gosafe/bin/go run ."} {
			g.spoil()
			stdout, stderr, exit := g.run(dirs, command)
			if exit != 0 || strings.Count(stdout+stderr, "; trying again") != 1 {
				t.Errorf("%s with %q on PATH: exit status %d\n%s%s", command, dirs, exit, stdout, stderr)
			}
		}
	}
	g.spoil()
	if stdout, stderr, exit := g.run(first, "go run .", "GOSAFE=off"); exit == 0 || strings.Contains(stdout+stderr, "gosafe: ") {
		t.Errorf("with GOSAFE=off: exit status %d\n%s%s", exit, stdout, stderr)
	}
	g.install("--uninstall")
	g.spoil()
	if stdout, stderr, exit := g.run([]string{"go/bin"}, "go run ."); exit == 0 || strings.Contains(stdout+stderr, "gosafe: ") {
		t.Errorf("after --uninstall: exit status %d\n%s%s", exit, stdout, stderr)
	}
}

// divertSame are commands that say of go where it is, what it is, and what it
// has in its caches.
var divertSame = []string{
	"version", "env GOROOT GOTOOLDIR GOVERSION GOTOOLCHAIN GOEXE", "tool -n vet", "tool compile -V=full",
	"build -o ../out .", "version -m ../out", "build -x -o ../out .", "list -f {{.Root}}{{.Target}}{{.Stale}} fmt cmd/go .", "vet .", "frobnicate", "help build",
}

// seen is what a command prints and leaves, by all ways to call go.
func (g *privateGo) seen(command string, dirs []string, program string, env ...string) string {
	g.t.Helper()
	stdout, stderr, exit := g.run(dirs, program+" "+command, env...)
	var out []byte
	if strings.Contains(command, "../out") {
		out, _ = os.ReadFile(filepath.Join(g.dir, "out"))
	}
	lines := slices.DeleteFunc(strings.Split(stderr, "\n"), func(line string) bool { return strings.Contains(line, "go-build") }) // -x: scratch directories
	return fmt.Sprintf("exit status %d\n%s%s\nprogram %x", exit, stdout, strings.Join(lines, "\n"), sha256.Sum256(out))
}

// TestDivertTellsNothing: a diverted go is as it was: its GOROOT, its version,
// what it builds, what it has built before.
func TestDivertTellsNothing(t *testing.T) {
	t.Parallel()
	g := newPrivateGo(t, realGo().goroot)
	g.tellsNothing(divertSame)
}

func (g *privateGo) tellsNothing(commands []string, env ...string) {
	g.t.Helper()
	g.write("path/go1.99.0", "#!/bin/sh\necho another toolchain \"$@\" $GOTOOLCHAIN_INTERNAL_SWITCH_VERSION\n")
	if err := os.Chmod(filepath.Join(g.dir, "path", "go1.99.0"), 0o777); err != nil {
		g.t.Fatal(err)
	}
	direct := []string{"go/bin", "path"}
	switching := append(slices.Clone(env), "GOTOOLCHAIN=go1.99.0+path")
	want := map[string]string{"build -v": g.seen("build -v", direct, "go", switching...)}
	if !strings.Contains(want["build -v"], "another toolchain build -v go1.99.0") {
		g.t.Fatalf("GOTOOLCHAIN does not switch: %s", want["build -v"])
	}
	for _, command := range commands {
		g.seen(command, direct, "go", env...) // fills the cache
		want[command] = g.seen(command, direct, "go", env...)
	}
	g.install("--from", filepath.Join(shimDir(), "gosafe"), "--divert")
	for _, way := range []struct {
		dirs    []string
		program string
	}{
		{[]string{"gosafe/bin", "go/bin", "path"}, "go"}, {[]string{"go/bin", "gosafe/bin", "path"}, "go"}, {direct, "go"},
		{[]string{"path"}, "go/bin/go"}, {[]string{"path"}, "gosafe/bin/go"},
	} {
		for _, command := range commands {
			if got := g.seen(command, way.dirs, way.program, env...); got != want[command] {
				g.t.Errorf("%s %s with %q on PATH, diverted:\n%s\nbefore:\n%s", way.program, command, way.dirs, got, want[command])
			}
		}
		if got := g.seen("build -v", way.dirs, way.program, switching...); got != want["build -v"] {
			g.t.Errorf("%s with %q on PATH, diverted, switches to:\n%s\nbefore:\n%s", way.program, way.dirs, got, want["build -v"])
		}
	}
}

// TestDivertBesideRuns: at no moment is there no go, and none that does not run.
func TestDivertBesideRuns(t *testing.T) {
	t.Parallel()
	g := newPrivateGo(t, realGo().goroot)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, command := range []string{"go version", "go/bin/go version", "go/bin/go env GOVERSION"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; ; n++ {
				select {
				case <-done:
					t.Logf("%s: %d runs", command, n)
					return
				default:
				}
				if stdout, stderr, exit := g.run([]string{"go/bin"}, command); exit != 0 || stderr != "" || !strings.Contains(stdout, "go1.") {
					t.Errorf("%s: exit status %d\n%s%s", command, exit, stdout, stderr)
				}
			}
		}()
	}
	for range 4 {
		g.install("--from", filepath.Join(shimDir(), "gosafe"), "--divert")
	}
	close(done)
	wg.Wait()
}

// TestDivertToolchains: the same with older and newer toolchains, each of which
// switches to another one as go.mod or GOTOOLCHAIN says.
func TestDivertToolchains(t *testing.T) {
	t.Parallel()
	if !*long {
		t.Skip("toolchains have to be fetched: -long")
	}
	versions := []string{"go1.21.13", "go1.24.13", "go1.26.8"}
	roots := map[string]string{}
	var cache string
	for _, version := range versions {
		cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "env", "GOROOT", "GOMODCACHE")
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+version, "GOFLAGS=", "GOWORK=off")
		out, err := cmd.Output()
		lines := strings.Split(string(out), "\n")
		if err != nil || len(lines) < 2 {
			t.Skipf("fetching %s: %v", version, err)
		}
		roots[version], cache = lines[0], lines[1]
	}
	fetched := []string{"GOMODCACHE=" + cache, "GOPROXY=" + os.Getenv("GOPROXY"), "GOSUMDB=" + os.Getenv("GOSUMDB"), "GOTOOLCHAIN=auto"}
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			g := newPrivateGo(t, roots[version])
			other := versions[0]
			if version == other {
				other = versions[1]
			}
			g.write("asks/go.mod", "module asks.test\n\ngo 1.21\n\ntoolchain "+versions[1]+"\n")
			g.write("asks/main.go", "package main\n\nimport \"runtime\"\n\nfunc main() { println(runtime.Version()) }\n")
			g.tellsNothing(append(slices.Clone(divertSame), "-C ../asks version", "-C ../asks env GOROOT GOTOOLDIR", "-C ../asks run ."), fetched...)
			stdout, stderr, exit := g.run([]string{"go/bin"}, "go version", append(fetched, "GOTOOLCHAIN="+other)...)
			if want := "go version " + other + " "; exit != 0 || !strings.HasPrefix(stdout, want) {
				t.Errorf("GOTOOLCHAIN=%s go version: exit status %d\n%s%s", other, exit, stdout, stderr)
			}
		})
	}
}
