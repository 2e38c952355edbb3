package wrapper

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCaptureSmall(t *testing.T) {
	t.Parallel()
	var c capture
	c.Write([]byte("go: one\n"))
	c.Write([]byte("no newline"))
	if got := string(c.Bytes()); got != "go: one\nno newline" {
		t.Errorf("kept %q", got)
	}
}

func TestCaptureKeepsBothEnds(t *testing.T) {
	t.Parallel()
	var c capture
	c.Write([]byte("the first line\n"))
	for i := range 100_000 {
		c.Write([]byte(strings.Repeat("x", i%80) + "\n"))
	}
	c.Write([]byte("the last line\n"))
	got := string(c.Bytes())
	if !strings.HasPrefix(got, "the first line\n") || !strings.HasSuffix(got, "\nthe last line\n") {
		t.Error("an end is lost")
	}
	if len(got) > headSize+tailSize {
		t.Errorf("kept %d bytes", len(got))
	}
}

// FuzzCapture: how the bytes are cut into writes changes nothing, and what is
// kept are whole lines of what was written.
func FuzzCapture(f *testing.F) {
	f.Add([]byte("a\nb\n"), uint64(1), 3)
	f.Add(bytes.Repeat([]byte("0123456789\n"), 100), uint64(7), 4000)
	f.Fuzz(func(t *testing.T, unit []byte, seed uint64, times int) {
		if len(unit) == 0 || times < 0 || times*len(unit) > 1<<20 {
			return
		}
		all := bytes.Repeat(unit, times)
		var whole, parts capture
		whole.Write(all)
		r := rand.New(rand.NewPCG(seed, seed))
		for rest := all; len(rest) > 0; {
			n := min(1+r.IntN(50_000), len(rest))
			parts.Write(rest[:n])
			rest = rest[n:]
		}
		got := whole.Bytes()
		if !bytes.Equal(got, parts.Bytes()) {
			t.Fatal("the cuts between writes show")
		}
		if len(all) <= headSize+tailSize {
			if !bytes.Equal(got, all) {
				t.Fatal("something is lost below the bound")
			}
			return
		}
		lines := map[string]bool{}
		for line := range strings.Lines(string(all)) {
			lines[line] = true
		}
		for line := range strings.Lines(string(got)) {
			if !lines[line] {
				t.Fatalf("a line that nobody wrote: %.80q", line)
			}
		}
	})
}

func TestHold(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 10, memSize, memSize + 1, 3*memSize + 7} {
		out, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		want := bytes.Repeat([]byte{'a'}, size)
		h := NewHold(out)
		for rest := want; len(rest) > 0; rest = rest[min(40_000, len(rest)):] {
			h.Write(rest[:min(40_000, len(rest))])
		}
		if fi, _ := out.Stat(); fi.Size() != 0 || h.Gone() {
			t.Errorf("%d bytes: %d are out before the release", size, fi.Size())
		}
		if got := h.Bytes(1 << 30); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: Bytes returns %d", size, len(got))
		}
		if err := h.Release(); err != nil {
			t.Fatal(err)
		}
		h.Write([]byte("more"))
		got, _ := os.ReadFile(out.Name())
		if string(got) != string(want)+"more" {
			t.Errorf("%d bytes: released %d", size, len(got))
		}
	}
}

func TestHoldDrop(t *testing.T) {
	t.Parallel()
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	h := NewHold(out)
	h.Write(make([]byte, memSize+1))
	h.Drop()
	if fi, _ := out.Stat(); fi.Size() != 0 {
		t.Errorf("%d bytes of a dropped attempt are out", fi.Size())
	}
}

// TestHoldNoRoom: where nothing can be held, the output goes out as it comes,
// whole and in order.
func TestHoldNoRoom(t *testing.T) {
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("TMPDIR", none)
	t.Setenv("TMP", none) // Windows
	h := NewHold(out)
	h.Write(bytes.Repeat([]byte{'a'}, memSize))
	h.Write([]byte("b"))
	if !h.Gone() {
		t.Fatal("held without room")
	}
	h.Write([]byte("c"))
	got, _ := os.ReadFile(out.Name())
	if want := strings.Repeat("a", memSize) + "bc"; string(got) != want {
		t.Errorf("%d bytes are out, want %d", len(got), len(want))
	}
}
