//go:build unix

package call

import (
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"gosafe/internal/socket"
	"gosafe/wrapper"
)

func TestRecord(t *testing.T) {
	t.Parallel()
	bytes := make([]byte, 256)
	for i := range bytes {
		bytes[i] = byte(i)
	}
	for name, want := range map[string]record{
		"plain":  {Attempt: Attempt{Result: wrapper.Result{Exit: 1, Stderr: []byte("go: no\n")}, Began: time.Unix(1e9, 7)}},
		"silent": {Attempt: Attempt{Result: wrapper.Result{Exit: 2, Stderr: []byte{}}, Began: time.Unix(1e9, 0), Merged: true}},
		"bytes":  {Attempt: Attempt{Result: wrapper.Result{Exit: 1, Stderr: bytes}, Began: time.Unix(1e9, 0)}, holds: true},
		"stalled": {Attempt: Attempt{Result: wrapper.Result{Exit: -1, Signal: syscall.SIGTERM, Stderr: []byte("x"), Stall: &wrapper.Stall{
			For: 2*time.Minute + time.Millisecond, Back: true, Argv: []string{"git", "fetch", "a b\n"},
			Peers: []socket.Peer{{IP: "\xc0\x00\x02\x01", Port: 443}, {IP: "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", Port: 22}},
		}}, Began: time.Unix(1e9, 0)}},
		"stalled, nothing known": {Attempt: Attempt{Result: wrapper.Result{Exit: 1, Stderr: []byte{}, Stall: &wrapper.Stall{For: time.Minute, Argv: []string{}}}, Began: time.Unix(1e9, 0)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if want.holds {
				want.Hold = wrapper.NewHold(os.Stdout)
			}
			text := want.encode("held\x00\n")
			want.Hold = nil
			got, mem, ok := decode(text)
			if !ok || string(mem) != "held\x00\n" || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %q, %v\nwant %+v", got, mem, ok, want)
			}
			// The program that comes next may be of another version, or the
			// record may be cut short: then there is none, and the command runs
			// as if it were the first time.
			for cut := range len(text) {
				if _, _, ok := decode(text[:cut]); ok && cut < len(text)-1 {
					t.Fatalf("understood %d of %d bytes", cut, len(text))
				}
			}
			if _, _, ok := decode(strings.Replace(text, "attempt 1", "attempt 2", 1)); ok {
				t.Error("understood another format")
			}
		})
	}
}

// TestTakeOver: what is no word of an attempt of this process's is taken out of
// the environment, and nothing else comes of it.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{"", "x", "1:2:3", "-1:0:0", "99999999999999999999:1:1"} {
		environ := []string{"A=1", handoverVar + "=" + mark, "B=2"}
		rest, came, a := TakeOver(environ)
		if a != nil || came || !reflect.DeepEqual(rest, []string{"A=1", "B=2"}) {
			t.Errorf("%q: %v, %q", mark, a, rest)
		}
		if len(environ) != 3 || environ[2] != "B=2" {
			t.Errorf("%q: the environment was changed in place: %q", mark, environ)
		}
	}
}
