//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownerOf returns the owner of a file, and who we are, by name where there is
// one.
func ownerOf(path string) (owner, us string) {
	us = userName(os.Geteuid())
	fi, err := os.Stat(path)
	if err != nil {
		return us, us
	}
	st, isStat := fi.Sys().(*syscall.Stat_t)
	if !isStat {
		return us, us
	}
	return userName(int(st.Uid)), us
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return fmt.Sprint(uid)
}

// denied reports whether we may not write to a file or directory.
func denied(path string) bool {
	return errors.Is(unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS), unix.EACCES)
}

// isQuota reports whether a quota is used up.
func isQuota(err error) bool { return errors.Is(err, unix.EDQUOT) }

// tryLock locks a file in dir as cmd/go does, and removes it again.
func tryLock(dir string) error {
	f, err := os.CreateTemp(dir, ".gosafe-doctor-")
	if err != nil {
		return nil // cache/places tells
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	f.Close()
	os.Remove(f.Name())
	return err
}

// inode is the number of a file.
func inode(path string) uint64 {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0
	}
	return st.Ino
}
