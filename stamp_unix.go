//go:build unix

package main

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A stamper collects what changes with the names in a directory, and with the
// directory itself. A time of change cannot be set, by tar or anybody.
type stamper struct {
	root   int // the module cache: shorter paths are found sooner
	before time.Time
	stamps []byte
}

func newStamper(root string, before time.Time) (*stamper, bool) {
	fd, err := unix.Open(root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return &stamper{root: fd, before: before}, err == nil
}

// stamp reports false if the last change was not before the time given.
func (s *stamper) stamp(dir string) bool {
	var st unix.Stat_t
	if unix.Fstatat(s.root, dir, &st, 0) != nil {
		s.stamps = append(s.stamps, "none,"...)
		return true
	}
	sec, nsec := st.Ctim.Unix()
	for _, n := range []int64{int64(st.Dev), int64(st.Ino), sec, nsec} {
		s.stamps = append(strconv.AppendInt(s.stamps, n, 36), ',')
	}
	return time.Unix(sec, nsec).Before(s.before)
}

func (s *stamper) close() { unix.Close(s.root) }
