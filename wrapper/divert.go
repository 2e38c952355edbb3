package wrapper

import (
	"fmt"
	"os"
	"path/filepath"
)

// DivertedName is the file beside a toolchain's GOROOT/bin/go in which
// install.sh --divert keeps that go command. go puts GOROOT/bin first on PATH for
// what it starts itself, so only what has the name go in there gets to see those
// calls: a copy of gosafe-shim, with gosafe and gosafe-shim beside it. go does not
// mind its name, but finds its GOROOT from its directory
// (cmd/go/internal/cfg, findGOROOT).
//
// Copies, and no links: so each knows from its own path in whose place it was
// called, GOROOT may be moved or copied, gosafe may be removed elsewhere, and what
// writes a new go over ours writes into nothing else.
const DivertedName = "go.gosafe-diverted"

// standIn reports whether the go in the directory bin is ours: of that, a copy
// under its own name is kept beside it. A go of another size was installed over
// it, and what has been put aside belongs to an older Go.
func standIn(bin string, there os.FileInfo) bool {
	shim, err := os.Stat(join(bin, shimName))
	return err == nil && shim.Size() == there.Size()
}

// stead returns the go command in whose place we stand ourselves. It is empty if
// we do not lie where a toolchain's go does.
func (me *self) stead() (string, error) {
	name := filepath.Base(me.path)
	if name != goName && name != mainName {
		return "", nil
	}
	kept, here := me.beside(DivertedName), me.beside(goName)
	_, hasKept := look(kept)
	if !hasKept {
		if _, err := os.Stat(me.beside(filepath.FromSlash("../pkg/tool"))); err != nil {
			return "", nil
		}
	}
	there, ok := look(here)
	ours := ok && (name == goName && me.started(there.info) || standIn(filepath.Dir(me.path), there.info))
	switch {
	case hasKept && (ours || !ok):
		return kept, nil
	case hasKept:
		if _, err := os.Stat(me.beside(shimName)); err != nil {
			return kept, nil // half way there: it is the last to come
		}
	case ours:
		return "", fmt.Errorf("%s is gosafe, and %s, the go command that it stands before, is gone: install Go again", here, kept)
	case name != goName:
		return "", nil // somebody has put gosafe beside a toolchain's go
	}
	return here, nil // we have been replaced, by a newer go or by the one put aside
}

// started reports whether this process was started from the file fi, or from a
// copy of it.
func (me *self) started(fi os.FileInfo) bool {
	image, err := os.Stat(me.image)
	return err != nil || os.SameFile(image, fi) || image.Size() == fi.Size()
}
