package main

import (
	"context"
	"os"
	"regexp"
	"strings"

	"gosafe/gosafe-doctor/userfile"
	"gosafe/internal/goenv"
)

var goKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// checkGoenv reads the lines of the file as cmd/go does: nothing trimmed,
// nothing quoted, what is malformed left aside without a word.
func checkGoenv(_ context.Context, p *patient) []finding {
	name := p.goenvFile()
	if name == "" {
		return fine("no file of settings (GOENV=off)")
	}
	if fi, err := os.Stat(name); err == nil && !fi.Mode().IsRegular() {
		return []finding{fault(note, "goenv-special", "GOENV names something that is no file, and is not read here").saw("GOENV=%s", name)}
	}
	data, err := userfile.Read(name)
	if os.IsNotExist(err) {
		return fine("no settings made by go env -w")
	}
	if err != nil {
		return []finding{fault(broken, "goenv-unreadable", "the file of go's settings cannot be read").saw("%s: %s", name, bare(err)).do("ls -l %s", shellQuote(name))}
	}
	var keys []string
	var found []finding
	for n, line := range strings.Split(string(data), "\n") {
		line = strings.TrimRight(line, "\r\n")
		key, value, has := strings.Cut(line, "=")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
			continue
		case !has || !goKey.MatchString(key):
			f := fault(warning, "goenv-line", "a line of go's settings is ignored: it is not KEY=VALUE without blanks")
			if k := strings.Trim(key, `"' `+"\t"); has && goKey.MatchString(k) {
				f = f.saw("%s: %s…", name, strings.TrimSpace(key)).do("go env -w %s=VALUE, and delete that line", k)
			} else { // it may be a part of a value
				f = f.saw("%s: line %d", name, n+1).do("delete that line")
			}
			found = append(found, f)
			continue
		case value != strings.TrimSpace(value) || strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'"):
			if key != "GOFLAGS" {
				shown := shellQuote(strings.Trim(value, ` "'`))
				if strings.ContainsAny(value, "@?") || strings.Contains(key, "FLAGS") || key == "GOAUTH" {
					shown = "VALUE"
				}
				found = append(found, fault(warning, "goenv-value", "the value of %s holds blanks or quotation marks, which go takes literally", key).saw("%s", name).do("go env -w %s=%s", key, shown))
			}
		}
		keys = append(keys, key)
	}
	if found != nil {
		return found
	}
	return fine("%s sets %s", name, nonEmpty(strings.Join(keys, ", "), "nothing"))
}

// origin says where a setting of go's was made.
func (p *patient) origin(key string) string {
	if p.environ(key) != "" {
		return "the environment"
	}
	if name := p.goenvFile(); name != "" {
		data, _ := userfile.Read(name) // goenv tells
		for line := range strings.Lines("\n" + string(data)) {
			if value, is := strings.CutPrefix(line, key+"="); is && strings.TrimRight(value, "\r\n") != "" {
				return "go env -w (" + name + ")"
			}
		}
	}
	return "the default of this Go"
}

// goenvFile is the path of the file that go env -w writes.
func (p *patient) goenvFile() string { return goenv.New(p.Environ, "").UserFile() }
