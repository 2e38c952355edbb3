//go:build !unix

package retry

import "io/fs"

func owner(fs.FileInfo) string { return "" }
