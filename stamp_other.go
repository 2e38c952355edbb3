//go:build !unix

package main

import (
	"path/filepath"
	"sync/atomic"
)

// A lookout looks at the module cache. It has no stamps: there are no times here
// that nobody can set.
type lookout struct {
	cache string
	vague atomic.Bool
}

func newLookout(cache string) *lookout {
	l := &lookout{cache: cache}
	l.vague.Store(true)
	return l
}

func (*lookout) stamps([]string) []byte { return nil }

// exists reports whether there is such a file or directory in the cache.
func (l *lookout) exists(path string) bool {
	return exists(filepath.Join(l.cache, filepath.FromSlash(path)))
}

func (*lookout) close() {}
