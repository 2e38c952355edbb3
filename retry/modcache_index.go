package retry

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// dropIndex deletes what go remembers of the files of an extracted module in
// the build cache: their imports, their syntax errors. The entry is named by
// the directory alone (modindex.moduleHash), since a tree never changes in go's
// eyes: made while a file was damaged, it would repeat the same error for ever.
// It returns the name of the entry, or "" if there was none.
func (c ModCache) dropIndex(dir string) (name string, err error) {
	if c.BuildCache == "" || c.GoVersion == "" {
		return "", nil
	}
	salt := c.GoVersion // less the experiments: cmd/go/internal/cache.stripExperiment
	for _, mark := range []string{" X:", "-X:"} {
		salt, _, _ = strings.Cut(salt, mark)
	}
	for format := range 3 { // modindex.indexVersion: v0 in go1.19, v2 now
		h := sha256.New()
		fmt.Fprintf(h, "%smodule index %s go index v%d %s\n", salt, c.GoVersion, format, dir)
		id := fmt.Sprintf("%x", h.Sum(nil))
		entry := filepath.Join(c.BuildCache, id[:2], id+"-a")
		if _, err := os.Lstat(entry); err == nil {
			return entry, os.Remove(entry)
		}
	}
	return "", nil
}
