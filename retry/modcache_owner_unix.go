//go:build unix

package retry

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// owner says who owns a file and who asks.
func owner(fi fs.FileInfo) string {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	if int(st.Uid) == os.Geteuid() {
		return ""
	}
	return fmt.Sprintf("owned by uid %d, not %d, ", st.Uid, os.Geteuid())
}
