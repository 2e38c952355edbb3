package faultproxy

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// A Module is one version of a module to serve. The same Module gives the same
// content, hence the same go.sum lines, everywhere and always.
type Module struct {
	Path    string
	Version string // canonical, as "v1.2.3"
	Require []module.Version

	// Files are the contents by slash-separated path. A "go.mod" among them is
	// taken as it is; otherwise one is made from Path and Require.
	Files map[string]string
}

// released is the time in every .info file.
var released = time.Date(2024, time.January, 2, 3, 4, 5, 0, time.UTC)

// GoMod returns the module's go.mod file.
func (m Module) GoMod() string {
	if text, ok := m.Files["go.mod"]; ok {
		return text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "module %s\n\ngo 1.18\n", m.Path)
	if len(m.Require) > 0 {
		b.WriteString("\nrequire (\n")
		for _, r := range m.Require {
			fmt.Fprintf(&b, "\t%s %s\n", r.Path, r.Version)
		}
		b.WriteString(")\n")
	}
	return b.String()
}

// Sums returns the module's two lines of go.sum.
func (m Module) Sums() (string, error) {
	files := m.files()
	byName := make(map[string]memFile)
	var names []string
	for _, f := range files {
		name := m.Path + "@" + m.Version + "/" + f.path
		byName[name] = f
		names = append(names, name)
	}
	open := func(name string) (io.ReadCloser, error) { return byName[name].Open() }
	dir, err := dirhash.Hash1(names, open)
	if err != nil {
		return "", fmt.Errorf("hashing %s@%s: %w", m.Path, m.Version, err)
	}
	mod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return memFile{content: m.GoMod()}.Open()
	})
	if err != nil {
		return "", fmt.Errorf("hashing the go.mod of %s@%s: %w", m.Path, m.Version, err)
	}
	return fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", m.Path, m.Version, dir, m.Path, m.Version, mod), nil
}

// Zip returns the module's zip file.
func (m Module) Zip() ([]byte, error) {
	var list []zip.File
	for _, f := range m.files() {
		list = append(list, f)
	}
	var b bytes.Buffer
	err := zip.Create(&b, module.Version{Path: m.Path, Version: m.Version}, list)
	return b.Bytes(), err
}

// files returns the module's files with its go.mod, in the order of their names.
func (m Module) files() []memFile {
	list := []memFile{{"go.mod", m.GoMod()}}
	for path, content := range m.Files {
		if path != "go.mod" {
			list = append(list, memFile{path, content})
		}
	}
	slices.SortFunc(list, func(a, b memFile) int { return strings.Compare(a.path, b.path) })
	return list
}

// A memFile is a file of a module in memory: a zip.File, and its own FileInfo.
type memFile struct{ path, content string }

func (f memFile) Path() string                { return f.path }
func (f memFile) Lstat() (os.FileInfo, error) { return f, nil }
func (f memFile) Open() (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(f.content)), nil
}

func (f memFile) Name() string       { return f.path[strings.LastIndexByte(f.path, '/')+1:] }
func (f memFile) Size() int64        { return int64(len(f.content)) }
func (f memFile) Mode() fs.FileMode  { return 0o644 }
func (f memFile) ModTime() time.Time { return released }
func (f memFile) IsDir() bool        { return false }
func (f memFile) Sys() any           { return nil }
