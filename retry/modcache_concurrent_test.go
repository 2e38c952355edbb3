package retry

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var long = flag.Bool("long", false, "mend for longer beside builds")

// Builds that run beside damage and its repair never fail. The damage is of the
// kind that a build survives, so that a failure is the fault of the repair.
func TestMendBesideBuilds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustGo("build", ".")
	builds := 6
	if *long {
		builds = 150
	}
	var builders sync.WaitGroup
	for range 4 {
		builders.Add(1)
		go func() {
			defer builders.Done()
			for range builds {
				if out, err := f.goCommand("build", "-a", "."); err != nil {
					t.Errorf("go build: %v\n%s", err, out)
					return
				}
			}
		}()
	}
	defer builders.Wait()
	over := make(chan struct{})
	go func() {
		builders.Wait()
		close(over)
	}()
	for n := 0; ; n++ {
		select {
		case <-over:
			t.Logf("%d builds beside %d repairs", 4*builds, n)
			f.mustGo("mod", "verify")
			return
		default:
		}
		want := f.harmless(n)
		repairs, err := f.cache.Mend(t.Context(), leaf)
		if got := f.describe(repairs); err != nil || got != want && got != "" { // go itself has mended some
			t.Errorf("Mend: %s (%v), want %s", got, err, want)
		}
	}
}

// harmless damages one thing, by a rename, and tells what Mend will do.
func (f *fixture) harmless(n int) (want string) {
	name, content, want := "", "", ""
	switch n % 6 {
	case 0:
		name, content, want = f.tree("name.go"), "package leaf // edited\n\nconst name = \"leaf\"\n", "replaced tree"
	case 1:
		name, content, want = f.tree("sub/sub.go"), "package sub // edited\n\nconst Sub = 1\n", "replaced tree"
	case 2:
		name, content, want = f.tree("empty/x.txt"), "grown", "replaced tree"
	case 3:
		name, content, want = f.file("zip"), "cut", "deleted zip"
	case 4:
		name, content, want = f.file("info"), "{", "deleted info"
	case 5: // go must have the zip back for the next round
		if out, err := f.goCommand("mod", "download"); err != nil {
			f.t.Errorf("go mod download: %v\n%s", err, out)
		}
		name, content, want = f.tree("leaf.go"), strings.Repeat(" ", n)+sources[leaf]["leaf.go"], "replaced tree"
	}
	fresh := filepath.Join(f.app, "..", "fresh")
	f.write(fresh, content)
	f.unlocked(name, func() error { return os.Rename(fresh, name) })
	return want
}
