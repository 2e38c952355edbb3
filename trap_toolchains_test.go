package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// TestToolchains: gosafe before older and newer real toolchains, which are
// fetched. What it prints in their name is theirs, and it rescues them.
func TestToolchains(t *testing.T) {
	t.Parallel()
	if !*long {
		t.Skip("toolchains have to be fetched: -long")
	}
	mods := faultproxy.Graph(8)
	server, err := faultproxy.Start(faultproxy.Config{Modules: mods})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	files, err := faultproxy.Program(mods)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range program {
		files[name] = content
	}
	for _, version := range []string{"go1.21.13", "go1.22.12", "go1.24.13", "go1.26.8"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			fetch := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), "env", "GOROOT")
			fetch.Env = append(os.Environ(), "GOTOOLCHAIN="+version, "GOFLAGS=", "GOWORK=off")
			out, err := fetch.Output()
			root := strings.TrimSpace(string(out))
			if err != nil || root == "" {
				t.Skipf("fetching %s: %v", version, err)
			}
			real := filepath.Join(root, "bin", "go"+exe())
			w := newWorld(t, server, files)
			path := strings.Join([]string{shimDir(), filepath.Dir(real), os.Getenv("PATH")}, string(os.PathListSeparator))
			w.env = append(w.env, "PATH="+path, "GOCACHE="+filepath.Join(w.dir, "cache"))
			for _, line := range []string{
				"version", "env GOROOT GOVERSION", "build ./good", "build ./bad", "build ./missing", "list ./...", "list -m all", "list -deps -json .", "mod download", "mod graph",
				"mod tidy", "mod why demo.test/m03", "get demo.test/m01@v9.9.9", "vet ./vetbad", "run ./exit3", "run ./cat", "run demo.test/nosuch@v1.0.0", "test ./good ./failing", "test -json ./failing",
				"generate ./gen", "tool nosuch", "doc fmt.Println", "frobnicate", "install ./tool", "fmt ./good",
			} {
				w.run(real, line)
				want, got := w.run(real, line), w.run(filepath.Join(shimDir(), "go"+exe()), line)
				if want != got {
					t.Errorf("go %s: the real go:\n%+v\nthrough gosafe:\n%+v", line, want, got)
				}
			}

			rule, err := faultproxy.ParseRule("=502|reset|cut|reset-body,chance=0.3")
			if err != nil {
				t.Fatal(err)
			}
			faulty, err := faultproxy.Start(faultproxy.Config{Modules: mods, OneShot: true, Seed: 7, Rules: []faultproxy.Rule{rule}})
			if err != nil {
				t.Fatal(err)
			}
			defer faulty.Close()
			w.env = append(w.env, "GOPROXY="+faulty.URL())
			for _, line := range []string{"mod download", "test .", "run .", "list -deps ./good"} {
				if got := w.run(filepath.Join(shimDir(), "go"+exe()), line); got.exit != 0 {
					t.Errorf("go %s through a bad network: %+v", line, got)
				}
			}
		})
	}
}
