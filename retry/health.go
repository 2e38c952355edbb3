package retry

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"
)

// A Health remembers which endpoints did not answer, for a minute, so that the
// next command does not pay for the same time-out. It is a directory with an
// empty file for each, named by a hash of host and port and dated by the failure.
//
// Nothing depends on it: whatever is wrong with it means that nothing is known.
// Any number of processes may use it at once.
type Health struct {
	Dir string // empty: nothing is remembered
}

// deadFor is how long an endpoint counts as dead.
const deadFor = time.Minute

func (h Health) file(e Endpoint) string {
	sum := sha256.Sum256([]byte(e.host + "\n" + e.port))
	return filepath.Join(h.Dir, hex.EncodeToString(sum[:]))
}

// dead reports whether e did not answer less than a minute ago.
func (h Health) dead(e Endpoint, now time.Time) bool {
	if h.Dir == "" || e == (Endpoint{}) {
		return false
	}
	fi, err := os.Stat(h.file(e))
	if err != nil {
		return false
	}
	age := now.Sub(fi.ModTime())
	return age < deadFor && age > -deadFor // a clock may have been set
}

// add remembers that e does not answer.
func (h Health) add(e Endpoint, now time.Time) {
	if h.Dir == "" || e == (Endpoint{}) || os.MkdirAll(h.Dir, 0o700) != nil {
		return
	}
	name := h.file(e)
	if f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		f.Close()
		os.Chtimes(name, now, now)
	}
	h.forget(now)
}

// forget forgets what is long past: gosafe-shim leaves every guarded command to
// gosafe as long as anything is remembered.
func (h Health) forget(now time.Time) {
	if h.Dir == "" {
		return
	}
	entries, _ := os.ReadDir(h.Dir)
	for _, entry := range entries {
		if fi, err := entry.Info(); err == nil && now.Sub(fi.ModTime()) > deadFor {
			os.Remove(filepath.Join(h.Dir, entry.Name()))
		}
	}
}
