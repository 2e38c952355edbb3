package main

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"gosafe/internal/faultproxy"
)

// withSumDB gives the patient a checksum database, of which enough is asked
// that its tree has more than one tile, and drops go.sum.
func (p *patient) withSumDB() {
	p.t.Helper()
	signer, key, err := note.GenerateKey(nil, "sum.test")
	if err != nil {
		p.t.Fatal(err)
	}
	sums := map[module.Version]string{}
	for _, m := range faultproxy.Graph(3) {
		if sums[module.Version{Path: m.Path, Version: m.Version}], err = m.Sums(); err != nil {
			p.t.Fatal(err)
		}
	}
	ops := sumdb.NewTestServer(signer, func(path, version string) ([]byte, error) {
		if sum, ok := sums[module.Version{Path: path, Version: version}]; ok {
			return []byte(sum), nil
		}
		return fmt.Appendf(nil, "%s %s h1:%s=\n", path, version, strings.Repeat("A", 43)), nil
	})
	records := slices.Collect(maps.Keys(sums))
	for i := range 600 {
		records = append(records, module.Version{Path: fmt.Sprintf("filler.test/m%d", i), Version: "v1.0.0"})
	}
	for _, m := range records {
		if _, err := ops.Lookup(p.t.Context(), m); err != nil {
			p.t.Fatal(err)
		}
	}
	server := httptest.NewServer(sumdb.NewServer(ops))
	p.t.Cleanup(server.Close)
	p.set("GOSUMDB=" + key + " " + server.URL)
	if err := os.Remove(p.path("app/go.sum")); err != nil {
		p.t.Fatal(err)
	}
	p.must("mod", "tidy")
	if err := os.Remove(p.path("app/go.sum")); err != nil {
		p.t.Fatal(err)
	}
}

const (
	database = "mod/cache/download/sumdb/sum.test/"
	lookupOf = database + "lookup/demo.test/m01@v1.1.1"
)

func TestMendSums(t *testing.T) {
	t.Parallel()
	var cases []injury
	for _, kind := range []struct {
		name   string
		change func([]byte) []byte
	}{{"cut", halved}, {"NULs", zeroed}, {"flipped", flipped}} {
		for _, file := range []struct{ name, pattern, says string }{
			{"lookup", lookupOf, `deleted sum.test/lookup/demo.test/m01@v1.1.1 `},
			{"top tile", database + "tile/8/1/000.p/*", `deleted sum.test/tile/8/1/000.p/2 `},
			{"full tile", database + "tile/8/0/000", `deleted sum.test/tile/8/0/000 `},
			{"partial tile", database + "tile/8/0/002.p/*", `deleted sum.test/tile/8/0/002.p/91 `},
		} {
			cases = append(cases, injury{name: file.name + " " + kind.name, command: "mod tidy", says: file.says, damage: changing(file.pattern, kind.change)})
		}
	}
	cases = append(cases,
		injury{name: "lookup with a wrong hash", command: "mod tidy", says: `deleted sum.test/lookup/demo.test/m01@v1.1.1 `, damage: changing(lookupOf, func(b []byte) []byte {
			at := strings.Index(string(b), "h1:") + len("h1:")
			return append(append(b[:at:at], b[at]^1), b[at+1:]...)
		})},
		injury{name: "lookup with a wrong signature", command: "mod tidy", says: `deleted sum.test/lookup/demo.test/m01@v1.1.1 `, damage: changing(lookupOf, func(b []byte) []byte {
			b[len(b)-10] ^= 1
			return b
		})},
		injury{name: "ziphash wrong, no go.sum", command: "mod tidy", says: `replaced v1.1.1.ziphash`,
			damage: changing(leafFiles+".ziphash", becomes(wrongHash))},
		injury{name: "top tile NULs, another module asked for", command: "mod tidy", says: `deleted sum.test/tile/8/1/000.p/2 `, damage: func(p *patient) {
			p.change(database+"tile/8/1/000.p/*", zeroed)
			p.remove(database + "lookup/demo.test/m02@v1.2.2")
			p.remove("mod/demo.test/m02@v1.2.2")
			p.remove("mod/cache/download/demo.test/m02")
		}},
	)
	for _, in := range cases {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.withSumDB()
			in.unseen = in.name == "full tile flipped" // golang.org/x/mod/sumdb/tlog did not check some, up to go1.25
			if strings.Contains(in.name, "tile ") {
				in.also = []string{database + "tile/8/*/*.p/*"} // which of the tiles at the edge is wrong, none can tell
			}
			p.heal(&in)
		})
	}
}

// TestMendLatest: the newest state of the database that was seen protects
// against one that goes back, so it is told, not deleted.
func TestMendLatest(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]byte) []byte{"cut": halved, "NULs": zeroed, "flipped": flipped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.withSumDB()
			const latest = "gopath/pkg/sumdb/sum.test/latest"
			p.injure(changing(latest, change))
			out, err := p.run("go", "mod", "tidy")
			if err == nil || !strings.Contains(out, "rm "+p.path(latest)) {
				t.Errorf("%v\n%s", err, out)
			}
			if names := p.touched(); len(names) > 0 {
				t.Errorf("%v were touched", names)
			}
			if err := os.Remove(p.path(latest)); err != nil {
				t.Error(err)
			}
			if out, err := p.run("go", "mod", "tidy"); err != nil || strings.Contains(out, "gosafe") {
				t.Errorf("after what it says: %v\n%s", err, out)
			}
		})
	}
}

// TestSumsBeside: commands that ask the checksum database are not hurt where
// any of its cached files vanish under them, as Mend would delete them.
func TestSumsBeside(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.withSumDB()
	var tidiers sync.WaitGroup
	for n := range 4 {
		dir := fmt.Sprint("app", n)
		for _, name := range []string{"go.mod", "main.go"} {
			text, err := os.ReadFile(p.path("app/" + name))
			if err != nil {
				t.Fatal(err)
			}
			p.write(dir+"/"+name, string(text))
		}
		tidiers.Add(1)
		go func() {
			defer tidiers.Done()
			for range 6 {
				os.Remove(p.path(dir + "/go.sum"))
				if out, err := p.run(filepath.Join(realGo().goroot, "bin", "go"), "-C", p.path(dir), "mod", "tidy"); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			}
		}()
	}
	over := make(chan struct{})
	go func() {
		tidiers.Wait()
		close(over)
	}()
	for n := 0; ; {
		select {
		case <-over:
			if n == 0 {
				t.Error("nothing was deleted")
			}
			return
		default:
		}
		filepath.WalkDir(p.path(database), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && rand.IntN(4) == 0 && os.Remove(name) == nil {
				n++
			}
			return nil
		})
	}
}
