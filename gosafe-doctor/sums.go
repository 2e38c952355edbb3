package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gosafe/gosafe-doctor/userfile"
)

func checkReplace(_ context.Context, p *patient) []finding {
	m := p.module()
	var found []finding
	n := 0
	missing := func(file, line, target string) {
		n++
		dir := below(filepath.Dir(file), target)
		if fi, err := os.Stat(dir); err != nil || !fi.IsDir() {
			found = append(found, fault(broken, "replace-missing", "%s: the directory that %s names does not exist", file, line).saw("%s", dir).do("create it, or take the line out of %s", file))
		} else if !isFile(filepath.Join(dir, "go.mod")) {
			found = append(found, fault(broken, "replace-missing", "%s: the directory that %s names holds no go.mod", file, line).saw("%s", dir).do("cd %s && go mod init", shellQuote(dir)))
		}
	}
	for _, f := range m.parsed {
		for _, r := range f.file.Replace {
			if r.New.Version == "" {
				missing(f.path, fmt.Sprintf("replace %s => %s", r.Old.Path, r.New.Path), r.New.Path)
			}
		}
	}
	if m.workFile != nil {
		for _, use := range m.workFile.Use {
			missing(m.work, "use "+use.Path, use.Path)
		}
		for _, r := range m.workFile.Replace {
			if r.New.Version == "" {
				missing(m.work, fmt.Sprintf("replace %s => %s", r.Old.Path, r.New.Path), r.New.Path)
			}
		}
	}
	if found != nil {
		return found
	}
	if n == 0 {
		return nil
	}
	return fine("%s of replace and use lines there", were(uint64(n), "directory is", "directories are"))
}

func checkSums(_ context.Context, p *patient) []finding {
	m := p.module()
	mods := m.remote()
	if m.mod == "" || len(mods) == 0 {
		return nil
	}
	there := slices.ContainsFunc(m.sums, isFile)
	for _, file := range m.sums {
		data, err := userfile.Read(file)
		if err == nil && conflicted(data) {
			return []finding{fault(broken, "merge-conflict", "%s holds an unfinished merge", file).do("keep the lines of both sides, then: go mod tidy")}
		}
		if err != nil && !os.IsNotExist(err) {
			return []finding{fault(broken, "gosum-unreadable", "%s cannot be read", file).saw("%s", bare(err)).do("ls -l %s", shellQuote(file))}
		}
	}
	sums := m.readSums()
	var lack []string
	for _, v := range mods {
		if len(sums[module.Version{Path: v.Path, Version: v.Version + "/go.mod"}]) == 0 {
			lack = append(lack, v.String())
		}
	}
	if isFile(filepath.Join(m.dir, "vendor", "modules.txt")) {
		return fine("packages come from the vendor directory")
	}
	switch {
	case !there:
		return []finding{fault(broken, "gosum-missing", "there is no go.sum, and go.mod requires %s", were(uint64(len(mods)), "module", "modules")).saw("%s: no such file", strings.TrimSuffix(m.mod, ".mod")+".sum").do("go mod tidy\nand commit go.sum")}
	case lack != nil:
		f := fault(broken, "gosum-incomplete", "go.sum lacks %d of the %s that go.mod requires", len(lack), were(uint64(len(mods)), "module", "modules"))
		for _, v := range lack[:min(3, len(lack))] {
			f = f.saw("%s", v)
		}
		return []finding{f.do("go mod tidy")}
	}
	return fine("go.sum lacks nothing that go.mod requires (%s)", were(uint64(len(mods)), "module", "modules"))
}
