package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gosafe/gosafe-doctor/userfile"
)

func checkFirst(ctx context.Context, p *patient) []finding {
	all := p.found()
	if len(all.gosafe) == 0 && isGosafe(filepath.Join(p.Self, "gosafe"+exeSuffix)) {
		return []finding{fault(warning, "shim-absent", "gosafe is installed, but its directory is not on PATH: go commands are run without it").
			saw("%s", filepath.Join(p.Self, "gosafe"+exeSuffix)).do("%s", exportPath(p.Self))}
	}
	if len(all.gosafe) == 0 {
		return []finding{fault(note, "shim-absent", "gosafe is not on PATH: go commands are run without it").do("./install.sh in a checkout of gosafe")}
	}
	if strings.EqualFold(p.environ("GOSAFE"), "off") {
		return []finding{fault(note, "shim-off", "gosafe is switched off (GOSAFE=off)").do("unset GOSAFE")}
	}
	ours := all.gosafe[0]
	if len(all.onPath) > 0 && all.onPath[0].gosafe {
		return fine("go is gosafe: %s", all.onPath[0].path)
	}
	dir := filepath.Dir(ours.path)
	if _, err := os.Lstat(filepath.Join(dir, "go"+exeSuffix)); err != nil {
		return []finding{fault(note, "shim-alias", "gosafe is on PATH, but not under the name go: scripts and Makefiles run without it").saw("%s", ours.path)}
	}
	if len(all.onPath) == 0 {
		return []finding{fault(warning, "shim-shadowed", "there is no go on PATH, though there is a gosafe").saw("%s", ours.path).do("install.sh makes the link named go")}
	}
	return []finding{fault(warning, "shim-shadowed", "another go stands before gosafe on PATH, so gosafe is not used").
		saw("first: %s", all.onPath[0].path).saw("gosafe: %s", ours.path).do("%s", exportPath(dir))}
}

func checkSingle(ctx context.Context, p *patient) []finding {
	all := p.found()
	if len(all.gosafe) == 0 {
		return nil
	}
	if len(all.gosafe) > 1 {
		f := fault(warning, "shim-doubled", "there are %d different gosafe on PATH", len(all.gosafe))
		for _, g := range all.gosafe {
			f = f.saw("%s", g.path)
		}
		return []finding{f.do("keep one: install.sh --bin %s --uninstall", shellQuote(filepath.Dir(all.gosafe[len(all.gosafe)-1].path)))}
	}
	if len(all.stale) > 0 {
		return []finding{fault(warning, "shim-overwritten", "another Go was installed over the one that gosafe stood before: what go starts itself is not covered").
			saw("%s", all.stale[0]).do("install.sh --bin %s --divert --goroot %s", shellQuote(filepath.Dir(all.gosafe[0].path)), shellQuote(all.stale[0]))}
	}
	shim := resolved(all.gosafe[0].path)
	ours := filepath.Join(filepath.Dir(shim), "gosafe"+exeSuffix)
	switch whole := packageOf(ours) == "gosafe"; {
	case !whole && packageOf(shim) == "gosafe/gosafe-shim":
		return []finding{fault(broken, "shim-incomplete", "gosafe-shim has no gosafe beside it: nothing that fails is tried again").
			saw("%s", shim).saw("missing: %s", ours).do("./install.sh in a checkout of gosafe")}
	case !whole:
		return fine("one gosafe on PATH: %s", all.gosafe[0].path) // installed under the name go alone
	}
	out := p.command(ctx, p.Dir, nil, ours, "about")
	var found []finding
	for _, line := range out.lines() {
		if w, is := strings.CutPrefix(line, "warning: "); is {
			found = append(found, fault(warning, "shim-setting", "a setting of gosafe's is not understood: %s", w).do("gosafe about lists the settings"))
		}
	}
	if found != nil {
		return found
	}
	if out.err != nil && p.found().real.path != "" {
		return []finding{fault(broken, "shim-does-not-run", "gosafe does not run").saw("%s about: %s", ours, out.said()).do("./install.sh in a checkout of gosafe")}
	}
	return fine("one gosafe on PATH: %s", all.gosafe[0].path)
}

