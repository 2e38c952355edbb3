package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An injury is a kind of damage that the real go does not get over, what mends
// it, and what else has to go with it.
type injury struct {
	name    string
	damage  func(*patient)
	command string   // go's arguments; "build -o x ." if empty
	says    string   // a regular expression for what gosafe says
	also    []string // sound files that have to go, as patterns
	unseen  bool     // some versions of go do not notice
}

const (
	leafFiles = "mod/cache/download/demo.test/m01/@v/v1.1.1"
	leafTree  = "mod/demo.test/m01@v1.1.1"
)

// both damages a file and removes the extracted tree, so that the file is needed.
func noTree(file string, change func([]byte) []byte) func(*patient) {
	return func(p *patient) {
		p.change(file, change)
		p.remove(leafTree)
	}
}

func changing(file string, change func([]byte) []byte) func(*patient) {
	return func(p *patient) { p.change(file, change) }
}

// injuries are the kinds of damage to the module cache that a deletion heals.
var injuries = []injury{
	{name: "tree emptied", damage: func(p *patient) { p.remove(leafTree + "/*") }, says: `replaced m01@v1.1.1 of demo.test/m01@v1.1.1`},
	{name: "go file deleted", damage: func(p *patient) { p.remove(leafTree + "/m.go") }, says: `replaced m01@v1.1.1`},
	{name: "go file empty", damage: changing(leafTree+"/m.go", emptied), says: `replaced m01@v1.1.1`},
	{name: "go file NULs", damage: changing(leafTree+"/m.go", zeroed), says: `replaced m01@v1.1.1`},
	{name: "go file cut in a word", damage: changing(leafTree+"/m.go", func(b []byte) []byte {
		return b[:strings.Index(string(b), "int {")+2] // no syntax error, but "undefined: in"
	}), says: `replaced m01@v1.1.1`},
	{name: "lock a directory", damage: func(p *patient) {
		p.remove(leafTree)
		p.remove(leafFiles + ".lock")
		if err := os.Mkdir(p.path(leafFiles+".lock"), 0o777); err != nil {
			p.t.Fatal(err)
		}
	}, says: `deleted v1.1.1.lock`},

	{name: "mod empty", damage: changing(leafFiles+".mod", emptied), says: `deleted v1.1.1.mod`},
	{name: "mod cut", damage: changing(leafFiles+".mod", halved), says: `deleted v1.1.1.mod`},
	{name: "mod cut, go mod download", damage: changing(leafFiles+".mod", halved), command: "mod download", says: `deleted v1.1.1.mod`},

	{name: "zip empty", damage: noTree(leafFiles+".zip", emptied), says: `deleted v1.1.1.zip`},
	{name: "zip cut", damage: noTree(leafFiles+".zip", halved), says: `deleted v1.1.1.zip`},
	{name: "zip cut, go mod download", damage: noTree(leafFiles+".zip", halved), command: "mod download", says: `deleted v1.1.1.zip`},
	{name: "zip flipped", damage: noTree(leafFiles+".zip", flipped), says: `deleted v1.1.1.zip`},
	{name: "zip a directory", damage: func(p *patient) {
		p.remove(leafTree)
		p.remove(leafFiles + ".zip")
		if err := os.Mkdir(p.path(leafFiles+".zip"), 0o777); err != nil {
			p.t.Fatal(err)
		}
	}, says: `deleted v1.1.1.zip`},
	{name: "zip of another module", damage: func(p *patient) {
		data, err := os.ReadFile(p.path("mod/cache/download/demo.test/m02/@v/v1.2.2.zip"))
		if err != nil {
			p.t.Fatal(err)
		}
		noTree(leafFiles+".zip", becomes(string(data)))(p)
	}, says: `deleted v1.1.1.zip`},
	{name: "zip cut, ziphash deleted", damage: func(p *patient) {
		noTree(leafFiles+".zip", halved)(p)
		p.remove(leafFiles + ".ziphash")
	}, says: `deleted v1.1.1.zip`},

	{name: "ziphash wrong", damage: changing(leafFiles+".ziphash", becomes(wrongHash)), says: `replaced v1.1.1.ziphash`},
	{name: "ziphash wrong, no tree", damage: noTree(leafFiles+".ziphash", becomes(wrongHash)), says: `replaced v1.1.1.ziphash`},
	{name: "ziphash NULs, no zip", damage: func(p *patient) {
		p.change(leafFiles+".ziphash", zeroed)
		p.remove(leafFiles + ".zip")
	}, says: `v1.1.1.ziphash`},
}

const wrongHash = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

func TestMendModules(t *testing.T) {
	t.Parallel()
	for _, in := range injuries {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			switch {
			case strings.Contains(in.says, "m01@v1.1.1"): // what go has made of the damaged files
				in.also = []string{"builds/*/*-a"}
			case strings.Contains(in.says, "zip"): // go writes it anew with the zip
				in.also = []string{leafFiles + ".ziphash"}
			}
			newPatient(t).heal(&in)
		})
	}
}

// heal damages, shows that the real go fails of it, and more than once, then
// runs the command through gosafe, which has to succeed, and looks what that
// has touched.
func (p *patient) heal(in *injury) {
	t := p.t
	t.Helper()
	p.injure(in.damage)
	command := strings.Fields(in.command)
	if len(command) == 0 {
		command = []string{"build", "-o", "x", "."}
	}
	for range 2 {
		if out, err := p.run(filepath.Join(realGo().goroot, "bin", "go"), command...); err == nil {
			if in.unseen {
				t.Skip("this go does not notice")
			}
			t.Fatalf("the real go gets over it by itself:\n%s", out)
		}
	}
	p.settle()
	out, err := p.run("go", command...)
	if err != nil || !regexp.MustCompile(in.says).MatchString(out) {
		t.Fatalf("%v, want a line that says %q\n%s", err, in.says, out)
	}
	t.Log(out)
	touched := p.touched()
	if len(touched) > 1 && len(in.also) == 1 {
		t.Errorf("%d sound files were touched: %v", len(touched), touched)
	}
	for _, name := range touched {
		if !slices.ContainsFunc(in.also, func(pattern string) bool { ok, _ := filepath.Match(pattern, name); return ok }) {
			t.Errorf("%s was sound, and was touched\n%s", name, out)
		}
	}
	if out, err := p.run("go", "build", "-o", "x", "."); err != nil || out != "" {
		t.Errorf("the next build: %v\n%s", err, out)
	}
	p.must("mod", "verify")
}

// TestMendNothing: where nothing is damaged, go's words stand, at once.
func TestMendNothing(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.change("app/main.go", becomes("package main\n\nimport _ \"fmtt\"\n\nfunc main() {}\n"))
	out, err := p.run("go", "build", "-o", "x", ".")
	if err == nil || strings.Contains(out, "gosafe") {
		t.Errorf("%v\n%s", err, out)
	}
}
