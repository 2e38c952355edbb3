package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outputs lists the outputs in the build cache for which ok is true.
func (p *patient) outputs(ok func(data string) bool) (names []string) {
	for _, name := range p.glob("builds/*/*-d") {
		if data, err := os.ReadFile(name); err == nil && ok(string(data)) {
			rel, _ := filepath.Rel(p.dir, name)
			names = append(names, filepath.ToSlash(rel))
		}
	}
	if len(names) == 0 {
		p.t.Fatal("no such output")
	}
	return names
}

func isIndex(data string) bool { return strings.HasPrefix(data, "go index v") }

// archiveOf recognises the archive of a package.
func archiveOf(path string) func(string) bool {
	return func(data string) bool {
		return strings.HasPrefix(data, "!<arch>") && strings.Contains(data, path) && strings.Contains(data, "__.PKGDEF")
	}
}

func TestMendBuilds(t *testing.T) {
	t.Parallel()
	all := func(string) bool { return true }
	for _, tt := range []struct {
		name   string
		which  func(string) bool
		change func([]byte) []byte
	}{
		{"every output flipped", all, flipped},
		{"every output NULs", all, zeroed},
		{"indexes flipped", isIndex, flipped},
		{"indexes NULs", isIndex, zeroed},
		{"indexes half NULs", isIndex, halfZero},
		{"runtime NULs", archiveOf("runtime.main"), zeroed},
		{"module NULs", archiveOf("demo.test/m02"), zeroed},
		{"module flipped", archiveOf("demo.test/m02"), func(b []byte) []byte {
			for i := len(b) / 4; i < len(b); i += 64 {
				b[i] ^= 0xff
			}
			return b
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := &injury{says: `deleted (a|\d+) damaged entr(y|ies) of the build cache; trying again`}
			in.damage = func(p *patient) {
				p.change("app/main.go", func(b []byte) []byte { return append(b, "\n// changed\n"...) })
				for _, name := range p.outputs(tt.which) {
					p.change(name, tt.change)
					in.also = append(in.also, p.entriesOf(name)...)
				}
			}
			newPatient(t).heal(in)
		})
	}
}

// entriesOf lists the entries of the build cache that name an output.
func (p *patient) entriesOf(output string) (names []string) {
	sum := strings.TrimSuffix(filepath.Base(output), "-d")
	for _, name := range p.glob("builds/*/*-a") {
		if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), sum) {
			rel, _ := filepath.Rel(p.dir, name)
			names = append(names, filepath.ToSlash(rel))
		}
	}
	return names
}
