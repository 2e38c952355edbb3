package netprobe

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gosafe/gosafe-doctor/userfile"
)

// HasNetrc reports whether the user's netrc file, where the go command looks
// for it (cmd/go/internal/auth, netrcPath), has an entry for host. What the entry
// says is not looked at. A default entry does not count: go knows none.
func HasNetrc(env func(string) string, host string) bool {
	file := env("NETRC")
	if file == "" {
		home, name := env("HOME"), ".netrc"
		if runtime.GOOS == "windows" {
			home = env("USERPROFILE")
			if _, err := os.Stat(filepath.Join(home, name)); err != nil {
				name = "_netrc"
			}
		}
		if home == "" {
			return false
		}
		file = filepath.Join(home, name)
	}
	data, err := userfile.Read(file)
	if err != nil {
		return false
	}
	inMacro := false
	for line := range strings.Lines(string(data)) {
		if inMacro {
			inMacro = strings.TrimSpace(line) != "" // a macro ends with an empty line
			continue
		}
		f := strings.Fields(line)
		for i := 0; i < len(f); i++ {
			switch {
			case f[i] == "macdef":
				inMacro = true
			case f[i] == "machine" && i+1 < len(f) && strings.EqualFold(f[i+1], host):
				return true
			case f[i] == "machine", f[i] == "login", f[i] == "password", f[i] == "account":
				i++ // what follows is a value
			}
		}
	}
	return false
}
