package wrapper

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// alone runs the test in a process of its own, and reports whether this is that one.
func alone(t *testing.T, attr *unix.SysProcAttr) bool {
	t.Helper()
	const inner = "GOSAFE_TEST_ALONE"
	if os.Getenv(inner) != "" {
		return true
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inner+"=1")
	cmd.SysProcAttr = attr
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// TestLostStatus: a program that has run, and whose status the system does not
// give, counts as one that has failed, not as one that was never started.
func TestLostStatus(t *testing.T) {
	if !alone(t, nil) {
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

// TestSignalsWait: a second signal to the whole group, which comes before the first
// one has been handled, is the child's already as well.
func TestSignalsWait(t *testing.T) {
	if !canLook() {
		t.Skip("no witness here")
	}
	if !alone(t, &unix.SysProcAttr{Setpgid: true}) {
		return
	}
	dir := t.TempDir()
	const script = "cd \"$0\"; trap 'echo INT >>got' INT; echo ready >got; while [ ! -e end ]; do sleep 0.01; done"
	await := func(done func() bool) {
		for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it did not come")
			}
		}
	}
	got := func() string {
		data, _ := os.ReadFile(filepath.Join(dir, "got"))
		return string(data)
	}
	sig := Listen()
	ran := make(chan error, 1)
	go func() {
		_, err := Command{Path: "/bin/sh", Argv: []string{"sh", "-c", script, dir}, Stderr: io.Discard}.Run(sig)
		ran <- err
	}()
	await(func() bool {
		sig.mu.Lock()
		defer sig.mu.Unlock()
		return sig.witness != nil && got() == "ready\n"
	})
	sig.mu.Lock() // nothing is handled
	want := "ready\n"
	for len(sig.c) == 0 { // until one waits: the first is being handled, and two may have become one on their way to us
		if err := unix.Kill(0, unix.SIGINT); err != nil {
			t.Fatal(err)
		}
		want += "INT\n"
		await(func() bool { return got() == want })
	}
	sig.mu.Unlock()
	sig.Close() // they have been handled
	if err := os.WriteFile(filepath.Join(dir, "end"), nil, 0o666); err != nil {
		t.Error(err)
	}
	if err := <-ran; err != nil || got() != want {
		t.Errorf("%v; the child got %q, want %q", err, got(), want)
	}
}
