//go:build unix

package goenv

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestReadPipe: nobody waits for somebody to write into a pipe.
func TestReadPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	if data, err := ReadFile(pipe, 10); len(data) > 0 {
		t.Errorf("%q, %v", data, err)
	}
}