// checkLoop runs the go on PATH for its version, when it is no toolchain's:
// shims that call each other never answer.
func checkLoop(ctx context.Context, p *patient) []finding {
	all := p.found()
	if len(all.onPath) == 0 {
		return nil
	}
	first := all.onPath[0]
	switch {
	case first.kept != "":
		return fine("go on PATH is gosafe, in the place of %s", first.kept)
	case first.root != "":
		return fine("go on PATH is a toolchain's own: %s", first.path)
	}
	out := p.command(ctx, p.Dir, []string{"GOTOOLCHAIN=local", "GOFLAGS="}, first.path, "version")
	switch {
	case errors.Is(out.err, errEndless):
		f := fault(broken, "shim-loop", "the go on PATH does not come to an end: shims that call each other")
		for _, g := range all.onPath {
			f = f.saw("%s", g.path)
		}
		return []finding{f.do("%s", exportPath(nonEmpty(filepath.Dir(all.real.path), "the directory of the real go")))}
	case out.err != nil && all.real.path != "" && all.failed == "":
		return []finding{fault(broken, "shim-fails", "the go on PATH leads to no Go").saw("%s version: %s", first.path, out.said()).
			do("%s", exportPath(filepath.Dir(all.real.path)))}
	case out.err != nil:
		return nil // toolchain/go has told
	case len(out.lines()) == 0:
		return []finding{fault(broken, "shim-fails", "the go on PATH says nothing when it is asked for its version").saw("%s version: %s", first.path, out.said()).
			do("%s", exportPath(nonEmpty(filepath.Dir(all.real.path), "the directory of the real go")))}
	}
	lines := out.lines()
	return fine("go on PATH ends in %s", strings.TrimPrefix(lines[len(lines)-1], "go version "))
}

// checkOthers looks at what programs find that do not have the shell's PATH.
func checkOthers(ctx context.Context, p *patient) []finding {
	all := p.found()
	if len(all.gosafe) == 0 || len(all.onPath) == 0 || !all.onPath[0].gosafe {
		return nil // without gosafe nothing is lost by another go
	}
	var found []finding
	if path := p.securePath(); path != "" {
		what, l := "no go at all", note
		for _, dir := range filepath.SplitList(path) {
			if g, has := goIn(dir); has {
				if g.gosafe {
					what = ""
				} else {
					what = g.path + ", without gosafe"
				}
				break
			}
		}
		if what != "" {
			found = append(found, fault(l, "sudo-path", "sudo go runs %s", what).saw("secure_path of %s: %s", filepath.Join(p.Etc, "sudoers"), path).
				do("sudo env PATH=\"$PATH\" go … runs the go of your shell; better not to run go as root at all"))
		}
	}
	dir := filepath.Dir(all.onPath[0].path)
	if file := p.mentionedIn(dir); file == "" && p.home() != "" && all.onPath[0].kept == "" {
		found = append(found, fault(note, "login-path", "no login file puts %s on PATH: programs started from the desktop do not run gosafe", dir).
			do("put %s into ~/.profile", exportPath(dir)))
	}
	for _, file := range []string{".config/Code/User/settings.json", "Library/Application Support/Code/User/settings.json", ".vscode-server/data/Machine/settings.json"} {
		name := filepath.Join(p.home(), filepath.FromSlash(file))
		data, err := userfile.Read(name)
		if err != nil {
			continue
		}
		for _, key := range []string{`"go.alternateTools"`, `"go.goroot"`} {
			if strings.Contains(string(data), key) {
				found = append(found, fault(note, "editor-path", "the editor is told which go to run, whatever PATH says").saw("%s in %s", key, name))
			}
		}
	}
	if found == nil {
		return fine("a login finds gosafe, too")
	}
	return found
}

// securePath is the PATH that sudo gives to what it runs; empty if it leaves
// PATH alone, or it may not be read.
func (p *patient) securePath() string {
	data, err := userfile.Read(filepath.Join(p.Etc, "sudoers"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "Defaults") {
			continue
		}
		if _, v, has := strings.Cut(line, "secure_path"); has {
			return strings.Trim(strings.TrimLeft(v, " \t="), `"`)
		}
	}
	return ""
}

// mentionedIn returns the file that a login reads and that names dir.
func (p *patient) mentionedIn(dir string) string {
	files := []string{filepath.Join(p.Etc, "environment"), filepath.Join(p.Etc, "profile")}
	more, _ := filepath.Glob(filepath.Join(p.Etc, "profile.d", "*.sh"))
	files = append(files, more...)
	for _, name := range []string{".profile", ".bash_profile", ".zprofile", ".zshenv", ".config/fish/config.fish", ".config/environment.d/gosafe.conf"} {
		files = append(files, filepath.Join(p.home(), filepath.FromSlash(name)))
	}
	short := dir
	if rel, err := filepath.Rel(p.home(), dir); err == nil && filepath.IsLocal(rel) {
		short = rel // $HOME/.gosafe/bin, ~/.gosafe/bin
	}
	for _, file := range files {
		if data, err := userfile.Read(file); err == nil && strings.Contains(string(data), short) {
			return file
		}
	}
	return ""
}
