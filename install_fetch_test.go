package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// buildingGo is a go command as install.sh needs one to build with, but for one
// of its commands, which does something else.
func buildingGo(command, does string) string {
	return `#!/bin/sh
echo "$1" >>"$CALLS"
case $1 in
` + command + `) ` + does + ` ;;
version) echo go version go1.26.8 linux/amd64 ;;
env) printf '%s\n' linux amd64 ;;
esac
`
}

// What fetches what gosafe is built from is tried again as long as go speaks of
// the network, and else not at all.
func TestInstallTriesFetchesAgain(t *testing.T) {
	t.Parallel()
	const again = "install.sh: trying again in 1 s\n"
	cannotFetch := "install.sh: cannot fetch the modules that gosafe is built from (see above); check go env GOPROXY, or give a built gosafe with --from FILE\n"
	for _, test := range []struct {
		name, command, does string
		calls, stderr       string
	}{
		{"a 502, once", "list", `if ! [ -e "$CALLS.once" ]; then : >"$CALLS.once"; echo 'a.go:1:2: m@v1: 502 Bad Gateway' >&2; echo 'b.go:3:4: m@v1: 502 Bad Gateway' >&2; exit 1; fi`,
			"version env list list build", "m@v1: 502 Bad Gateway\n" + again + "cannot build"},
		{"no network for the toolchain, once", "version", `if ! [ -e "$CALLS.once" ]; then : >"$CALLS.once"; echo 'go: go1.24.0: Get x: dial tcp: i/o timeout' >&2; exit 1; fi; echo go version go1.24.0 linux/amd64`,
			"version version env list build", "go: go1.24.0: Get x: dial tcp: i/o timeout\n" + again + "cannot build"},
		{"GOPROXY=off", "list", `echo 'a.go:1:2: module lookup disabled by GOPROXY=off' >&2; exit 1`,
			"version env list", "module lookup disabled by GOPROXY=off\n" + cannotFetch},
		{"too old", "version", "echo go version go1.22.12 linux/amd64",
			"version", "install.sh: gosafe needs Go 1.24 or later to build; GO is go1.22.12; give a built one with --from FILE\n"},
		{"too old, from its source", "version", "echo go version devel go1.23-abcdef linux/amd64",
			"version", "install.sh: gosafe needs Go 1.24 or later to build; GO is go1.23-abcdef; give a built one with --from FILE\n"},
		{"of no version", "version", "echo go version devel +abcdef linux/amd64", "version env list build", "cannot build"},
		{"of ten", "version", "echo go version go1.100.1 linux/amd64", "version env list build", "cannot build"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			goFile := filepath.Join(in.goBin, "go")
			script := strings.Replace(buildingGo(test.command, test.does), "case", "[ \"$1\" != build ] || { echo cannot build >&2; exit 1; }\ncase", 1)
			in.write(goFile, script)
			calls := filepath.Join(t.TempDir(), "calls")
			in.env = append(in.env, "CALLS="+calls)
			_, stderr, status := in.run("--bin", in.bin)
			if want := strings.ReplaceAll(test.stderr, "GO is", goFile+" is"); status != 1 || !strings.HasPrefix(stderr, want) {
				t.Errorf("exit status %d, install.sh says\n%s\nwant\n%s", status, stderr, want)
			}
			if _, err := os.Stat(in.bin); err == nil {
				t.Errorf("%s was left", in.bin)
			}
			got, err := os.ReadFile(calls) // the first one asks for its GOROOT
			if words := strings.Join(strings.Fields(string(got)), " "); err != nil || words != "env "+test.calls {
				t.Errorf("it ran %q (%v), want env %s", words, err, test.calls)
			}
		})
	}
}
