package retry

import (
	"net/netip"
	"testing"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	q, err := question(0x1234, "proxy.golang.org")
	if err != nil {
		t.Fatal(err)
	}
	reply := append([]byte(nil), q...)
	reply[2], reply[3], reply[7] = 0x81, 0x80, 2
	reply = append(reply, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 1, 'x')          // CNAME, cut short by its length
	reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 142, 250, 0, 17) // A
	got, err := answer(reply, 0x1234, len(q))
	if err != nil || len(got) != 1 || got[0] != netip.MustParseAddr("142.250.0.17") {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := answer(reply, 0x4321, len(q)); err == nil {
		t.Error("the reply to another question was believed")
	}
	reply[3] = 0x83 // NXDOMAIN
	if _, err := answer(reply, 0x1234, len(q)); err == nil {
		t.Error("addresses of a name that does not exist")
	}
}

// FuzzAnswer: whatever a name server sends, nothing breaks.
func FuzzAnswer(f *testing.F) {
	q, _ := question(1, "a.b")
	f.Add(append(q, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4), len(q))
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		if size < 12 || size > 512 {
			return
		}
		answer(b, 1, size)
	})
}
