package faultproxy

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/module"
)

// Graph returns n modules, demo.test/m00 and on, that depend on each other:
// each imports the packages of those at twice its number plus one and plus
// two. So all are needed by a program that imports the first, in about log n
// steps. Every tenth has a capital letter in its path, which is escaped in
// URLs. Each zip is some 5 kB long.
func Graph(n int) []Module {
	width := len(fmt.Sprint(max(n-1, 10)))
	path := func(i int) string {
		if i%10 == 9 {
			return fmt.Sprintf("demo.test/M%0*d", width, i)
		}
		return fmt.Sprintf("demo.test/m%0*d", width, i)
	}
	version := func(i int) string { return fmt.Sprintf("v1.%d.%d", i%7, i%3) }
	mods := make([]Module, n)
	for i := range mods {
		m := &mods[i]
		m.Path, m.Version = path(i), version(i)
		var imports, sum strings.Builder
		for _, dep := range []int{2*i + 1, 2*i + 2} {
			if dep >= n {
				continue
			}
			m.Require = append(m.Require, module.Version{Path: path(dep), Version: version(dep)})
			fmt.Fprintf(&imports, "import m%d %q\n", dep, path(dep))
			fmt.Fprintf(&sum, " + m%d.Count()", dep)
		}
		m.Files = map[string]string{
			"m.go": fmt.Sprintf("// Package m is made up.\npackage m\n\n%s\n"+
				"// Count returns the number of modules below this one, itself included.\n"+
				"func Count() int { return 1%s }\n", imports.String(), sum.String()),
			"LICENSE":  "Anyone may do anything with this.\n",
			"data.txt": noise(m.Path, 8<<10),
		}
	}
	return mods
}

// noise returns n characters that do not compress well, always the same ones
// for a name: a zip of them has a length worth breaking off.
func noise(name string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%x\n", sha256.Sum256(fmt.Appendf(nil, "%s %d", name, i)))
	}
	return b.String()[:n]
}

// Program returns the files of a main module that requires mods and imports
// the first of them: go.mod, a complete go.sum, and main.go, which prints the
// first's Count. It is meant for what Graph returns.
func Program(mods []Module) (map[string]string, error) {
	var require, sums strings.Builder
	for i, m := range mods {
		mark := " // indirect"
		if i == 0 {
			mark = ""
		}
		fmt.Fprintf(&require, "\t%s %s%s\n", m.Path, m.Version, mark)
		lines, err := m.Sums()
		if err != nil {
			return nil, err
		}
		sums.WriteString(lines)
	}
	files := map[string]string{
		"go.mod": "module program.test\n\ngo 1.18\n\nrequire (\n" + require.String() + ")\n",
		"go.sum": sums.String(),
	}
	if len(mods) > 0 {
		files["main.go"] = fmt.Sprintf("package main\n\nimport (\n\t\"fmt\"\n\n\tfirst %q\n)\n\n"+
			"func main() { fmt.Println(first.Count()) }\n", mods[0].Path)
	}
	return files, nil
}
