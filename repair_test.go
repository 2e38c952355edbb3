package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRepair: everything damaged at once is found, told and mended by hand, and
// what is sound keeps its inode.
func TestRepair(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	sum, err := os.ReadFile(p.path("app/go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	p.withSumDB()
	p.write("app/go.sum", string(sum))
	var entries []string
	p.injure(func(p *patient) {
		p.change(leafTree+"/m.go", flipped) // compiles, or not: a build does not tell
		p.change(leafFiles+".info", emptied)
		p.change("mod/cache/download/demo.test/m00/@v/v1.0.0.zip", halved)
		p.change(lookupOf, zeroed)
		p.change(database+"tile/8/0/000", flipped)
		for _, name := range p.outputs(archiveOf("demo.test/m02")) {
			p.change(name, zeroed)
			entries = append(entries, p.entriesOf(name)...)
		}
	})
	found := []string{"/mod/demo.test/m01@v1.1.1: ", "v1.1.1.info: ", "v1.0.0.zip: ", "lookup/demo.test/m01@v1.1.1: ", "tile/8/0/000: "}
	for _, name := range entries {
		found = append(found, filepath.Base(name)+": ")
	}
	out, err := p.run("gosafe", "repair", "-n")
	for _, want := range found {
		if strings.Count(out, want) != 1 {
			t.Errorf("%d lines tell of %s", strings.Count(out, want), want)
		}
	}
	if exit := (*exec.ExitError)(nil); !asExit(err, &exit) || exit.ExitCode() != 1 || len(p.touched()) > 0 {
		t.Errorf("repair -n: %v, want exit status 1; touched %v\n%s", err, p.touched(), out)
	}
	out, err = p.run("gosafe", "repair")
	if err != nil || !regexp.MustCompile(`: \d+ mended\n$`).MatchString(out) {
		t.Errorf("repair: %v\n%s", err, out)
	}
	t.Log(out)
	for _, name := range p.touched() {
		// An index that was made of the tree that was damaged goes with it.
		if !slices.Contains(entries, name) && !strings.HasSuffix(name, "-a") {
			t.Errorf("%s was sound, and was touched", name)
		}
	}
	if out, err = p.run("gosafe", "repair", "all"); err != nil || !strings.HasSuffix(out, ": nothing is damaged\n") {
		t.Errorf("repair again: %v\n%s", err, out)
	}
	p.must("build", "-o", "x", ".")
	p.must("mod", "download")
	p.must("mod", "verify")
}

func asExit(err error, exit **exec.ExitError) (ok bool) {
	*exit, ok = err.(*exec.ExitError)
	return ok
}

// TestProgress: nothing within the first second, then one line, and none left.
func TestProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	start := time.Now()
	p := &progress{w: &b, start: start, ended: make(chan struct{})}
	step := p.phase("modules", 3)
	step()
	p.show(start.Add(900 * time.Millisecond))
	p.clear()
	if b.Len() > 0 {
		t.Errorf("%q was shown in the first second", b.String())
	}
	p.show(start.Add(1100 * time.Millisecond))
	p.phase("clones", 0)
	p.show(start.Add(1300 * time.Millisecond))
	p.stop()
	p.stop()
	p.show(start.Add(time.Minute))
	if want := "\r\x1b[Kverifying modules: 1 of 3\r\x1b[Kverifying clones\r\x1b[K"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
