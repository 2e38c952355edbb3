package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// networkFS are the file systems on which locks and speed depend on another
// machine, by their numbers (statfs(2)).
var networkFS = map[int64]string{
	unix.NFS_SUPER_MAGIC: "NFS", unix.SMB_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "CIFS", unix.SMB2_SUPER_MAGIC: "SMB",
	unix.V9FS_MAGIC: "9p", unix.FUSE_SUPER_MAGIC: "FUSE", unix.AFS_SUPER_MAGIC: "AFS", unix.CEPH_SUPER_MAGIC: "Ceph", unix.CODA_SUPER_MAGIC: "Coda",
}

// mountOf tells about the file system of a directory.
func mountOf(dir string) mount {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return mount{id: dir}
	}
	id := dir
	var fi unix.Stat_t
	if unix.Stat(dir, &fi) == nil {
		id = fmt.Sprint(fi.Dev)
	}
	return mount{
		id: id, known: true, size: st.Blocks * uint64(st.Bsize), free: st.Bavail * uint64(st.Bsize), files: st.Files, freeFiles: st.Ffree,
		noexec: st.Flags&unix.ST_NOEXEC != 0, network: networkFS[int64(st.Type)],
	}
}
