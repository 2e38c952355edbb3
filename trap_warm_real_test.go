package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"gosafe/internal/faultproxy"
)

// A stale memory is a prefetch that was finished, and a change after which the
// next command has to fetch something that the prefetch had no need of, or that
// is no longer there.
type staleMemory struct {
	name   string
	files  map[string]string // of the user's, by path
	prime  string            // the command whose prefetch is finished; "" is args
	always bool              // nothing is remembered of it
	change map[string]string // files that are written then
	gone   []string          // paths that are deleted
	args   string
}

// staleModules are what the cases are made of. Package p of x imports w from
// v1.1.0 on, package extra imports y.
var staleModules = []faultproxy.Module{
	{Path: "demo.test/w", Version: "v1.0.0", Files: map[string]string{"w.go": "package w\n"}},
	{Path: "demo.test/y", Version: "v1.0.0", Files: map[string]string{"y.go": "package y\n"}},
	{Path: "demo.test/x", Version: "v1.0.0", Require: []module.Version{{Path: "demo.test/y", Version: "v1.0.0"}}, Files: map[string]string{
		"x.go": "package x\n", "p/p.go": "package p\n", "extra/extra.go": "package extra\n\nimport _ \"demo.test/y\"\n",
		"go.mod": "module demo.test/x\n\ngo 1.18\n\nrequire demo.test/y v1.0.0\n",
	}},
	{Path: "demo.test/x", Version: "v1.1.0", Files: map[string]string{
		"x.go": "package x\n", "p/p.go": "package p\n\nimport _ \"demo.test/w\"\n",
		"go.mod": "module demo.test/x\n\ngo 1.18\n\nrequire demo.test/w v1.0.0\n",
	}},
}

