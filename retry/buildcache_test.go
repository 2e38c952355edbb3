package retry

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A builds is a build cache with entries of the test's own making.
type builds struct {
	t   *testing.T
	dir string
}

// put makes an entry for an output that holds data, and another one with the
// same output, and returns the names of the three files.
func (b builds) put(data string) (first, second, output string) {
	b.t.Helper()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
	output = filepath.Join(b.dir, sum[:2], sum+"-d")
	b.write(output, data)
	var entries []string
	for _, salt := range []string{"1", "2"} {
		id := fmt.Sprintf("%x", sha256.Sum256([]byte(data+salt)))
		name := filepath.Join(b.dir, id[:2], id+"-a")
		b.write(name, fmt.Sprintf("v1 %s %s %20d %20d\n", id, sum, len(data), 1700000000))
		entries = append(entries, name)
	}
	return entries[0], entries[1], output
}

func (b builds) write(name, data string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		b.t.Fatal(err)
	}
}

func TestMendBuildCache(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		damage  func(b builds, entry, output string)
		deleted bool
	}{
		{"nothing", func(b builds, entry, output string) {}, false},
		{"NULs", func(b builds, entry, output string) { b.write(output, "\x00\x00\x00\x00") }, true},
		{"one byte", func(b builds, entry, output string) { b.write(output, "dbta") }, true},
		// What go makes anew by itself.
		{"cut", func(b builds, entry, output string) { b.write(output, "dat") }, false},
		{"grown", func(b builds, entry, output string) { b.write(output, "data\n") }, false},
		{"empty", func(b builds, entry, output string) { b.write(output, "") }, false},
		{"absent", func(b builds, entry, output string) { os.Remove(output) }, false},
		{"entry garbage", func(b builds, entry, output string) { b.write(entry, "v1 nonsense\n") }, false},
		{"entry empty", func(b builds, entry, output string) { b.write(entry, "") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := builds{t, filepath.Join(t.TempDir(), "cache")}
			first, second, output := b.put("data")
			other1, other2, other := b.put("another")
			tt.damage(b, first, output)
			cache := BuildCache{Dir: b.dir}
			found, err := cache.Damaged(t.Context())
			if err != nil || len(found) > 0 != tt.deleted {
				t.Errorf("Damaged: %v (%v)", found, err)
			}
			repairs, err := cache.Mend(t.Context())
			if err != nil || len(repairs) != len(found) {
				t.Errorf("Mend: %v (%v)", repairs, err)
			}
			for _, r := range repairs {
				if r.Action != "deleted" || r.Path != first && r.Path != second {
					t.Errorf("Mend: %v", r)
				}
			}
			for _, name := range []string{first, second} {
				if _, err := os.Stat(name); (err != nil) != tt.deleted {
					t.Errorf("%s is gone: %v", name, err != nil)
				}
			}
			for _, name := range []string{output, other, other1, other2} {
				if _, err := os.Stat(name); err != nil && tt.name != "absent" {
					t.Error(err)
				}
			}
			if repairs, err := cache.Mend(t.Context()); err != nil || len(repairs) > 0 {
				t.Errorf("Mend again: %v (%v)", repairs, err)
			}
		})
	}
}

// An executable that go run or go tool keeps lies in a directory of the
// output's name, under its own.
func TestMendBuildCacheExecutable(t *testing.T) {
	t.Parallel()
	b := builds{t, t.TempDir()}
	first, _, output := b.put("program")
	if err := os.Remove(output); err != nil {
		t.Fatal(err)
	}
	b.write(filepath.Join(output, "tool"), "program")
	if found, err := (BuildCache{Dir: b.dir}).Damaged(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("a sound executable: %v (%v)", found, err)
	}
	b.write(filepath.Join(output, "tool"), "prog\x00\x00\x00")
	repairs, err := BuildCache{Dir: b.dir}.Mend(t.Context())
	if err != nil || len(repairs) != 2 || !slices.ContainsFunc(repairs, func(r Repair) bool { return r.Path == first }) {
		t.Errorf("a damaged executable: %v (%v)", repairs, err)
	}
}

func TestBuildCacheAbsent(t *testing.T) {
	t.Parallel()
	if found, err := (BuildCache{Dir: filepath.Join(t.TempDir(), "none")}).Damaged(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("Damaged of no cache: %v (%v)", found, err)
	}
	for _, dir := range []string{"", "builds", "off"} {
		if _, err := (BuildCache{Dir: dir}).Mend(t.Context()); err == nil {
			t.Errorf("Mend accepts %q", dir)
		}
	}
}

// Builds beside which a Mend runs all the time, and beside which entries are
// deleted as Mend deletes them, any of them and many, never fail; and Mend takes
// none of what they are writing for damaged.
func TestMendBesideBuildsOfNew(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustGo("build", ".")
	cache := BuildCache{Dir: f.buildCache()}
	times := 6
	if *long {
		times = 150
	}
	var builders sync.WaitGroup
	for n := range 4 {
		app := filepath.Join(f.app, fmt.Sprint("new", n))
		builders.Add(1)
		go func() {
			defer builders.Done()
			for i := range times {
				f.write(filepath.Join(app, "new.go"), fmt.Sprintf("package new%d\n\nimport _ \"app\"\n\nconst C = \"%d %s\"\n", n, i, strings.Repeat("x", 1<<18)))
				if out, err := f.goCommand("build", "./"+filepath.Base(app), "."); err != nil {
					t.Errorf("go build: %v\n%s", err, out)
					return
				}
			}
		}()
	}
	over := make(chan struct{})
	go func() {
		builders.Wait()
		close(over)
	}()
	b := builds{t, cache.Dir}
	for n := 0; ; n++ {
		select {
		case <-over:
			t.Logf("%d builds beside %d repairs", 4*times, n)
			return
		default:
		}
		data := fmt.Sprintf("%20d", n)
		first, second, output := b.put(data)
		b.write(output, strings.Repeat("\x00", len(data)))
		repairs, err := cache.Mend(t.Context())
		for _, r := range repairs {
			if r.Path != first && r.Path != second {
				t.Errorf("Mend deleted %v", r)
			}
		}
		if err != nil || len(repairs) != 2 {
			t.Errorf("Mend: %v (%v)", repairs, err)
		}
		entries, err := filepath.Glob(filepath.Join(cache.Dir, "??", "*-a"))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if rand.IntN(20) == 0 {
				if err := os.Remove(entry); err != nil && !os.IsNotExist(err) {
					t.Error(err)
				}
			}
		}
	}
}

// buildCache is the fixture's.
func (f *fixture) buildCache() string {
	for _, kv := range slices.Backward(f.env) {
		if dir, ok := strings.CutPrefix(kv, "GOCACHE="); ok {
			return dir
		}
	}
	f.t.Fatal("no build cache")
	return ""
}
