package classify

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/causes.md")

// TestDocs keeps docs/causes.md: go test ./classify -run Docs -update.
func TestDocs(t *testing.T) {
	const file = "../docs/causes.md"
	want := causesPage()
	if *update {
		if err := os.MkdirAll("../docs", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table of causes says: go test ./classify -run Docs -update", file)
	}
}

func causesPage() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from classify/causes.go: go test ./classify -run Docs -update -->\n\n# Causes\n\n" +
		"What `gosafe explain` and gosafe's own lines name as the cause of a failed go command. Where an output holds several, the\n" +
		"gravest decision wins: fail, repair, degrade, retry; what only follows from another failure is not counted. What is not\n" +
		"recognised is `unknown`, and a real failure.\n")
	for _, d := range []Decision{Retry, Repair, Degrade, Fail} {
		fmt.Fprintf(&b, "\n## %s: %s\n\n| cause | what it means | what gosafe does | what to do |\n| --- | --- | --- | --- |\n", d, d.Meaning())
		for _, c := range causes {
			if c.decision == d {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.cause, c.means, c.does, strings.ReplaceAll(c.todo, "|", "\\|"))
			}
		}
	}
	return b.String()
}

func TestCausesTable(t *testing.T) {
	t.Parallel()
	seen := map[Cause]bool{}
	for _, c := range causes {
		if seen[c.cause] || c.noun == "" || c.means == "" || c.does == "" {
			t.Errorf("row %q: twice, or lacks something", c.cause)
		}
		seen[c.cause] = true
	}
	for _, r := range allRules() {
		if !seen[r.cause] {
			t.Errorf("rule %q: the cause %q has no row", r.pattern(), r.cause)
		}
	}
}
