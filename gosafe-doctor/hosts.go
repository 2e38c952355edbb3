package main

import (
	"context"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// knownHosts are hosts that many modules come from: a name that almost is one
// of them is a slip.
var knownHosts = []string{"github.com", "gitlab.com", "bitbucket.org", "golang.org", "google.golang.org", "gopkg.in", "proxy.golang.org", "sum.golang.org", "codeberg.org"}

// knownSlips are those that are further off than a letter or two, or that are
// names of their own.
var knownSlips = map[string]string{
	"github.io": "github.com", "github.org": "github.com", "www.github.com": "github.com", "git.github.com": "github.com",
	"golang.com": "golang.org", "bitbucket.com": "bitbucket.org", "gopkg.io": "gopkg.in", "proxy.golang.com": "proxy.golang.org", "goproxy.golang.org": "proxy.golang.org",
}

// hostTypo returns the host that is probably meant; empty if h is none of the
// known slips.
func hostTypo(h string) string {
	lower := strings.ToLower(h)
	if fixed := knownSlips[lower]; fixed != "" {
		return fixed
	}
	for _, known := range knownHosts {
		if lower == known {
			if h != known {
				return known // GitHub.com
			}
			return ""
		}
	}
	for _, known := range knownHosts {
		limit := 1
		if len(known) > 11 { // of shorter names too many have neighbours: golang.org and erlang.org
			limit = 2
		}
		if len(known) > 8 && distance(lower, known) <= limit && strings.Count(lower, ".") == strings.Count(known, ".") {
			return known
		}
	}
	return ""
}

// distance is the number of letters to insert, delete, replace or swap.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

// renamed are paths that changed their spelling, and are still required by the
// old one.
var renamed = map[string]string{"github.com/Sirupsen/logrus": "github.com/sirupsen/logrus", "github.com/golang/lint": "golang.org/x/lint", "github.com/uber-go/zap": "go.uber.org/zap"}

func checkHosts(ctx context.Context, p *patient) []finding {
	m := p.module()
	if m.mod == "" {
		return nil
	}
	places := map[string]string{} // by path: where it stands
	note := func(path, place string) {
		if places[path] == "" {
			places[path] = place
		}
	}
	note(m.main, m.mod)
	for _, r := range m.requires {
		note(r.used.Path, m.mod)
	}
	imports(ctx, m.dir, note)
	var found []finding
	told := map[string]bool{}
	for _, path := range sortedKeys(places) {
		h := firstElement(path)
		if fixed := hostTypo(h); fixed != "" && strings.Contains(path, "/") && !told[h] {
			told[h] = true
			found = append(found, fault(broken, "host-typo", "%s: the host is written %s; %s is probably meant", path, h, fixed).saw("%s", places[path]).
				do("write %s in %s", fixed+strings.TrimPrefix(path, h), places[path]))
		}
		for old, now := range renamed {
			if path == old || strings.HasPrefix(path, old+"/") {
				found = append(found, fault(warning, "module-renamed", "%s is called %s now", old, now).saw("%s", places[path]).do("import %s, then: go mod tidy", now))
			}
		}
	}
	if found != nil {
		return found
	}
	return fine("no host name looks misspelled")
}

// maxImports bounds how many files are read for their imports.
const maxImports = 2000

// imports notes the import paths of the module's own files.
func imports(ctx context.Context, dir string, note func(path, place string)) {
	files := 0
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil || files > maxImports:
			return fs.SkipAll
		case err != nil:
			return nil
		case d.IsDir() && name != dir:
			if base := d.Name(); base == "vendor" || base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || isFile(filepath.Join(name, "go.mod")) {
				return fs.SkipDir
			}
		case filepath.Ext(name) == ".go" && d.Type().IsRegular():
			files++
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return nil
			}
			for _, i := range f.Imports {
				if path, err := strconv.Unquote(i.Path.Value); err == nil {
					note(path, name)
				}
			}
		}
		return nil
	})
}
