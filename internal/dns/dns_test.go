package dns

import (
	"net/netip"
	"testing"
)

func TestReply(t *testing.T) {
	t.Parallel()
	q, err := Question(0x1234, "proxy.golang.org", A)
	if err != nil {
		t.Fatal(err)
	}
	reply := append([]byte(nil), q...)
	reply[2], reply[3], reply[7] = 0x81, 0x80, 2
	reply = append(reply, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 1, 'x')          // CNAME, cut short by its length
	reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 142, 250, 0, 17) // A
	got, code, ok := Reply(reply, 0x1234, len(q))
	if !ok || code != OK || len(got) != 1 || got[0] != netip.MustParseAddr("142.250.0.17") {
		t.Errorf("%v, %d, %v", got, code, ok)
	}
	if _, _, ok := Reply(reply, 0x4321, len(q)); ok {
		t.Error("the reply to another question was believed")
	}
	reply[3] = 0x83
	if _, code, ok := Reply(reply, 0x1234, len(q)); code != NotFound || !ok {
		t.Errorf("a name that does not exist: %d, %v", code, ok)
	}
	for _, name := range []string{"", ".", "a..b", string(make([]byte, 64))} {
		if q, err := Question(1, name, A); err != ErrName {
			t.Errorf("%q: %v, %v", name, q, err)
		}
	}
}

// FuzzReply: whatever a name server sends, nothing breaks.
func FuzzReply(f *testing.F) {
	q, _ := Question(1, "a.b", A)
	f.Add(append(q, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4), len(q))
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		if size < 12 || size > 512 {
			return
		}
		Reply(b, 1, size)
	})
}
