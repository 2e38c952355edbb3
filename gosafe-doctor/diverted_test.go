//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDiverted: where install.sh --divert has put gosafe in the place of a
// toolchain's go, that is gosafe, a part of the one installation, and the real go
// is the one beside it.
func TestDiverted(t *testing.T) {
	t.Parallel()
	built, err := builtGosafe()
	must(t, err)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, name := range []string{"root/pkg/tool", "root/bin", "installed"} {
		must(t, os.MkdirAll(path(name), 0o777))
	}
	must(t, os.WriteFile(path("root/VERSION"), []byte("go1.26.8\n"), 0o666))
	must(t, os.WriteFile(path("root/bin/go.gosafe-diverted"), []byte("#!/bin/sh\n"), 0o777))
	for to, from := range map[string]string{
		"root/bin/go": "gosafe-shim", "root/bin/gosafe-shim": "gosafe-shim", "root/bin/gosafe": "gosafe",
		"installed/gosafe-shim": "gosafe-shim", "installed/gosafe": "gosafe",
	} {
		must(t, exec.Command("cp", filepath.Join(built, from), path(to)).Run())
	}
	must(t, os.Symlink("gosafe-shim", path("installed/go")))
	for name, tt := range map[string]struct{ path, gosafe string }{
		"installed first":  {path("installed") + ":" + path("root/bin"), path("installed/go")},
		"GOROOT/bin first": {path("root/bin") + ":" + path("installed"), path("installed/go")},
		"GOROOT/bin alone": {path("root/bin"), path("root/bin/go")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := newPatient([]string{"PATH=" + tt.path, "HOME=" + dir}, dir).found()
			if all.real.path != path("root/bin/go.gosafe-diverted") || len(all.gosafe) != 1 || all.gosafe[0].path != tt.gosafe || !all.onPath[0].gosafe {
				t.Errorf("%+v", all)
			}
		})
	}
}
