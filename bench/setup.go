package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gosafe/internal/faultproxy"
)

// The faults that a module proxy cannot make; for git's, see githost.go.

// damageZip fills the module cache and damages a zip in it, with the tree gone
// that was extracted from it.
func damageZip(ctx context.Context, w *world, sound bool) error {
	cmd := w.command(ctx, w.goCommand, "mod", "download")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	if err := remove(filepath.Join(w.dir, "mod", "demo.test", "m02@v1.2.2")); err != nil || sound {
		return err
	}
	zip := filepath.Join(w.dir, "mod", "cache", "download", "demo.test", "m02", "@v", "v1.2.2.zip")
	data, err := os.ReadFile(zip)
	if err != nil {
		return err
	}
	return os.WriteFile(zip, data[:len(data)/2], 0o666)
}

// breakCode makes the program one that does not compile.
func breakCode(_ context.Context, w *world, sound bool) error {
	if sound {
		return nil
	}
	main := filepath.Join(w.project, "main.go")
	data, err := os.ReadFile(main)
	if err != nil {
		return err
	}
	return os.WriteFile(main, bytes.Replace(data, []byte("fmt.Println("), []byte("fmt.Println(missing, "), 1), 0o666)
}

// changeSum makes go.sum one of another content of a module.
func changeSum(_ context.Context, w *world, sound bool) error {
	if sound {
		return nil
	}
	file := filepath.Join(w.project, "go.sum")
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	other, err := faultproxy.Module{Path: "demo.test/m03", Version: "v1.3.0"}.Sums()
	if err != nil {
		return err
	}
	wrong, _, _ := strings.Cut(other, "\n")
	var lines []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "demo.test/m03 v1.3.0 ") {
			line = wrong + "\n"
		}
		lines = append(lines, line)
	}
	return os.WriteFile(file, []byte(strings.Join(lines, "")), 0o666)
}
