//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"gosafe/internal/faultproxy"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts are the command line and what is printed. The machine is the
// real one: the scripts name the groups that ask nothing of the network.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		WorkdirRoot:         t.TempDir(),
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			if err := faultproxy.NoTelemetry(home); err != nil {
				return err
			}
			env.Vars = append(env.Vars, "HOME="+home, "TMPDIR="+filepath.Join(home, "tmp"), "XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
				"GIT_CONFIG_NOSYSTEM=1", "GOENV="+filepath.Join(home, "goenv"), "GOTOOLCHAIN=local")
			env.Setenv("GOPROXY", "file://"+env.WorkDir)
			return os.MkdirAll(filepath.Join(home, "tmp"), 0o777)
		},
	})
}
