//go:build unix

package wrapper

const (
	goName       = "go"
	exeSuffix    = ""
	defaultGo    = "/usr/local/go/bin/go"
	checkExecBit = true
)
