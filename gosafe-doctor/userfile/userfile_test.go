//go:build unix

package userfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRead: what is no file of some size is an error, at once.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, large, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "large"), filepath.Join(dir, "file")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{large: "", file: "content"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(large, Limit+1); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{pipe: "no regular file", "/dev/zero": "no regular file", dir: "no regular file", large: "larger than 8 MiB"} {
		if data, err := Read(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
	if _, err := Read(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("an absent file: %v", err)
	}
	if data, err := Read(file); string(data) != "content" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
}
