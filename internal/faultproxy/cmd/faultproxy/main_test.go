package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun starts the program, spoils a request, and ends it by its input.
func TestRun(t *testing.T) {
	t.Parallel()
	stdin, endStdin := io.Pipe()
	stdout, w := io.Pipe()
	var stderr strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), []string{"-modules", "2", "-rule", "list$=502,times=1", "-fail", "1", "-kinds", "503,cut", "-v", "-stdin"},
			stdin, w, &stderr)
	}()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(strings.TrimSpace(url) + "/demo.test/m00/@v/list")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 502 {
		t.Errorf("status %d, want 502", resp.StatusCode)
	}
	endStdin.Close()
	if code := <-ended; code != 0 {
		t.Errorf("exit status %d", code)
	}
	for _, want := range []string{"GET /demo.test/m00/@v/list 502 fault=status:502\n", "faultproxy: 1 requests, 1 spoiled\n", "1 status:502\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in\n%s", want, &stderr)
		}
	}
}

func TestCA(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ca.pem")
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout, stderr strings.Builder
	if code := run(ctx, []string{"-tls", "good", "-ca", file}, nil, &stdout, &stderr); code != 0 {
		t.Errorf("exit status %d: %s", code, &stderr)
	}
	if !strings.HasPrefix(stdout.String(), "https://127.0.0.1:") {
		t.Errorf("printed %q", &stdout)
	}
	if pem, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(pem), "-----BEGIN CERTIFICATE-----") {
		t.Errorf("authority %q, %v", pem, err)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{
		"-help": 0, "x": 2, "-rule x": 2, "-tls odd": 2, "-fail 1 -kinds bend": 2, "-fail 3": 1, "-addr nowhere:x": 1, "-ca x": 2,
	} {
		var stderr strings.Builder
		if code := run(t.Context(), strings.Fields(args), nil, io.Discard, &stderr); code != want {
			t.Errorf("%s: exit status %d, want %d: %s", args, code, want, &stderr)
		}
		if stderr.Len() == 0 {
			t.Errorf("%s: no message", args)
		}
	}
}