var staleMemories = []staleMemory{
	{
		name: "a module that go.mod does not name, before go 1.17",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.16\n\nrequire demo.test/x v1.0.0\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x/extra\"\n",
		},
		gone: []string{"mod/demo.test/y@v1.0.0", "mod/cache/download/demo.test/y"},
		args: "test ./...",
	},
	{
		name: "a workspace of two",
		files: map[string]string{
			"app/go.work":  "go 1.24\n\nuse (\n\t./a\n\t./b\n)\n",
			"app/a/go.mod": "module a.test\n\ngo 1.18\n\nrequire demo.test/x v1.0.0\n\nrequire demo.test/y v1.0.0 // indirect\n",
			"app/a/a.go":   "package a\n\nimport _ \"demo.test/x/p\"\n",
			"app/b/go.mod": "module b.test\n\ngo 1.18\n\nrequire demo.test/x v1.1.0\n",
			"app/b/b.go":   "package b\n\nimport _ \"demo.test/x\"\n",
		},
		gone: []string{"mod/demo.test/w@v1.0.0", "mod/cache/download/demo.test/w"},
		args: "test ./a",
	},
	{
		name: "a package of another module",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.18\n\nrequire demo.test/x v1.0.0\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x\"\n",
		},
		gone: []string{"mod/demo.test/y@v1.0.0", "mod/cache/download/demo.test/y"},
		args: "test demo.test/x/extra",
	},
	{
		name: "go.mod may be changed",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.18\n\nrequire demo.test/x v1.0.0\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x\"\n",
		},
		change: map[string]string{"app/app.go": "package app\n\nimport _ \"demo.test/w\"\n"},
		always: true,
		args:   "test -mod=mod ./...",
	},
	{
		name: "an overlay",
		files: map[string]string{
			"app/go.mod":   "module app.test\n\ngo 1.18\n\nrequire demo.test/x v1.0.0\n",
			"app/other":    "module app.test\n\ngo 1.18\n\nrequire demo.test/w v1.0.0\n",
			"app/app.go":   "package app\n\nimport _ \"demo.test/x\"\n",
			"app/overlay1": `{}`,
			"app/wapp":     "package app\n\nimport _ \"demo.test/w\"\n",
		},
		change: map[string]string{"app/overlay1": `{"Replace":{"go.mod":"other","app.go":"wapp"}}`},
		always: true,
		args:   "test -overlay=overlay1 ./...",
	},
	{
		name: "go's own settings, in their file",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x\"\n",
			"app/cgo.go": "//go:build cgo\n\npackage app\n\nimport _ \"demo.test/w\"\n",
			"env":        "CGO_ENABLED=0\n",
		},
		change: map[string]string{"env": "CGO_ENABLED=1\n"},
		args:   "test ./...",
	},
	{
		name: "a vendor directory beside go.work, of another time",
		files: map[string]string{
			"app/go.work":            "go 1.24\n\nuse .\n",
			"app/go.mod":             "module app.test\n\ngo 1.18\n\nrequire demo.test/w v1.0.0\n",
			"app/app.go":             "package app\n\nimport _ \"demo.test/w\"\n",
			"app/vendor/modules.txt": "# demo.test/w v1.0.0\n## explicit; go 1.18\ndemo.test/w\n",
		},
		gone: []string{"mod/demo.test/w@v1.0.0", "mod/cache/download/demo.test/w"},
		args: "test ./...",
	},
	{
		name: "a vendor directory, before go 1.14",
		files: map[string]string{
			"app/go.mod":             "module app.test\n\ngo 1.13\n\nrequire demo.test/w v1.0.0\n",
			"app/app.go":             "package app\n\nimport _ \"demo.test/w\"\n",
			"app/vendor/modules.txt": "# demo.test/w v1.0.0\n",
		},
		gone: []string{"mod/demo.test/w@v1.0.0", "mod/cache/download/demo.test/w"},
		args: "test ./...",
	},
	{
		name: "a local module has come to need another one",
		files: map[string]string{
			"app/go.mod":   "module app.test\n\ngo 1.16\n\nrequire local.test v1.0.0\n\nreplace local.test => ../local\n",
			"app/app.go":   "package app\n\nimport _ \"local.test\"\n",
			"local/go.mod": "module local.test\n\ngo 1.16\n",
			"local/l.go":   "package local\n",
		},
		change: map[string]string{
			"local/go.mod": "module local.test\n\ngo 1.16\n\nrequire demo.test/w v1.0.0\n",
			"local/l.go":   "package local\n\nimport _ \"demo.test/w\"\n",
		},
		args: "test ./...",
	},
	{
		name: "a file that comes to import what nobody has needed",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x\"\n",
		},
		change: map[string]string{"app/app.go": "package app\n\nimport _ \"demo.test/w\"\n"},
		args:   "test ./...",
	},
	{
		name: "one that comes to import another package of the module",
		files: map[string]string{
			"app/go.mod":   "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/a/a.go":   "package a\n\nimport _ \"demo.test/x\"\n",
			"app/b/b.go":   "package b\n\nimport _ \"demo.test/w\"\n",
			"app/a/doc.go": "package a\n",
		},
		change: map[string]string{"app/a/doc.go": "package a\n\nimport _ \"app.test/b\"\n"},
		args:   "test ./a",
	},
	{
		name: "a new file in a new directory",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x\"\n",
		},
		change: map[string]string{"app/deep/down/w.go": "package down\n\nimport _ \"demo.test/w\"\n"},
		args:   "test ./...",
	},
	{
		name: "a file for other systems no more",
		files: map[string]string{
			"app/go.mod": "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/app.go": "package app\n\nimport _ \"demo.test/x\"\n",
			"app/w.go":   "//go:build plan9\n\npackage app\n\nimport _ \"demo.test/w\"\n",
		},
		change: map[string]string{"app/w.go": "//go:build !plan9\n\npackage app\n\nimport _ \"demo.test/w\"\n"},
		args:   "test ./...",
	},
	{
		name: "a file of a local module",
		files: map[string]string{
			"app/go.mod":   "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tlocal.test v1.0.0\n)\n\nreplace local.test => ../local\n",
			"app/app.go":   "package app\n\nimport _ \"local.test\"\n",
			"local/go.mod": "module local.test\n\ngo 1.18\n\nrequire demo.test/w v1.0.0\n",
			"local/l.go":   "package local\n",
		},
		change: map[string]string{"local/l.go": "package local\n\nimport _ \"demo.test/w\"\n"},
		args:   "test ./...",
	},
	{
		name: "a directory that go does not look into by itself",
		files: map[string]string{
			"app/go.mod":      "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/.tools/a.go": "package app\n\nimport _ \"demo.test/x\"\n",
		},
		change: map[string]string{"app/.tools/a.go": "package app\n\nimport _ \"demo.test/w\"\n"},
		args:   "test ./.tools",
	},
	{
		name: "another file in the place of go.mod",
		files: map[string]string{
			"app/go.mod":    "module app.test\n\ngo 1.18\n\nrequire demo.test/x v1.0.0\n",
			"app/other.mod": "module app.test\n\ngo 1.18\n\nrequire (\n\tdemo.test/w v1.0.0\n\tdemo.test/x v1.0.0\n)\n",
			"app/app.go":    "package app\n\nimport _ \"demo.test/x\"\n",
			"app/w.go":      "//go:build w\n\npackage app\n\nimport _ \"demo.test/w\"\n",
		},
		prime:  "test ./...",
		always: true,
		args:   "test -modfile=go.mod -modfile=other.mod -tags=w ./...",
	},
}

