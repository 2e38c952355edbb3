package main

import (
	"regexp"
	"strings"
	"testing"

	"gosafe/internal/faultproxy"
)

// TestMendAgain: what does not match after it was mended is final, and told as
// what it is: the source has something else, and nothing that it sends is kept.
func TestMendAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		suffix string // of the file that is damaged
		damage func(*patient)
		fault  string // what the proxy does to that file from now on; "": it has another one
		says   string
		asked  int // how often the proxy was asked for it; 0: until patience ends
	}{
		{"zip with other content", ".zip", noTree(leafFiles+".zip", halved), "", "(?s)deleted v1.1.1.zip.*SECURITY ERROR.*hint", 1},
		{"go.mod with a bit flipped", ".mod", changing(leafFiles+".mod", halved), "flip", "(?s)deleted v1.1.1.mod.*SECURITY ERROR.*hint", 1},
		{"zip that is none", ".zip", noTree(leafFiles+".zip", halved), "flip:0.9", "(?s)deleted v1.1.1.zip.*zip: .*gave up", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.injure(tt.damage)
			graph := faultproxy.Graph(3)
			conf := faultproxy.Config{Modules: graph, OneShot: true}
			if tt.fault == "" {
				graph[1].Files["m.go"] += "\n// Somebody has moved the tag.\n"
			} else {
				rule, err := faultproxy.ParseRule("/m01/@v/v1.1.1\\" + tt.suffix + "$=" + tt.fault)
				if err != nil {
					t.Fatal(err)
				}
				conf.Rules = []faultproxy.Rule{rule}
			}
			server, err := faultproxy.Start(conf)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			p.set("GOPROXY=" + server.URL())
			p.set("GOSAFE_PATIENCE=2s")
			out, err := p.run("go", "build", "-o", "x", ".")
			if err == nil || !regexp.MustCompile(tt.says).MatchString(out) || strings.Count(out, "deleted ") != 1 && tt.asked > 0 {
				t.Errorf("%v, want %q\n%s", err, tt.says, out)
			}
			asked := 0
			for _, r := range server.Requests() {
				if strings.HasSuffix(r.Path, "/m01/@v/v1.1.1"+tt.suffix) {
					asked++
				}
			}
			if asked != tt.asked && tt.asked > 0 || asked < 1 {
				t.Errorf("asked %d times, want %d\n%s", asked, tt.asked, out)
			}
			t.Log(out)
			// Nothing is left behind that an honest source could not put right.
			p.set("GOPROXY=" + p.proxy.URL())
			p.must("build", "-o", "x", ".")
		})
	}
}
