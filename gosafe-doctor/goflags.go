package main

import (
	"context"
	"path/filepath"
	"strings"
)

func checkGoflags(ctx context.Context, p *patient) []finding {
	var found []finding
	flags := p.get("GOFLAGS")
	if real := p.found().real.path; flags != "" && real != "" {
		out := p.command(ctx, "", []string{"GOTOOLCHAIN=local", "GOFLAGS=" + flags, "GOSAFE=off"}, real, "version")
		if _, why, bad := strings.Cut(out.stderr, "parsing $GOFLAGS: "); bad {
			return []finding{fault(broken, "goflags-invalid", "every go command fails, since it cannot read GOFLAGS: %s", shownFlagError(firstLine(why))).saw("GOFLAGS=%s", shownFlags(flags)).do("%s", p.unset("GOFLAGS"))}
		}
	}
	m := p.module()
	for _, f := range strings.Fields(flags) {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch {
		case name == "n":
			found = append(found, fault(warning, "goflags-n", "GOFLAGS holds -n: go commands print what they would do, and do nothing").saw("GOFLAGS=%s", shownFlags(flags)).do("%s", p.unset("GOFLAGS")))
		case name == "mod" && value == "vendor" && m.mod != "" && !isFile(filepath.Join(filepath.Dir(nonEmpty(m.work, m.mod)), "vendor", "modules.txt")):
			found = append(found, fault(broken, "goflags-vendor", "GOFLAGS asks for the vendor directory, and there is none").saw("GOFLAGS=%s", shownFlags(flags)).do("go mod vendor\nor: %s", p.unset("GOFLAGS")))
		case (name == "modfile" || name == "overlay") && value != "" && !isFile(below(p.Dir, value)):
			found = append(found, fault(broken, "goflags-file", "GOFLAGS names a file that does not exist: %s", value).saw("GOFLAGS=%s", shownFlags(flags)).do("%s", p.unset("GOFLAGS")))
		}
	}
	if p.get("GO111MODULE") == "off" {
		found = append(found, fault(warning, "modules-off", "GO111MODULE=off: go.mod files are ignored, and nothing is fetched by module").saw("GO111MODULE=off").do("%s", p.unset("GO111MODULE")))
	}
	if env := p.goEnv(); env != nil {
		for _, pair := range [][2]string{{"GOOS", "GOHOSTOS"}, {"GOARCH", "GOHOSTARCH"}} {
			if v := p.get(pair[0]); v != "" && v != env[pair[1]] {
				found = append(found, fault(warning, "cross-compiling", "%s=%s is set: what is built does not run on this machine (%s), tests neither", pair[0], v, env[pair[1]]).do("%s", p.unset(pair[0])))
			}
		}
	}
	if found != nil {
		return found
	}
	if flags == "" {
		return fine("GOFLAGS is empty")
	}
	return fine("GOFLAGS: %s", shownFlags(flags))
}
