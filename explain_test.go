package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	const log = "go: a.example/m@v1.0.0: reading https://proxy.example/a.example/m/@v/v1.0.0.zip: 502 Bad Gateway\n"
	dir := t.TempDir()
	file := filepath.Join(dir, "log")
	if err := os.WriteFile(file, []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	stdoutFile := filepath.Join(dir, "out")
	if err := os.WriteFile(stdoutFile, []byte("--- FAIL: TestX (0.00s)\nFAIL\texample.org/a\t0.1s\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		args   []string
		stdin  string
		status int
		stdout []string
		stderr string
	}{
		{"file", []string{file}, "", 0, []string{"cause:    server-error", "decision: retry", "where:    https://proxy.example/"}, ""},
		{"stdin", nil, log, 0, []string{"server-error"}, ""},
		{"verbose", []string{"-v", file}, "", 0, []string{"rule:", "finding:  retry/server-error"}, ""},
		{"command in the log", nil, "$ go vet ./...\n# a\n./a.go:3:4: self-assignment of x to x\n", 0, []string{"vet-failure"}, ""},
		{"stdout", []string{"-command", "go test ./...", "-stdout", stdoutFile, file}, "", 0, []string{"test-failure"}, ""},
		{"exit", []string{"-exit", "143", file}, "", 0, []string{"terminated"}, ""},
		{"signal", []string{"-exit", "signal:killed"}, "", 0, []string{"out-of-memory"}, ""},
		{"empty", nil, "", 0, []string{"unknown"}, ""},
		{"no file", []string{filepath.Join(dir, "nosuch")}, "", 1, nil, "gosafe: reading " + filepath.Join(dir, "nosuch") + ": "},
		{"bad flag", []string{"-nosuch"}, "", 2, nil, "usage: gosafe explain"},
		{"bad exit", []string{"-exit", "x"}, "", 2, nil, "neither a number nor signal:NAME"},
		{"bad command", []string{"-command", "go 'x"}, "", 2, nil, "-command"},
		{"two files", []string{file, file}, "", 2, nil, "at most one file"},
	} {
		var stdout, stderr bytes.Buffer
		if status := explain(tt.args, strings.NewReader(tt.stdin), &stdout, &stderr); status != tt.status {
			t.Errorf("%s: status %d, want %d\n%s", tt.name, status, tt.status, stderr.String())
		}
		for _, want := range tt.stdout {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%s: no %q in\n%s", tt.name, want, stdout.String())
			}
		}
		if !strings.Contains(stderr.String(), tt.stderr) || tt.stderr == "" && stderr.Len() > 0 {
			t.Errorf("%s: stderr %q, want %q", tt.name, stderr.String(), tt.stderr)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	log := "go: a.example/m@v1.0.0: reading https://u:secret@proxy.example/a.example/m/@v/v1.0.0.zip: 401 Unauthorized\n"
	if status := explain([]string{"-json", "-command", "go mod download"}, strings.NewReader(log), &stdout, &stderr); status != 0 {
		t.Fatal(stderr.String())
	}
	var got map[string]string
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["decision"] != "fail" || got["cause"] != "auth-required" || !strings.Contains(got["where"], "proxy.example") || got["advice"] == "" || got["evidence"] == "" {
		t.Errorf("%v", got)
	}
	if strings.Contains(stdout.String(), "secret") {
		t.Errorf("credentials: %s", stdout.String())
	}
}

func TestGoArguments(t *testing.T) {
	t.Parallel()
	for command, want := range map[string][]string{
		"go mod download":                       {"mod", "download"},
		"/usr/local/go/bin/go build -o 'a b' .": {"build", "-o", "a b", "."},
		"go1.22.3 test ./...":                   {"test", "./..."},
		"gotip vet":                             {"vet"},
		"gosafe list":                           {"list"},
		"CGO_ENABLED=0 GOOS=linux go build":     {"build"},
		"env GOFLAGS=-x go build":               {"build"},
		"cd x && go test ./... 2>&1 | tee log":  {"test", "./..."},
		"go run . -- $HOME `x`":                 {"run", ".", "--", "$HOME", "`x`"},
		"mod download":                          {"mod", "download"},
		"set -e; go vet":                        {"vet"},
	} {
		got, err := goArguments(command)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q %v, want %q", command, got, err, want)
		}
	}
}

// TestReadLog: a log of any size is read, and little of it kept.
func TestReadLog(t *testing.T) {
	t.Parallel()
	line := []byte(strings.Repeat("x", 99) + "\n")
	var log bytes.Buffer
	log.WriteString("+ go build ./...\n")
	for log.Len() < 8*logTail {
		log.Write(line)
	}
	log.WriteString("go: a.example/m@v1.0.0: Get \"https://proxy.example/x\": EOF\n")
	got, err := readLog("", &log)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > logHead+2*logTail+1<<17 {
		t.Errorf("%d bytes kept", len(got))
	}
	var stdout, stderr bytes.Buffer
	explain([]string{"-json"}, bytes.NewReader(got), &stdout, &stderr)
	if !strings.Contains(stdout.String(), `"cause":"connection-lost"`) {
		t.Errorf("%s%s", stdout.String(), stderr.String())
	}
}
