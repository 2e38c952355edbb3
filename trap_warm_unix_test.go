//go:build unix

package main

import (
	"testing"
	"time"
)

// TestStampsUnsettled: what has only just changed may change once more and bear
// the same time; so may a directory whose time is yet to come, since the clock
// was set back.
func TestStampsUnsettled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct {
		before time.Duration
		vague  bool
	}{{-settled, true}, {-time.Hour, true}, {time.Hour, false}} {
		l := newLookout(dir)
		defer l.close()
		l.before = time.Now().Add(tt.before)
		if l.stamps([]string{"."}); l.vague.Load() != tt.vague {
			t.Errorf("changes before now%+v are settled, and a new directory is vague: %v", tt.before, !tt.vague)
		}
	}
}
