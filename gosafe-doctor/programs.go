package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gosafe/gosafe-doctor/userfile"
	"gosafe/wrapper"
)

// A goCommand is a program named go, or gosafe.
type goCommand struct {
	path   string
	root   string // the GOROOT that it belongs to; empty for gosafe, a shim or a script
	gosafe bool
	kept   string // the toolchain's own go beside it, in whose place gosafe stands (install.sh --divert)
	source string // where it was found, if not on PATH: "GOSAFE_GO", "GOROOT", ...
	shim   string // the version manager's shim or script that led to it
}

// programs are the go commands of the patient.
type programs struct {
	onPath []goCommand // every go on PATH, in its order; a file that is there twice, once
	gosafe []goCommand // every gosafe on PATH, under either name; what lies in one directory, once
	stale  []string    // the GOROOTs in which a Go was installed over our go (install.sh --divert)
	real   goCommand   // the toolchain's own go that is run in the end; no path if there is none
	failed string      // what a shim before it said when it was asked where its go is
	loops  bool        // that shim did not come to an end
}

// findPrograms looks where gosafe looks (wrapper.Search), for each entry of
// PATH apart.
func (p *patient) findPrograms() programs {
	var all programs
	var diverted []goCommand
	seen := map[string]bool{}
	add := func(g goCommand) {
		dir := filepath.Dir(resolved(g.path)) // gosafe and gosafe-shim are one
		if !seen[dir] {
			all.gosafe = append(all.gosafe, g)
		}
		seen[dir] = true
	}
	for _, dir := range filepath.SplitList(p.environ("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		g, found := goIn(dir)
		if found && !seen[resolved(g.path)] {
			seen[resolved(g.path)] = true
			all.onPath = append(all.onPath, g)
		}
		switch file := filepath.Join(dir, "gosafe"+exeSuffix); {
		case g.kept != "": // a part of an installation, and not another one
			diverted = append(diverted, g)
		case isFile(filepath.Join(dir, wrapper.DivertedName)):
			all.stale = append(all.stale, filepath.Dir(dir))
		case g.gosafe:
			add(g)
		case isGosafe(file):
			add(goCommand{path: file, gosafe: true})
		}
	}
	if len(all.gosafe) == 0 {
		all.gosafe = diverted
	}
	for _, c := range p.candidates(&all) {
		if c.path != "" {
			all.real = c
			break
		}
	}
	return all
}

// candidates are the real go commands, the one that is run first.
func (p *patient) candidates(all *programs) (list []goCommand) {
	named := func(path, source string) {
		g, found := goIn(filepath.Dir(path))
		g = g.behindUs()
		if found && !g.gosafe && g.root != "" {
			g.source = source
			list = append(list, g)
		}
	}
	if override := p.environ("GOSAFE_GO"); len(all.gosafe) > 0 && filepath.IsAbs(override) {
		named(override, "GOSAFE_GO")
	}
	below := all.onPath
	for i, g := range all.onPath {
		if g.gosafe {
			below = all.onPath[i:] // gosafe looks below its own place
			break
		}
	}
	for _, g := range below {
		switch g = g.behindUs(); {
		case g.gosafe:
		case g.root != "":
			list = append(list, g)
		case len(list) == 0 && !all.loops:
			real, said := p.behind(g)
			if real.path == "" && all.failed == "" {
				all.failed, all.loops = g.path+": "+said, said == errEndless.Error()
			}
			list = append(list, real)
		}
	}
	if root := p.environ("GOROOT"); filepath.IsAbs(root) {
		named(filepath.Join(root, "bin", "go"), "GOROOT")
	}
	for _, g := range all.gosafe {
		if data, err := userfile.Read(filepath.Join(filepath.Dir(g.path), wrapper.RecordName)); err == nil {
			named(strings.TrimSpace(string(data)), wrapper.RecordName)
		}
	}
	named("/usr/local/go/bin/go", "the default place")
	return list
}

// behind asks a shim for the go that it leads to.
func (p *patient) behind(shim goCommand) (real goCommand, said string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // within any bound of a check (checks.go)
	defer cancel()
	out := p.command(ctx, p.Dir, goQuiet, shim.path, "env", "GOROOT")
	root := strings.TrimSpace(out.stdout)
	if errors.Is(out.err, errEndless) {
		return goCommand{}, errEndless.Error()
	}
	if out.err != nil || !filepath.IsAbs(root) {
		return goCommand{}, out.said()
	}
	g, found := goIn(filepath.Join(root, "bin"))
	if g = g.behindUs(); !found || g.root == "" {
		return goCommand{}, "it names the GOROOT " + root + ", in which there is no go"
	}
	g.shim = shim.path
	return g, ""
}

// goIn returns the go command of a directory.
func goIn(dir string) (goCommand, bool) {
	g, err := wrapper.Search{Path: dir, Default: filepath.Join(dir, "no", "such")}.Find()
	if err != nil || g.Source != "PATH" {
		return goCommand{}, false
	}
	switch {
	case filepath.Base(g.Path) == wrapper.DivertedName:
		return goCommand{path: filepath.Join(filepath.Dir(g.Path), "go"+exeSuffix), root: g.Root, gosafe: true, kept: g.Path}, true
	case isGosafe(g.Path):
		return goCommand{path: g.Path, gosafe: true}, true
	}
	return goCommand{path: g.Path, root: g.Root}, true
}

// behindUs returns the go command in whose place gosafe stands, or g itself.
func (g goCommand) behindUs() goCommand {
	if g.kept == "" {
		return g
	}
	return goCommand{path: g.kept, root: g.root}
}

// isGosafe reports whether a program is gosafe or gosafe-shim, under any name.
func isGosafe(path string) bool {
	built := packageOf(path)
	return built == "gosafe" || built == "gosafe/gosafe-shim"
}

// packageOf returns the package that a program was built from, which it says; or
// the empty string.
func packageOf(path string) string {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() {
		return ""
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return ""
	}
	return info.Path
}

// resolved is the path without symbolic links, as far as that can be told.
func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}

// parseGoEnv reads what go env -json prints; nil if that is nothing.
func parseGoEnv(text string) map[string]string {
	var env map[string]string
	if json.Unmarshal([]byte(text), &env) != nil {
		return nil
	}
	return env
}
