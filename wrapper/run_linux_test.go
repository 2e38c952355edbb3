package wrapper

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLostStatus: a program that has run, and whose status the system does not
// give, counts as one that has failed, not as one that was never started.
func TestLostStatus(t *testing.T) {
	const inner = "GOSAFE_TEST_LOST"
	if os.Getenv(inner) == "" {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(exe, "-test.run=^TestLostStatus$", "-test.v")
		cmd.Env = append(os.Environ(), inner+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(unix.SIGCHLD) // then the system collects children itself (wait(2))
	var stderr bytes.Buffer
	sig := Listen()
	r, err := Command{Path: "/bin/sh", Argv: []string{"sh", "-c", "echo words >&2"}, Stderr: &stderr}.Run(sig)
	sig.Close()
	if err != nil || r.Exit != 1 || r.Signal != 0 || string(r.Stderr) != "words\n" {
		t.Errorf("%+v, %v", r, err)
	}
	if got := stderr.String(); !strings.Contains(got, "words\n") || !strings.Contains(got, "gosafe: how go ended is not known: ") {
		t.Errorf("stderr %q", got)
	}
}
