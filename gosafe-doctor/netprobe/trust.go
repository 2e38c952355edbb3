package netprobe

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gosafe/classify"

	"gosafe/gosafe-doctor/userfile"
)

// A trust is a list of authorities that the environment puts in the place of
// the system's.
type trust struct {
	vars   []string // the variables that do it; nil: it is the system's
	none   bool     // it holds no authority at all
	detail string
}

// trust reads the list as crypto/x509 does (root_unix.go, loadSystemRoots): of
// the files the first that can be read counts, of the directories every file.
// macOS and Windows do not heed the variables.
func (p *probe) trust() (t trust) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return t
	}
	var parts []string
	sum := 0
	if file := p.Env("SSL_CERT_FILE"); file != "" {
		t.vars = append(t.vars, "SSL_CERT_FILE")
		n, err := authorities(file)
		if err != nil {
			parts = append(parts, "SSL_CERT_FILE="+classify.Printable(file)+" cannot be read")
		} else {
			parts = append(parts, "SSL_CERT_FILE="+classify.Printable(file)+" holds "+counted(n))
		}
		sum += n
	}
	if dirs := p.Env("SSL_CERT_DIR"); dirs != "" {
		t.vars = append(t.vars, "SSL_CERT_DIR")
		n := 0
		for _, dir := range strings.Split(dirs, ":") {
			entries, _ := os.ReadDir(dir) // what cannot be read holds none
			for _, e := range entries {
				in, _ := authorities(filepath.Join(dir, e.Name()))
				n += in
			}
		}
		parts = append(parts, "SSL_CERT_DIR="+classify.Printable(dirs)+" holds "+counted(n))
		sum += n
	}
	// One variable alone leaves the other half of the system's list in place.
	t.none = len(t.vars) == 2 && sum == 0
	t.detail = strings.Join(parts, "; ")
	return t
}

// authorities is how many certificates a file holds. What is no file of some
// size is not read.
func authorities(file string) (int, error) {
	fi, err := os.Stat(file)
	if err != nil || fi.IsDir() {
		return 0, err
	}
	if !fi.Mode().IsRegular() {
		return 0, nil
	}
	data, err := userfile.Read(file)
	return bytes.Count(data, []byte("-----BEGIN CERTIFICATE-----")), err
}

func counted(n int) string {
	if n == 1 {
		return "1 authority"
	}
	return fmt.Sprintf("%d authorities", n)
}

// remedy is what helps where the environment's list is the reason that a
// certificate is not trusted; empty if it is the system's list.
func (t trust) remedy() string {
	names := strings.Join(t.vars, " and ")
	switch {
	case t.none:
		return "unset " + strings.Join(t.vars, " ") + "\nthey replace the system's list, and hold no authority; or name a file that does: export SSL_CERT_FILE=FILE"
	case len(t.vars) == 1:
		return "add the authority to what " + names + " names, since that replaces the system's; or unset " + names
	case t.vars != nil:
		return "add the authority to what " + names + " name, since they replace the system's; or unset " + strings.Join(t.vars, " ")
	}
	return ""
}
