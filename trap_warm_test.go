package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gosafe/internal/goenv"
)

// warmModule makes a module with n requirements, all complete in the module
// cache but for the last missing ones, and returns the environment for it.
func warmModule(tb testing.TB, n, missing int) (dir string, environ []string) {
	tb.Helper()
	dir = tb.TempDir()
	cache := filepath.Join(dir, "mod")
	var gomod, gosum strings.Builder
	gomod.WriteString("module m.test\n\ngo 1.24\n\nrequire (\n")
	for i := range n {
		path, version := fmt.Sprintf("example.com/organisation%d/module-with-a-name%d", i%40, i), fmt.Sprintf("v1.%d.0", i%30)
		fmt.Fprintf(&gomod, "\t%s %s // indirect\n", path, version)
		fmt.Fprintf(&gosum, "%s %s h1:%s=\n%s %s/go.mod h1:%s=\n", path, version, strings.Repeat("x", 43), path, version, strings.Repeat("y", 43))
		if i >= n-missing {
			continue
		}
		base := filepath.Join(cache, "cache", "download", filepath.FromSlash(path), "@v")
		for _, d := range []string{base, filepath.Join(cache, filepath.FromSlash(path)+"@"+version)} {
			if err := os.MkdirAll(d, 0o777); err != nil {
				tb.Fatal(err)
			}
		}
		for _, ext := range []string{".ziphash", ".mod", ".info"} {
			if err := os.WriteFile(filepath.Join(base, version+ext), nil, 0o666); err != nil {
				tb.Fatal(err)
			}
		}
	}
	gomod.WriteString(")\n")
	for name, text := range map[string]string{"go.mod": gomod.String(), "go.sum": gosum.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	return dir, []string{"GOENV=off", "GOMODCACHE=" + cache, "HOME=" + dir, "GOWORK=off", "PATH=" + os.Getenv("PATH"), "GOPROXY=http://127.0.0.1:1"}
}

// decide says what warm does for `go test ./...` in dir.
func decide(dir string, environ []string) (bool, memory) {
	s := newShim([]string{"go", "-C", dir, "test", "./..."}, environ)
	s.Env = goenv.New(environ, "")
	l := readLoading(s.Verb.Name, s.Rest)
	return s.warm(l, l.prefetchArgs(s.Verb))
}

// BenchmarkWarm measures what decides that nothing has to be fetched, for a
// go.mod of 500 requirements: with all of them in the module cache, with some
// that are never needed after a prefetch, for which 300 files of the user's are
// looked at as well, and where the cache has just changed. A process that has
// only just started takes some 0.3 ms more.
//
//	go test -run '^$' -bench Warm .
func BenchmarkWarm(b *testing.B) {
	for _, bb := range []struct {
		name    string
		missing int
		settled bool
	}{{"complete", 0, true}, {"never needed", 20, true}, {"changed", 0, false}} {
		b.Run(bb.name, func(b *testing.B) {
			dir, environ := warmModule(b, 500, bb.missing)
			for i := range 300 {
				file := filepath.Join(dir, "internal", fmt.Sprint("package", i%40), fmt.Sprint("file", i, ".go"))
				os.MkdirAll(filepath.Dir(file), 0o777)
				os.WriteFile(file, []byte("package p\n\nimport \"fmt\"\n\nfunc F() { fmt.Println() }\n"), 0o666)
			}
			b.Setenv("HOME", dir) // of os.UserCacheDir
			b.Setenv("XDG_CACHE_HOME", "")
			if _, m := decide(dir, environ); bb.missing > 0 {
				m.add()
			}
			if bb.settled {
				time.Sleep(settled + 100*time.Millisecond)
				decide(dir, environ)
			}
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				warm, m := decide(dir, environ)
				if took = append(took, time.Since(began)); !warm && !m.has() {
					b.Fatal("not warm")
				}
				if !bb.settled {
					b.StopTimer()
					if err := os.WriteFile(filepath.Join(dir, "mod", "cache", "download", "example.com", "organisation1", "module-with-a-name1", "@v", fmt.Sprint(len(took))), nil, 0o666); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[0].Microseconds())/1000, "ms-least")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestMemoryBounded: finished prefetches are remembered up to a bound, and many
// processes that do so at the same time do not disturb each other. What is
// forgotten costs one prefetch too many.
func TestMemoryBounded(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gosafe", "prefetched")
	memories := make([]memory, 3*memorySize)
	for i := range memories {
		memories[i] = memory{filepath.Join(dir, fmt.Sprintf("%064x", i))}
	}
	var wg sync.WaitGroup
	for lane := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := lane; i < len(memories); i += 8 {
				memories[i].add()
			}
		}()
	}
	wg.Wait()
	all, err := os.ReadDir(dir)
	if err != nil || len(all) > memorySize+8 || len(all) < memorySize/2 {
		t.Errorf("%d are remembered, %v; want at most %d", len(all), err, memorySize)
	}
	if !memories[len(memories)-1].has() && !memories[len(memories)-2].has() && !memories[len(memories)-3].has() {
		t.Error("the last ones are not remembered")
	}
}

// TestMemoryShared: many commands at once in one module each do what they have
// to, and those after them need no prefetch.
func TestMemoryShared(t *testing.T) {
	t.Parallel()
	fake, err := buildFake()
	if err != nil {
		t.Fatal(err)
	}
	dir, environ := warmModule(t, 30, 3)
	environ = append(environ, "FAKEGO="+dir, "GOSAFE_GO="+filepath.Join(fake, "bin", "go"+exe()), "LOCALAPPDATA="+dir)
	run := func() (string, error) {
		cmd := exec.Command(filepath.Join(shimDir(), "go"+exe()), "test", "./...")
		cmd.Dir, cmd.Env = dir, environ
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	var wg sync.WaitGroup
	for range 24 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if out, err := run(); err != nil || out != "" {
				t.Errorf("%v\n%s", err, out)
			}
		}()
	}
	wg.Wait()
	if out, err := run(); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	lists, tests := strings.Count(string(calls), "list "), strings.Count(string(calls), "test ./...\n")-strings.Count(string(calls), "-test ./...\n")
	if tests != 25 || lists < 1 || lists > 24 || !strings.HasSuffix(string(calls), "\ntest ./...\n") {
		t.Errorf("%d prefetches, %d tests", lists, tests)
	}
}
