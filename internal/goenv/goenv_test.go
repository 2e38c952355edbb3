package goenv

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// write makes files below a scratch directory and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestGet(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"env":         "# a comment\nGOPROXY=https://file.example\nGONOSUMDB = spaced\nGOFLAGS=-x\nGOFLAGS=-v -x\nGOMODCACHE=/file/mod\n",
		"root/go.env": "# Defaults.\nGOPROXY=https://root.example\nGOSUMDB=root.sum\nGOTOOLCHAIN=local\n",
	})
	env := []string{"GOENV=" + filepath.Join(dir, "env"), "GOPROXY=", "GOMODCACHE=/first", "GOMODCACHE=/second", "GOPRIVATE=corp.example", "odd"}
	e := New(env, filepath.Join(dir, "root"))
	for _, tt := range []struct{ key, want string }{
		{"GOPROXY", "https://file.example"}, // an empty variable counts as unset
		{"GOFLAGS", "-v -x"},                // the last line wins
		{"GOMODCACHE", "/first"},            // the first variable does
		{"GOSUMDB", "root.sum"},
		{"GOTOOLCHAIN", "local"},
		{"GONOSUMDB", "corp.example"}, // the file's key has a blank at its end
		{"GONOPROXY", "corp.example"},
		{"GOVCS", "public:git|hg,private:all"},
		{"GOWORK", ""},
	} {
		if got := e.Get(tt.key); got != tt.want {
			t.Errorf("%s = %q, want %q", tt.key, got, tt.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("HOME is another variable there")
	}
	e := New([]string{"GOENV=off", "HOME=/home/u"}, "")
	for _, tt := range []struct{ key, want string }{
		{"GOPROXY", "https://proxy.golang.org,direct"},
		{"GOPATH", "/home/u/go"},
		{"GOMODCACHE", "/home/u/go/pkg/mod"},
		{"GOTOOLCHAIN", "auto"},
	} {
		if got := e.Get(tt.key); got != tt.want {
			t.Errorf("%s = %q, want %q", tt.key, got, tt.want)
		}
	}
	if got := New([]string{"GOENV=off", "HOME=/home/u"}, "/home/u/go").Get("GOMODCACHE"); got != "" {
		t.Errorf("GOMODCACHE = %q where $HOME/go is Go itself", got)
	}
	if got := New([]string{"GOENV=off"}, "").Get("GOMODCACHE"); got != "" {
		t.Errorf("GOMODCACHE = %q without a home", got)
	}
}

func TestMissingToolchain(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"root/VERSION": "go1.26.8\ntime 2026-08-28T16:20:00Z\n", "old/VERSION": "go1.20.14", "local/VERSION": "go1.26.8\n", "local/go.env": "GOTOOLCHAIN=local\n",
		"same/go.mod":    "module m\n\ngo 1.26.8\n",
		"newer/go.mod":   "module m\n\ngo 1.27 // comment\n",
		"tool/go.mod":    "module m\n\ngo 1.24\n\ntoolchain go1.27.3\n",
		"default/go.mod": "module m\n\ngo 1.99\n\ntoolchain default\n",
		"garbage/go.mod": "go go go\n\x00\xff\ngo vv1\ntoolchain x\n",
		"work/go.work":   "go 1.28.1\n", "work/m/go.mod": "module m\n\ngo 1.24\n",
		"mod/golang.org/toolchain@v0.0.1-go1.30.0." + runtime.GOOS + "-" + runtime.GOARCH + "/bin/go": "",
		"disk/go.mod":  "module m\n\ngo 1.30.0\n",
		"bin/go1.31.0": "", "path/go.mod": "module m\n\ngo 1.31.0\n",
	})
	for _, tt := range []struct {
		in, root, setting, want string
	}{
		{"same", "root", "", ""},
		{"newer", "root", "", "go1.27.0"},
		{"newer", "root", "auto", "go1.27.0"},
		{"newer", "root", "local", ""},
		{"newer", "root", "path", ""},
		{"newer", "root", "local+auto", "go1.27.0"},
		{"newer", "root", "go1.29.1", "go1.29.1"},
		{"newer", "root", "go1.26.9+auto", "go1.27.0"},
		{"same", "root", "go1.26.9+auto", "go1.26.9"},
		{"newer", "root", "go1.28.0+path", ""},
		{"newer", "local", "", ""},
		{"newer", "old", "", ""},
		{"newer", "nowhere", "", ""},
		{"tool", "root", "", "go1.27.3"},
		{"default", "root", "", ""},
		{"garbage", "root", "", ""},
		{"work/m", "root", "", "go1.28.1"},
		{"disk", "root", "", ""},
		{"path", "root", "", ""},
		{"nowhere", "root", "", ""},
	} {
		env := []string{
			"GOENV=off", "GOTOOLCHAIN=" + tt.setting, "GOMODCACHE=" + filepath.Join(dir, "mod"),
			"PATH=" + strings.Join([]string{"bin", filepath.Join(dir, "bin")}, string(os.PathListSeparator)),
		}
		e := New(env, filepath.Join(dir, tt.root))
		if got := e.MissingToolchain(filepath.Join(dir, filepath.FromSlash(tt.in))); got != tt.want {
			t.Errorf("in %s with %s and GOTOOLCHAIN=%s: %q, want %q", tt.in, tt.root, tt.setting, got, tt.want)
		}
	}
}

func TestMainModule(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a/go.mod": "", "a/b/c/x.go": "", "go.work": ""})
	for _, tt := range []struct{ in, gowork, mod, work string }{
		{"a/b/c", "", "a/go.mod", "go.work"},
		{"a", "off", "a/go.mod", ""},
		{".", "", "", "go.work"},
	} {
		mod, work := New([]string{"GOENV=off", "GOWORK=" + tt.gowork}, "").MainModule(filepath.Join(dir, tt.in))
		if mod != under(dir, tt.mod) || work != under(dir, tt.work) {
			t.Errorf("in %s: %q, %q", tt.in, mod, work)
		}
	}
	if mod, work := New([]string{"GOENV=off", "GO111MODULE=off"}, "").MainModule(filepath.Join(dir, "a")); mod+work != "" {
		t.Errorf("without modules: %q, %q", mod, work)
	}
	if mod, work := New([]string{"GOENV=off"}, "").MainModule(""); mod+work != "" {
		t.Errorf("in a directory that is gone: %q, %q", mod, work)
	}
}

func under(dir, name string) string {
	if name == "" {
		return ""
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	for _, size := range []int{0, 1, 4095, 4096, 4097, 100000} {
		want := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(file, want, 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(file, size); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d, %v", size, len(got), err)
		}
		if _, err := ReadFile(file, size-1); size > 0 && err == nil {
			t.Errorf("%d bytes where there may be %d", size, size-1)
		}
	}
	if _, err := ReadFile(file+"x", 1); !os.IsNotExist(err) {
		t.Error(err)
	}
}
