package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gosafe/internal/settings"
	"gosafe/internal/verb"
)

// goList runs the real go and returns the lines it prints.
func goList(t *testing.T, env []string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.Fields(string(out))
}

// TestImports: main -> wrapper, main -> retry -> classify, and nothing back.
func TestImports(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"gosafe":             {"gosafe/classify", "gosafe/internal/args", "gosafe/internal/call", "gosafe/internal/goenv", "gosafe/internal/goflag", "gosafe/internal/settings", "gosafe/internal/verb", "gosafe/retry", "gosafe/wrapper"},
		"gosafe/gosafe-shim": {"gosafe/internal/call", "gosafe/internal/settings", "gosafe/internal/verb", "gosafe/wrapper"},
		"gosafe/classify":    {"gosafe/internal/verb"},
		"gosafe/retry":       {"gosafe/classify", "gosafe/internal/dns", "gosafe/internal/socket"},
		"gosafe/wrapper":     {"gosafe/internal/socket"},

		"gosafe/internal/args":     nil,
		"gosafe/internal/call":     {"gosafe/internal/goenv", "gosafe/internal/goflag", "gosafe/internal/socket", "gosafe/internal/verb", "gosafe/wrapper"},
		"gosafe/internal/dns":      nil,
		"gosafe/internal/goenv":    nil,
		"gosafe/internal/goflag":   nil,
		"gosafe/internal/settings": nil,
		"gosafe/internal/socket":   nil,
		"gosafe/internal/verb":     {"gosafe/internal/goflag"},

		"gosafe/gosafe-doctor":          {"gosafe/classify", "gosafe/gosafe-doctor/netprobe", "gosafe/gosafe-doctor/userfile", "gosafe/gosafe-doctor/vcsprobe", "gosafe/internal/args", "gosafe/internal/goenv", "gosafe/retry", "gosafe/wrapper"},
		"gosafe/gosafe-doctor/netprobe": {"gosafe/classify", "gosafe/gosafe-doctor/userfile", "gosafe/internal/dns"},
		"gosafe/gosafe-doctor/userfile": nil,
		"gosafe/gosafe-doctor/vcsprobe": {"gosafe/classify", "gosafe/gosafe-doctor/netprobe"},
	}
	for pkg, want := range allowed {
		for _, dep := range goList(t, nil, "list", "-f", `{{join .Imports "\n"}}`, pkg) {
			if strings.HasPrefix(dep, "gosafe") && !slices.Contains(want, dep) {
				t.Errorf("%s imports %s", pkg, dep)
			}
		}
	}
	for _, dep := range goList(t, nil, "list", "-f", `{{join .Imports "\n"}}`, "gosafe/classify") {
		if slices.Contains([]string{"os", "os/exec", "net", "time", "io/fs", "path/filepath"}, dep) {
			t.Errorf("gosafe/classify imports %s: it is pure", dep)
		}
	}
}

// TestLinked: every package that a program links is a start of the program that
// takes longer. Package net would even link the C library where gcc is at hand:
// 0.9 ms. What runs before the real go when nothing fails does without all that
// is not in the first list.
func TestLinked(t *testing.T) {
	t.Parallel()
	for _, dep := range goList(t, []string{"GOOS=linux", "CGO_ENABLED=1"}, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "gosafe/gosafe-shim") {
		if !strings.HasPrefix(dep, "gosafe/") && dep != "golang.org/x/sys/unix" {
			t.Errorf("gosafe-shim links %s", dep)
		}
	}
	for program, banned := range map[string][]string{
		"gosafe/gosafe-shim": {"net", "net/netip", "os/user", "os/exec", "runtime/cgo", "regexp", "net/url", "encoding/json", "encoding/base64", "flag", "crypto/sha256", "compress/flate", "hash/crc32", "text/template"},
		"gosafe":             {"net", "os/user", "runtime/cgo", "net/http"},
	} {
		deps := goList(t, []string{"GOOS=linux", "CGO_ENABLED=1"}, "list", "-deps", program)
		for _, bad := range banned {
			if slices.Contains(deps, bad) {
				t.Errorf("%s links %s", program, bad)
			}
		}
	}
}

// TestSettings: README lists exactly the settings of the table.
func TestSettings(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)^\| (GOSAFE\w*) \| (\S*) ?\| (.*) \|$`).FindAllStringSubmatch(string(readme), -1) {
		reason, _, _ := strings.Cut(m[3], " ([")
		rows = append(rows, m[1]+"|"+m[2]+"|"+strings.ReplaceAll(reason, `\|`, "|"))
	}
	var want []string
	for _, s := range settings.All {
		want = append(want, s.Name+"|"+s.Value+"|"+s.Reason)
	}
	if !slices.Equal(rows, want) {
		t.Errorf("README:\n%s\n\ninternal/settings:\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

// TestVerbs: the table knows every command of the go that runs the tests.
func TestVerbs(t *testing.T) {
	t.Parallel()
	for _, group := range []string{"", "mod", "work"} {
		cmd := exec.Command(filepath.Join(realGo().goroot, "bin", "go"), strings.Fields("help "+group)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		_, commands, _ := strings.Cut(string(out), "The commands are:")
		commands, _, _ = strings.Cut(commands, "Use \"go help")
		for _, m := range regexp.MustCompile(`(?m)^\t(\w+) +\S`).FindAllStringSubmatch(commands, -1) {
			name := strings.TrimSpace(group + " " + m[1])
			if group == "" && (name == "mod" || name == "work") {
				continue
			}
			if !verb.Known(name) {
				t.Errorf("internal/verb does not know go %s", name)
			}
		}
	}
}

// TestMainIsShort: main.go routes, and does nothing else.
func TestMainIsShort(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n > 60 {
		t.Errorf("main.go has %d lines", n)
	}
}

// TestNoReferences: a fresh clone stands alone.
func TestNoReferences(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(string(data), "../"+"shared") {
			t.Errorf("%s refers to a directory outside the repository", path)
		}
		if runtime.GOOS != "windows" && strings.Contains(string(data), "\r\n") && strings.HasSuffix(path, ".go") {
			t.Errorf("%s has CRLF line ends", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
