//go:build unix

package call

import "testing"

// FuzzDecode: whatever is in a record, reading it ends, and what was read can be
// written again.
func FuzzDecode(f *testing.F) {
	a := Attempt{}
	f.Add(a.encode("x"))
	f.Add("\"gosafe attempt 1\"\n\"1\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, mem, ok := decode(text)
		if !ok {
			return
		}
		if again, m, ok := decode(r.encode(string(mem))); !ok || again.Exit != r.Exit || string(m) != string(mem) || string(again.Stderr) != string(r.Stderr) {
			t.Errorf("%+v, then %+v", r, again)
		}
	})
}
