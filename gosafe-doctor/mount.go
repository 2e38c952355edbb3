package main

// A mount is what is known of the file system that a directory is on.
type mount struct {
	id               string // the same for directories of the same one
	known            bool   // the rest holds something
	size, free       uint64 // in bytes; free for us
	files, freeFiles uint64 // inodes; none where the file system does not count them
	noexec           bool
	network          string // its kind, if it is on another machine
}
