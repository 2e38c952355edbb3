package retry

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Sums holds the h1: hashes of go.sum files, by module version; those of
// go.mod files have "/go.mod" behind the version, as in cmd/go. There may be
// several for one version.
type Sums map[module.Version][]string

// ReadSums reads go.sum and go.work.sum files. A file that is absent or a line
// that is malformed says nothing: go itself reports what is wrong with them.
func ReadSums(files ...string) Sums {
	sums := Sums{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if len(f) != 3 || !validSum(f[2]) {
				continue
			}
			m := module.Version{Path: f[0], Version: f[1]}
			if !slices.Contains(sums[m], f[2]) {
				sums[m] = append(sums[m], f[2])
			}
		}
	}
	return sums
}

// Finished counts the files that are complete in the cache: a file gets its
// name when it is whole, and a later run does not ask for it again, so a
// greater number than before means progress. What cannot be read is not
// counted.
func (c ModCache) Finished() int {
	n := 0
	downloads := filepath.Join(c.Dir, "cache", "download")
	filepath.WalkDir(downloads, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case d.IsDir():
			if name == filepath.Join(downloads, "sumdb") {
				return fs.SkipDir
			}
		default:
			switch filepath.Ext(name) {
			case ".info", ".mod", ".zip", ".ziphash":
				n++
			}
		}
		return nil
	})
	vcs := filepath.Join(c.Dir, "cache", "vcs")
	repos, _ := os.ReadDir(vcs)
	for _, repo := range repos {
		packs, _ := os.ReadDir(filepath.Join(vcs, repo.Name(), "objects", "pack"))
		for _, pack := range packs {
			if filepath.Ext(pack.Name()) == ".pack" {
				n++
			}
		}
	}
	return n
}
