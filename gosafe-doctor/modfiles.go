package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"gosafe/gosafe-doctor/userfile"
	"gosafe/internal/goenv"
	"gosafe/retry"
)

// moduleFiles are go.mod, go.work and what stands beside them. All is empty
// outside of modules.
type moduleFiles struct {
	mod, work string // paths of the files
	main      string // path of the module that the directory is in
	dir       string // of go.mod
	parsed    []parsedMod
	workFile  *modfile.WorkFile
	errs      []error // why a file cannot be used
	special   bool    // the file that go reads first is a pipe, or too large

	requires []requirement
	sums     []string // the go.sum and go.work.sum files
}

type parsedMod struct {
	path string
	file *modfile.File
}

// A requirement is a module version that go.mod asks for, and what it is
// replaced by.
type requirement struct {
	asked    module.Version
	used     module.Version // that comes from a proxy or a repository; no path if a directory stands in
	indirect bool
}

// readModules reads the module files that a go command in the directory uses.
func (p *patient) readModules() moduleFiles {
	mod, work := goenv.New(p.asGo(), "").MainModule(p.Dir)
	m := moduleFiles{mod: mod, work: work}
	for _, file := range []string{mod, work} {
		if err := userfile.Check(file); err != nil && !os.IsNotExist(err) {
			m.special = true
		}
	}
	if mod != "" {
		m.dir = filepath.Dir(mod)
	}
	mods := []string{mod}
	var above []*modfile.Replace
	if work != "" {
		mods = m.readWork(work)
		if m.workFile != nil {
			above = m.workFile.Replace
		}
	}
	for _, file := range mods {
		if file == "" {
			continue
		}
		data, err := userfile.Read(file)
		if err != nil {
			if file == mod {
				m.errs = append(m.errs, err)
			}
			continue // a use line that leads nowhere: module/replace tells
		}
		f, err := modfile.Parse(file, data, nil)
		if err != nil {
			m.errs = append(m.errs, err)
			continue
		}
		m.add(file, f, above)
	}
	return m
}

// readWork reads go.work and returns the go.mod files that it names.
func (m *moduleFiles) readWork(work string) (mods []string) {
	data, err := userfile.Read(work)
	if err != nil {
		m.errs = append(m.errs, err)
		return []string{m.mod}
	}
	f, err := modfile.ParseWork(work, data, nil)
	if err != nil {
		m.errs = append(m.errs, err)
		return []string{m.mod}
	}
	m.workFile = f
	m.sums = append(m.sums, work+".sum")
	for _, use := range f.Use {
		mods = append(mods, filepath.Join(below(filepath.Dir(work), use.Path), "go.mod"))
	}
	return mods
}

// add adds what one go.mod asks for, with its replacements and those of
// go.work, which go before.
func (m *moduleFiles) add(file string, f *modfile.File, above []*modfile.Replace) {
	m.parsed = append(m.parsed, parsedMod{file, f})
	m.sums = append(m.sums, strings.TrimSuffix(file, ".mod")+".sum")
	if file == m.mod && f.Module != nil {
		m.main = f.Module.Mod.Path
	}
	replaces := append(above[:len(above):len(above)], f.Replace...)
	for _, r := range f.Require {
		req := requirement{asked: r.Mod, used: r.Mod, indirect: r.Indirect}
		for _, by := range replaces {
			if by.Old.Path == r.Mod.Path && (by.Old.Version == "" || by.Old.Version == r.Mod.Version) {
				req.used = by.New
				break
			}
		}
		if req.used.Version == "" {
			req.used = module.Version{} // a directory
		}
		m.requires = append(m.requires, req)
	}
}

// remote are the module versions that come from elsewhere, once each.
func (m moduleFiles) remote() (list []module.Version) {
	seen := map[module.Version]bool{}
	for _, r := range m.requires {
		if r.used.Path != "" && !seen[r.used] {
			seen[r.used] = true
			list = append(list, r.used)
		}
	}
	return list
}

// goVersion is the greatest that a go line asks for, with its file. go.work
// counts before go.mod (cmd/go/internal/toolchain, Select).
func (m moduleFiles) goVersion() (v, file string) {
	if m.workFile != nil {
		if m.workFile.Go != nil {
			return m.workFile.Go.Version, m.work
		}
		return "", m.work
	}
	for _, f := range m.parsed {
		if f.file.Go != nil {
			return f.file.Go.Version, f.path
		}
	}
	return "", m.mod
}

// below resolves a path that a module file in dir holds.
func below(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func checkModfile(_ context.Context, p *patient) []finding {
	m := p.module()
	var found []finding
	for _, err := range m.errs {
		text := err.Error()
		f := fault(broken, "modfile-invalid", "a module file cannot be used: %s", firstLine(text)).do("correct that line; go help mod edit, or https://go.dev/ref/mod#go-mod-file, says what may stand there")
		var unread *fs.PathError
		if errors.As(err, &unread) {
			f = f.do("ls -l %s", shellQuote(unread.Path))
		}
		if data, rerr := userfile.Read(m.mod); rerr == nil && conflicted(data) {
			f = fault(broken, "merge-conflict", "%s holds an unfinished merge", m.mod).saw("%s", firstLine(text)).do("edit it, then: go mod tidy")
		}
		found = append(found, f)
	}
	if p.Dir == "" {
		return []finding{fault(broken, "no-directory", "the current directory has been deleted").do("cd to a directory that exists")}
	}
	gowork := p.get("GOWORK")
	if gowork != "" && gowork != "off" && gowork != "auto" && !isFile(gowork) {
		return []finding{fault(broken, "gowork-missing", "GOWORK names a file that does not exist").saw("GOWORK=%s", gowork).do("%s", p.unset("GOWORK"))}
	}
	if m.work != "" && m.mod != "" && m.workFile != nil && !m.uses(m.mod) {
		found = append(found, fault(warning, "not-in-workspace", "%s covers this directory and does not use its module: go commands here fail", m.work).
			do("go work use %s\nor, without the workspace: export GOWORK=off", shellQuote(m.dir)))
	}
	if found != nil {
		return found
	}
	if m.mod == "" && m.work == "" {
		if p.get("GO111MODULE") == "off" {
			return nil // settings/goflags tells
		}
		return []finding{fault(note, "no-module", "there is no go.mod here: what concerns a module is not checked").saw("looked in %s and above", p.Dir)}
	}
	what := fmt.Sprintf("%s: %s required", filepath.Base(nonEmpty(m.mod, m.work)), were(uint64(len(m.requires)), "module", "modules"))
	if m.work != "" {
		what += fmt.Sprintf(", in the workspace %s", m.work)
	}
	return fine("%s", what)
}

// readSums reads the go.sum and go.work.sum files, as far as they are files.
func (m moduleFiles) readSums() retry.Sums {
	return retry.ReadSums(slices.DeleteFunc(slices.Clone(m.sums), func(file string) bool { return userfile.Check(file) != nil })...)
}

// uses reports whether go.work has a use line for the directory of a go.mod.
func (m moduleFiles) uses(mod string) bool {
	for _, use := range m.workFile.Use {
		if resolved(below(filepath.Dir(m.work), use.Path)) == resolved(filepath.Dir(mod)) {
			return true
		}
	}
	return false
}

// conflicted reports whether git has left the marks of a merge in a file.
func conflicted(data []byte) bool {
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") {
			return true
		}
	}
	return false
}
