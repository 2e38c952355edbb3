package main

import (
	"bufio"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReaderLeaves: whoever read go's words has gone when we have something to add.
// The exit status is go's all the same, and a rescue goes on.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	// What go says; then it waits until the reader has gone.
	const read = `read -r line <left; `
	const private = "go: secret.test/m@v1.0.0: reading https://proxy.test/secret.test/m/@v/v1.0.0.mod: 401 Unauthorized"
	for _, dir := range []string{shimDir(), aloneDir()} {
		for _, tt := range []struct {
			name   string
			script string
			exit   int
			calls  string
		}{
			{"a hint", `echo mod >>calls; echo "` + private + `" >&2; ` + read + "exit 1", 1, "mod\n"},
			{"another attempt", `echo mod >>calls; [ -e again ] && exit 0; touch again; printf '%s' "$LOST" >&2; ` + read + "exit 1", 0, "mod\nmod\n"},
			{"another failure", `echo mod >>calls; [ -e again ] && { echo "go: no such thing" >&2; exit 3; }; touch again; printf '%s' "$LOST" >&2; ` + read + "exit 1", 3, "mod\nmod\n"},
		} {
			t.Run(filepath.Base(dir)+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, nil, "mod", "download")
				s.script(tt.script)
				s.cmd.Path = filepath.Join(dir, "go")
				s.cmd.Env = append(s.cmd.Env, "LOST="+lostZip, "GOSAFE_PATIENCE=5s")
				if err := syscall.Mkfifo(filepath.Join(s.dir, "left"), 0o666); err != nil {
					t.Fatal(err)
				}
				r, w := s.unread(&s.cmd.Stderr)
				w.Close()
				line, err := bufio.NewReader(r).ReadString('\n')
				r.Close()
				if err != nil {
					t.Fatalf("%q, %v", line, err)
				}
				if err := os.WriteFile(filepath.Join(s.dir, "left"), []byte("x\n"), 0o666); err != nil {
					t.Fatal(err)
				}
				ws := s.wait()
				if ws.ExitStatus() != tt.exit || s.calls() != tt.calls {
					t.Errorf("ended with %#x after %q, want exit %d after %q", ws, s.calls(), tt.exit, tt.calls)
				}
			})
		}
	}
}
