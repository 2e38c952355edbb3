package main

import (
	"strings"
	"testing"

	"gosafe/internal/goflag"
	"gosafe/internal/verb"
)

func TestPrefetchArgs(t *testing.T) {
	t.Parallel()
	const list = "list -e -deps -json=ImportPath,Error"
	for _, tt := range []struct{ command, want string }{
		{"test", list + " -test"},
		{"test ./...", list + " -test ./..."},
		{"test -v -run X -count 1 ./a ./b", list + " -test ./a ./b"},
		{"test -tags x,y --race -mod=mod ./...", list + " -tags x,y --race -mod=mod -test ./..."},
		{"test ./a -tags x -v", list + " -tags x -test ./a"},
		{"test ./a -update ./golden", list + " -test ./a"},
		{"test -update ./golden", list + " -test"}, // a flag that go does not know ends the list of packages
		{"test -o out -coverprofile=c.out -coverpkg ./... .", list + " -coverpkg ./... -test ."},
		{"test . -args -tags z ./b", list + " -test ."},
		{"test -test.run X .", list + " -test ."},
		{"test a_test.go b.go", list + " -test a_test.go b.go"},
		{"run .", list + " ."},
		{"run -race . -tags x", list + " -race ."},
		{"run -exec sudo a.go b.go c", list + " a.go b.go"},
		{"run ./cmd ./other", list + " ./cmd"},
		{"run example.com/cmd@v1.2.3 x", "install -n example.com/cmd@v1.2.3"},
		{"run -tags x example.com/cmd@latest", "install -n -tags x example.com/cmd@latest"},
		{"tool", ""},
		{"tool stringer -type X", list + " stringer"},
		{"tool -n stringer", list + " stringer"},
		{"generate ./...", ""},
		{"build -toolexec x -tags y ./a ./b", list + " -tags y ./a ./b"},
		{"vet -vettool=x", list},
		// What go refuses at once is not waited for.
		{"run -badflag .", ""},
		{"test -count=abc .", ""},
		{"test -timeout xx ./...", ""},
		{"run -p=x .", ""},
		{"test -v -C dir .", ""},
		{"test -json=zz .", ""},
		{"test -v=true -timeout 90s -count 1 -p 4 .", list + " -test ."},
		{"doc", ""},
		{"doc -all example.com/p.Type", "list -e -m all"},
		{"-C dir test -v ./...", list + " -test ./..."},
		{"test -C dir -v ./...", list + " -test ./..."},
	} {
		verb, rest := verb.Lookup(strings.Fields(tt.command))
		got := strings.Join(readLoading(verb.Name, rest).prefetchArgs(verb), " ")
		if got != tt.want {
			t.Errorf("go %s\n got %s\nwant %s", tt.command, got, tt.want)
		}
	}
}

func TestLoadingFlag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ command, name, want string }{
		{"-modfile=a.mod .", "modfile", "a.mod"},
		{"--modfile a.mod .", "modfile", "a.mod"},
		{"-tags modfile .", "modfile", ""},
		{"-mod vendor", "mod", "vendor"},
		{". -mod=mod", "mod", "mod"},
	} {
		if got := goflag.Value(readLoading("test", strings.Fields(tt.command)).flags, tt.name); got != tt.want {
			t.Errorf("%s in %s: %q, want %q", tt.name, tt.command, got, tt.want)
		}
	}
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{"1.17": true, "1.9": false, "1.16.5": false, "1.21rc1": true, "1.24.0": true, "2.0": true, "": false, "x": false} {
		if atLeast(version, 1, 17) != want {
			t.Errorf("go %q at least 1.17: %v", version, !want)
		}
	}
}