// TestStaleMemory: what was finished once does not stand for what has changed.
func TestStaleMemory(t *testing.T) {
	t.Parallel()
	var sums strings.Builder
	for _, m := range staleModules {
		lines, err := m.Sums()
		if err != nil {
			t.Fatal(err)
		}
		sums.WriteString(lines)
	}
	for _, tt := range staleMemories {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			proxy, err := faultproxy.Start(faultproxy.Config{Modules: staleModules, OneShot: true})
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			write := func(files map[string]string) {
				for name, text := range files {
					file := filepath.Join(dir, filepath.FromSlash(name))
					if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
			write(tt.files)
			for name := range tt.files {
				switch filepath.Ext(name) {
				case ".mod":
					write(map[string]string{strings.TrimSuffix(name, ".mod") + ".sum": sums.String()})
				case ".work":
					write(map[string]string{name + ".sum": sums.String()})
				}
			}
			if err := faultproxy.NoTelemetry(dir); err != nil {
				t.Fatal(err)
			}
			env := []string{
				"PATH=" + strings.Join([]string{shimDir(), filepath.Join(realGo().goroot, "bin"), os.Getenv("PATH")}, string(os.PathListSeparator)),
				"HOME=" + dir, "TMPDIR=" + dir, "XDG_CONFIG_HOME=", "LOCALAPPDATA=" + dir,
				"GOPATH=" + filepath.Join(dir, "gopath"), "GOMODCACHE=" + filepath.Join(dir, "mod"), "GOCACHE=" + realGo().gocache,
				"GOENV=" + filepath.Join(dir, "env"), "GOFLAGS=-modcacherw", "GOPROXY=" + proxy.URL(), "GOSUMDB=off", "GOTOOLCHAIN=local", "GOSAFE_PATIENCE=20s",
			}
			run := func(program, args string) (string, error) {
				cmd := exec.Command(program, strings.Fields(args)...)
				cmd.Dir, cmd.Env = filepath.Join(dir, "app"), env
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			prime := tt.prime
			if prime == "" {
				prime = tt.args
			}
			for range 2 {
				if out, err := run(filepath.Join(shimDir(), "go"+exe()), prime); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			if memories, err := filepath.Glob(filepath.Join(dir, ".cache", "gosafe", "prefetched", "*")); runtime.GOOS == "linux" && (err != nil || len(memories) == 0) != tt.always {
				t.Errorf("remembered: %q, %v", memories, err)
			}
			write(tt.change)
			for _, name := range tt.gone {
				if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
					t.Fatal(err)
				}
			}
			before := len(proxy.Requests())
			proxy.SetRules(faultproxy.Rule{Path: `demo.test/[wxy]/`, Times: 1, Faults: []faultproxy.Fault{{Kind: faultproxy.Status, Arg: "502"}}})
			if out, err := run(filepath.Join(shimDir(), "go"+exe()), tt.args); err != nil || !strings.Contains(out, "trying again") {
				t.Errorf("%v\n%s", err, out)
			}
			if len(proxy.Requests()) == before {
				t.Error("nothing had to be fetched: the case shows nothing")
			}
		})
	}
}
