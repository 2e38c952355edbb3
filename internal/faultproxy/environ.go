package faultproxy

import (
	"fmt"
	"os"
	"path/filepath"
)

// inherited are the variables that Environ takes over: how programs are found
// and, on Windows, what none can start without.
var inherited = []string{"PATH", "PATHEXT", "SYSTEMROOT", "COMSPEC"}

// Environ returns an environment in which a go command uses this proxy, keeps
// everything under dir (the module cache is dir/mod, the build cache
// dir/cache), and sees none of the user's settings. It makes the directories
// that have to exist. No module is checked against a sum database;
// the module cache stays writable, so that dir can simply be removed.
func (s *Server) Environ(dir string) ([]string, error) {
	in := func(elem ...string) string { return filepath.Join(append([]string{dir}, elem...)...) }
	home, tmp := in("home"), in("tmp")
	if err := os.MkdirAll(tmp, 0o777); err != nil {
		return nil, fmt.Errorf("making a scratch home: %w", err)
	}
	if err := NoTelemetry(home); err != nil {
		return nil, err
	}
	env := []string{
		"HOME=" + home, "USERPROFILE=" + home, "APPDATA=" + in("home", "AppData", "Roaming"), "LOCALAPPDATA=" + in("home", "AppData", "Local"),
		"TMPDIR=" + tmp, "TMP=" + tmp, "TEMP=" + tmp,
		"GOENV=off", "GOFLAGS=-modcacherw", "GOWORK=off", "GOTOOLCHAIN=local",
		"GOPATH=" + in("gopath"), "GOMODCACHE=" + in("mod"), "GOCACHE=" + in("cache"),
		"GOPROXY=" + s.URL(), "GOSUMDB=off",
	}
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if s.ca != nil {
		file := in("ca.pem")
		if err := os.WriteFile(file, s.ca, 0o666); err != nil {
			return nil, fmt.Errorf("writing the authority to trust: %w", err)
		}
		env = append(env, "SSL_CERT_FILE="+file)
	}
	return env, nil
}
