package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkOverhead measures what gosafe adds to the real go, as a ratio in the
// same run: the median over pairs of runs, one by the real go and one through
// gosafe. "go version" goes by pass, "go list -m" by guard; for the second, the
// difference is set against the real go version (x-version).
//
//	go test -run '^$' -bench Overhead -benchtime 200x .
func BenchmarkOverhead(b *testing.B) {
	real := filepath.Join(realGo().goroot, "bin", "go"+exe())
	dir := b.TempDir()
	shim := filepath.Join(dir, "go"+exe())
	build := exec.Command(real, "build", "-o", shim, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	module := filepath.Join(dir, "m")
	if err := os.Mkdir(module, 0o777); err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string]string{"go.mod": "module m.test\n\ngo 1.24\n", "m.go": "package main\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(module, name), []byte(content), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	env := append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+filepath.Dir(real), "GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=auto")
	run := func(program string, args ...string) float64 {
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = module, env
		began := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatalf("%s %v: %v", program, args, err)
		}
		return time.Since(began).Seconds()
	}
	for _, bb := range []struct {
		name string
		args []string
	}{{"pass", []string{"version"}}, {"guard", []string{"list", "-m"}}, {"build", []string{"build", "-o", os.DevNull, "."}}} {
		b.Run(bb.name, func(b *testing.B) {
			run(real, bb.args...) // fills the build cache
			var ratios, version []float64
			for b.Loop() {
				v, d, g := run(real, "version"), run(real, bb.args...), run(shim, bb.args...)
				ratios, version = append(ratios, g/d), append(version, (v+g-d)/v)
			}
			b.ReportMetric(median(ratios), "x-direct")
			b.ReportMetric(median(version), "x-version")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
