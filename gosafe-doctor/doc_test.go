//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const docFile = "../docs/doctor.md"

// The matrix and the list of checks stand between these lines.
func between(name string) (begin, end string) {
	return "<!-- " + name + ": made by go test ./gosafe-doctor -run Matrix -update -->\n", "<!-- end of " + name + " -->\n"
}

// compareMatrix compares the matrix with that in the documentation, but for the
// seconds and the cases that could not be run here, or writes it there.
func compareMatrix(t *testing.T, rows []row) {
	t.Helper()
	doc, err := os.ReadFile(docFile)
	must(t, err)
	if *update {
		for i, r := range rows {
			if r.what == "" {
				t.Fatalf("not all can be run here: %s; run it as root", breakages[i].what)
			}
		}
		doc = replaceBetween(t, doc, "the matrix", matrixTable(rows))
		doc = replaceBetween(t, doc, "the checks", checksTable())
		must(t, os.WriteFile(docFile, doc, 0o666))
		return
	}
	if !bytes.Contains(doc, []byte(checksTable())) {
		t.Error("docs/doctor.md does not list the checks as they are: go test ./gosafe-doctor -run Matrix -update")
	}
	for _, r := range rows {
		if line := r.line(); r.what != "" && !bytes.Contains(doc, []byte(line)) {
			t.Errorf("docs/doctor.md lacks the line\n%s\n(go test ./gosafe-doctor -run Matrix -update)", line)
		}
	}
	begin, end := between("the matrix")
	_, table, _ := strings.Cut(string(doc), begin)
	table, _, _ = strings.Cut(table, end)
	if n := strings.Count(table, "\n| ") - 2; n != len(breakages) {
		t.Errorf("docs/doctor.md has %d faults, the table here %d: go test ./gosafe-doctor -run Matrix -update", n, len(breakages))
	}
}

// line is a row of the table, less its seconds.
func (r row) line() string {
	cell := strings.NewReplacer("|", `\|`).Replace
	return fmt.Sprintf("| %s | %s | %s | ", r.group, cell(r.what), cell(r.verdict))
}

func matrixTable(rows []row) string {
	var b strings.Builder
	b.WriteString("| group | what was broken | what the doctor says | seconds |\n| --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%s%.1f |\n", r.line(), r.seconds)
	}
	return b.String()
}

func checksTable() string {
	var b strings.Builder
	b.WriteString("| group | check | looks at | at most |\n| --- | --- | --- | --- |\n")
	for _, c := range checks {
		fmt.Fprintf(&b, "| %s | %s | %s | %v |\n", c.group, c.name, c.looks, c.deadline)
	}
	return b.String()
}

func replaceBetween(t *testing.T, doc []byte, name, text string) []byte {
	t.Helper()
	begin, end := between(name)
	i, j := bytes.Index(doc, []byte(begin)), bytes.Index(doc, []byte(end))
	if i < 0 || j < i {
		t.Fatalf("docs/doctor.md: no lines %q and %q", begin, end)
	}
	return slices.Concat(doc[:i+len(begin)], []byte("\n"+text+"\n"), doc[j:])
}
