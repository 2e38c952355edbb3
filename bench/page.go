package main

import (
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"text/template"
	"time"
)

//go:embed page.md.tmpl
var pageText string

// page writes the page. Rows are those of the first table, large those of the
// second.
func (b *bench) page(ctx context.Context, rows, large []*row) (string, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return "", err
	}
	var findings []string
	for _, r := range append(rows[:len(rows):len(rows)], large...) {
		findings = append(findings, r.findings()...)
	}
	var out strings.Builder
	err = t.Execute(&out, map[string]any{
		"Command":   b.command,
		"Date":      b.begin.Format(time.DateOnly),
		"Took":      "took " + time.Since(b.begin).Round(time.Second).String(),
		"Go":        firstLine(ctx, b.goCommand, "version"),
		"Git":       firstLine(ctx, "git", "version"),
		"Revision":  revision(ctx),
		"Machine":   fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		"AtOnce":    b.atOnce,
		"Cores":     runtime.NumCPU(),
		"Tolerance": tolerance,
		"Noise":     noise.Milliseconds(),
		"Seeds":     b.seeds,
		"Limit":     seconds(b.limit),
		"Latency":   latency.Milliseconds(),
		"Modules":   graphSize,
		"Stall":     stallSetting,
		"Policies":  described(policies),
		"Faults":    table(rows),
		"Large":     table(large),
		"Kinds":     len(rows),
		"Findings":  findings,
	})
	return out.String(), err
}

// table returns rows as a table of the page, one row a fault.
func table(rows []*row) string {
	if len(rows) == 0 {
		return "(not measured in this run)\n"
	}
	head := []string{"fault", "strikes", "fault-free"}
	for _, p := range policies {
		head = append(head, strings.ReplaceAll(p.name, "|", `\|`))
	}
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	line(strings.Split(strings.Repeat("---,", len(head)-1)+"---", ","))
	for _, r := range rows {
		cells := []string{r.fault.name + marks(r.fault), r.fault.when(),
			fmt.Sprintf("%.1f s (%d)", median(walls(r.sound)).Seconds(), requests(r.sound))}
		for _, results := range r.struck {
			cells = append(cells, r.cell(results))
		}
		line(cells)
	}
	return b.String()
}

// marks tells what a row needs to be read.
func marks(f fault) string {
	var s string
	if f.hopeless {
		s = " (hopeless)"
	}
	if f.command != nil {
		s += ", `go " + strings.Join(f.command, " ") + "`"
	}
	if len(f.settings) > 0 {
		s += ", `" + strings.Join(f.settings, " ") + "`"
	}
	return s
}

// described lists policies with what they do.
func described(policies []policy) (list []string) {
	for _, p := range policies {
		list = append(list, p.name+": "+p.what)
	}
	return list
}
