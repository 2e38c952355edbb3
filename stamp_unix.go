//go:build unix

package main

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A lookout looks at the module cache.
type lookout struct {
	root   int // the cache: shorter paths are found sooner
	before time.Time

	// vague says that something may change and its stamp may not: it has only
	// just changed, and may do so again at the same time, or it is a link to
	// what has no stamp.
	vague atomic.Bool
}

func newLookout(cache string) *lookout {
	fd, err := unix.Open(cache, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	l := &lookout{root: fd, before: time.Now().Add(-settled)}
	l.vague.Store(err != nil)
	return l
}

// stamps returns what changes with the names in directories of the cache, and
// with the directories themselves, which may be absent. A time of change cannot
// be set, by tar or anybody.
func (l *lookout) stamps(dirs []string) []byte {
	const size = 4 * 8
	stamps := make([]byte, size*len(dirs))
	spread(len(dirs), func(i int) {
		var st unix.Stat_t
		if unix.Fstatat(l.root, dirs[i], &st, 0) != nil {
			st = unix.Stat_t{}
		}
		sec, nsec := st.Ctim.Unix()
		for j, n := range [4]int64{int64(st.Dev), int64(st.Ino), sec, nsec} {
			binary.LittleEndian.PutUint64(stamps[size*i+8*j:], uint64(n))
		}
		if !time.Unix(sec, nsec).Before(l.before) {
			l.vague.Store(true)
		}
	})
	return stamps
}

// exists reports whether there is such a file or directory in the cache.
func (l *lookout) exists(path string) bool {
	var st unix.Stat_t
	err := unix.Fstatat(l.root, path, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
		l.vague.Store(true)
		err = unix.Fstatat(l.root, path, &st, 0)
	}
	return err == nil
}

func (l *lookout) close() { unix.Close(l.root) }
