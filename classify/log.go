package classify

import (
	"regexp"
	"strings"
	"sync"
)

// The prefixes that log collectors put before each line. A line may have
// several: gh run view prints job and step before the runner's timestamp.
var logPrefixes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + strings.Join([]string{
		`\x{feff}`,
		`[^\t]{1,80}\t[^\t]{1,120}\t(?:\x{feff})?\d{4}-\d\d-\d\dT[\d:.]+Z `,         // gh run view --log: job, step, time
		`\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)\]? ?`, // GitHub, GitLab, Jenkins, Azure
		`(?:0[0-9]|[1-9][0-9])[OE][+ ]?`,                                            // GitLab: stream number and kind, after the time
		`#\d+ (?:\d+\.\d+ |\.\.\. )?`,                                               // docker buildkit: step, seconds
		`\d+\.\d{1,3} (?:go: |#|[a-z./-]+:|\t)`,                                     // the same in the summary of the failed step
		`section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?`,                          // GitLab
		`##\[(?:error|group|command|debug|warning)\]`,                               // GitHub, Azure
		`[\w.-]{1,40} +\| `,                                                         // docker compose, foreman
	}, `|`) + `)`)
})

// CleanLog strips a CI log of what its collectors added to each line: escape
// codes, timestamps, step numbers. A line without such a prefix stays as it is.
func CleanLog(log string) string {
	var b strings.Builder
	b.Grow(len(log))
	for len(log) > 0 {
		var raw string
		raw, log, _ = strings.Cut(log, "\n")
		b.WriteString(cleanLine(plain(raw)))
		b.WriteByte('\n')
	}
	return b.String()
}

func cleanLine(s string) string {
	for range 4 {
		m := logPrefixes().FindString(s)
		if m == "" {
			return s
		}
		if i := strings.IndexByte(m, ' '); m[0] >= '0' && m[0] <= '9' && strings.Contains(m, ".") && !strings.Contains(m, "-") && i > 0 {
			return s[i+1:] // buildkit's summary: only the seconds go
		}
		s = s[len(m):]
	}
	return s
}

// A Section is the part of a log that belongs to one go command.
type Section struct {
	Command string // the command line as the log shows it, from "go" on
	Text    string // the lines after it
}

// commandMarks stand before a command that a log shows: set -x and make, a
// prompt, GitHub, Dockerfiles and buildkit, GitLab.
var commandMark = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:\++ |[$>%#❯] |\S*[$#] |Run |\[command\]|Step \d+/\d+ : RUN |\[[^\]]*\] RUN |(?:> )?\[[^\]]*\] RUN |RUN |Executing |\S+@\S+[:~\w/. -]*[$#] |)` +
		`((?:(?:cd \S+|set -\w+) && )?(?:(?:[A-Z_][A-Z0-9_]*=\S*|env|time|sudo|exec) )*(?:\S*/)?go(?:\d\S*|tip|safe)?(?:\.exe)? ` +
		`(?:-C \S+ )?(?:build|clean|doc|env|fix|fmt|generate|get|install|list|mod|work|run|telemetry|test|tool|version|vet)\b.*)$`)
})

// Sections finds the go commands that a cleaned log shows and the lines that
// follow each, in order. Lines before the first command belong to none.
func Sections(log string) []Section {
	var sections []Section
	start := -1
	for from := 0; from < len(log); {
		end := strings.IndexByte(log[from:], '\n')
		if end < 0 {
			end = len(log) - from
		}
		l := strings.TrimRight(log[from:from+end], " \t:")
		next := min(from+end+1, len(log))
		if command := shownCommand(l); command != "" {
			if start >= 0 {
				sections[len(sections)-1].Text = log[start:from]
			}
			sections = append(sections, Section{Command: command})
			start = next
		}
		from = next
	}
	if start >= 0 {
		sections[len(sections)-1].Text = log[start:]
	}
	return sections
}

// shownCommand returns the go command that a line shows, "" if it shows none.
// A line that begins with "go" and no mark is a command only if it holds no
// colon: "go test: …" and "go build x: …" are messages.
func shownCommand(l string) string {
	if !strings.Contains(l, "go") || len(l) > 2000 {
		return ""
	}
	m := commandMark().FindStringSubmatch(l)
	if m == nil {
		return ""
	}
	if m[1] == strings.TrimSpace(l) && (strings.Contains(l, ": ") || strings.HasSuffix(l, ":")) {
		return ""
	}
	return m[1]
}
