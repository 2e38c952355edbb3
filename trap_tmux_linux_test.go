package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gosafe/internal/faultproxy"
)

// terminalProgram asks for all that programs want of a terminal: what its
// descriptors are, colours, a line without echo, the whole screen, single keys.
const terminalProgram = `package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

func ioctl(fd, request int, p unsafe.Pointer) bool {
	_, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(p))
	return e == 0
}

// mode changes the terminal's local modes and returns the old ones.
func mode(clear uint32) (old syscall.Termios) {
	ioctl(2, syscall.TCGETS, unsafe.Pointer(&old))
	now := old
	now.Lflag &^= clear
	ioctl(2, syscall.TCSETS, unsafe.Pointer(&now))
	return old
}

func main() {
	var termios syscall.Termios
	for fd := 0; fd < 3; fd++ {
		fmt.Println("terminal", fd, ioctl(fd, syscall.TCGETS, unsafe.Pointer(&termios)))
	}
	var size [4]uint16
	var group int32
	fmt.Println("size", ioctl(2, syscall.TIOCGWINSZ, unsafe.Pointer(&size)), size[:2])
	fmt.Println("foreground", ioctl(0, syscall.TIOCGPGRP, unsafe.Pointer(&group)), int(group) == syscall.Getpgrp())
	fmt.Fprintln(os.Stderr, "\x1b[1;31mred\x1b[0m \x1b[38;5;42mgreen\x1b[0m")

	old := mode(syscall.ECHO) // before who types is asked to
	fmt.Fprint(os.Stderr, "Password: ")
	in := bufio.NewReader(os.Stdin)
	line, _ := in.ReadString('\n')
	ioctl(2, syscall.TCSETS, unsafe.Pointer(&old))
	fmt.Println("\ngot", len(line))

	old = mode(syscall.ECHO | syscall.ICANON)
	fmt.Print("\x1b[?1049h\x1b[2J\x1b[5;10H\x1b[7m FULL SCREEN \x1b[0m\x1b[20;3H\x1b[4mpress q\x1b[0m")
	for b, _ := in.ReadByte(); b != 'q'; b, _ = in.ReadByte() {
	}
	fmt.Print("\x1b[?1049l")
	ioctl(2, syscall.TCSETS, unsafe.Pointer(&old))
	os.Exit(3)
}
`

// TestTerminal: programs of go run have the terminal as they have it without us,
// and what go itself says looks the same. The screens of tmux are compared.
func TestTerminal(t *testing.T) {
	t.Parallel()
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		t.Skip("tmux is not installed")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m.test\n\ngo 1.21\n", "main.go": terminalProgram, "bad/bad.go": "package bad\n\nfunc F() int { return x }\n",
		"rc": "PS1='$ '\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	real := filepath.Join(realGo().goroot, "bin")
	direct := screens(t, tmux, dir, real)
	ours := screens(t, tmux, dir, shimDir()+":"+real)
	for i := range direct {
		if direct[i] != ours[i] {
			t.Errorf("screen %d of the real go:\n%s\nthrough gosafe:\n%s", i+1, direct[i], ours[i])
		}
	}
	if !strings.Contains(direct[0], "terminal 2 true") || !strings.Contains(direct[0], "\x1b[1m\x1b[31mred") {
		t.Errorf("the program did not see a terminal:\n%q", direct[0])
	}
}

// screens works with go in a new terminal and returns what it shows, colours
// and all, at four moments.
func screens(t *testing.T, tmux, dir, path string) (shots []string) {
	t.Helper()
	place, err := os.MkdirTemp("", "tmux") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(place)
	if err := faultproxy.NoTelemetry(place); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		cmd := exec.Command(tmux, append([]string{"-S", filepath.Join(place, "s"), "-f", os.DevNull}, args...)...)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + path + ":/usr/bin:/bin", "HOME=" + place, "SHELL=/bin/sh", "ENV=" + filepath.Join(dir, "rc"), "TERM=xterm-256color", "LC_ALL=C.UTF-8",
			"GOENV=off", "GOCACHE=" + realGo().gocache, "GOPROXY=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GOWORK=off",
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("new-session", "-d", "-x", "80", "-y", "40", "sh")
	defer run("kill-server")
	await := func(when string) (shot string) {
		t.Helper()
		for end := time.Now().Add(60 * time.Second); !strings.Contains(shot, when); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%q did not come:\n%s", when, shot)
			}
			shot = run("capture-pane", "-e", "-p")
		}
		return shot
	}
	shoot := func(when string) {
		t.Helper()
		shots = append(shots, await(when))
	}
	await("$") // the shell is there
	run("send-keys", "go run .", "Enter")
	shoot("Password:")
	run("send-keys", "secret", "Enter")
	shoot("press q")
	run("send-keys", "q")
	shoot("exit status 3\n$") // the prompt is there again
	run("send-keys", "stty -a | grep -c -w -e -echo; go build ./bad; go list -m; go vet ./bad; go env GOOS; echo $? finished", "Enter")
	shoot("\n0 finished\n$")
	return shots
}
