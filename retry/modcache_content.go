package retry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/dirhash"
)

// A content is what the files of one version say about its content: three
// witnesses that should agree. A hash is "" where there is none.
type content struct {
	*version
	zip     string // the hash of the .zip
	broken  string // why the .zip has none
	ziphash string // the hash that the .ziphash states
	stated  bool   // there is a .ziphash, good or bad
	tree    string // the hash of the extracted tree, where it was needed
	good    string // the right hash
}

// unreadable stands for the hash of a tree that cannot be read as one.
const unreadable = "unreadable"

// lookContent judges .zip, .ziphash and the extracted tree. go itself compares
// only the text of the .ziphash with go.sum (modfetch.checkMod), so that is
// where each kind of damage ends in a checksum mismatch, a compile error, or
// goes unnoticed.
func (v *version) lookContent() (found []damage, err error) {
	c := content{version: v}
	if c.zip, c.broken, err = v.zipSum(); err != nil {
		return nil, err
	}
	if c.ziphash, c.stated, found, err = v.ziphashText(); err != nil {
		return nil, err
	}
	if c.good, err = c.judge(); err != nil {
		return nil, err
	}
	if d, ok := c.zipDamage(); ok {
		found = append(found, d)
	}
	if c.stated && (c.ziphash == "" || c.ziphash != c.good) {
		found = append(found, c.ziphashDamage())
	}
	d, ok, err := c.treeDamage()
	if ok {
		found = append(found, d)
	}
	return found, err
}

// judge finds the right hash: go.sum's, or what two of the three witnesses
// agree on. Where there is only one, it is believed. It is "" if all differ.
func (c *content) judge() (string, error) {
	switch {
	case slices.Contains(c.sums, c.zip):
		return c.zip, nil
	case c.zip != "" && c.zip == c.ziphash:
		// Not bit rot: these bits were fetched, verified and kept. If one
		// go.sum says otherwise, it is that go.sum against the cache that every
		// other project shares, and go has the last word.
		return c.zip, nil
	case len(c.sums) == 0 && c.zip != "" && (c.ziphash == "" || c.ziphash == c.zip):
		return c.zip, nil
	}
	var err error
	if c.tree, err = c.treeSum(); err != nil {
		return "", err
	}
	if len(c.sums) == 0 {
		if c.zip == "" || c.tree == c.ziphash {
			return c.ziphash, nil
		}
		if c.tree == c.zip {
			return c.zip, nil
		}
		return "", nil
	}
	for _, sum := range []string{c.ziphash, c.tree} {
		if slices.Contains(c.sums, sum) {
			return sum, nil
		}
	}
	return c.sums[0], nil
}

// sound reports whether the .zip holds the right content.
func (c *content) sound() bool { return c.zip != "" && c.zip == c.good }

// disputed reports whether .zip and .ziphash differ, and nothing decides between
// them.
func (c *content) disputed() bool { return c.good == "" && c.zip != "" && c.ziphash != "" }

// differs says what is wrong with a hash.
func (c *content) differs(sum string) string {
	switch {
	case c.good == "":
		return fmt.Sprintf("has the hash %s, which nothing else confirms", sum)
	case len(c.sums) == 0:
		return fmt.Sprintf("has the hash %s, the other files of the version have %s", sum, c.good)
	}
	return fmt.Sprintf("has the hash %s, go.sum has %s", sum, c.good)
}

func (c *content) zipDamage() (damage, bool) {
	name := c.zipName()
	if c.broken != "" {
		return remove(name, c.broken), true
	}
	return remove(name, c.differs(c.zip)), c.zip != "" && !c.sound()
}

// ziphashDamage has the text put right by a rename, because builds that read it
// take no lock and fail where it is absent (3 of 40 did). If nothing in the
// cache has the right hash, it is deleted: go makes it again with the .zip.
func (c *content) ziphashDamage() damage {
	name := c.base + ".ziphash"
	what := "is not a hash"
	if c.ziphash != "" {
		what = c.differs(c.ziphash)
	}
	if !c.sound() && (c.good == "" || c.tree != c.good) {
		return remove(name, what)
	}
	return damage{name, what, false, func() (string, error) { return "replaced", writeRenamed(name, c.good) }}
}

// writeRenamed gives name its new content at once. A temporary file left by a
// crash is removed by cmd/go, by its name (modfetch.downloadZip).
func writeRenamed(name, text string) error {
	tmp := name + randomSuffix() + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}

// extracted returns the directory of the extracted module, or "" if there is
// none that go would use: where .partial is there it makes a new one itself
// (modfetch.unzip; where .ziphash is absent it means to, but does not).
// Toolchains are not looked at: go adds files to them after the extraction
// (toolchain.Exec).
func (c *content) extracted() (dir string, err error) {
	if c.mod.Path == "golang.org/toolchain" {
		return "", nil
	}
	if _, err := os.Lstat(c.base + ".partial"); err == nil {
		return "", nil
	}
	fi, err := os.Stat(c.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !fi.IsDir() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(c.dir)
}

func (c *content) treeSum() (string, error) {
	dir, err := c.extracted()
	if dir == "" {
		return "", err
	}
	sum, err := dirhash.HashDir(dir, c.mod.String(), dirhash.Hash1)
	if errors.Is(err, fs.ErrPermission) {
		return "", err
	}
	if err != nil {
		return unreadable, nil
	}
	return sum, nil
}

// treeDamage compares the extracted tree with the .zip, or with the right hash
// where that is all there is.
func (c *content) treeDamage() (d damage, ok bool, err error) {
	dir, err := c.extracted()
	if dir == "" || c.good == "" && !c.disputed() {
		return damage{}, false, err
	}
	name := c.dir
	if !c.sound() {
		d := damage{name, c.differs(c.tree), true, func() (string, error) { return "deleted", moveAway(name) }}
		return d, c.tree != c.good, nil
	}
	diff, err := c.compare(dir)
	if err != nil || diff.empty() {
		return damage{}, false, err
	}
	if isLink(name) { // to somebody's own copy, which is not ours to change
		return remove(name, "is a link, and "+diff.String()), true, nil
	}
	return damage{name, diff.String(), false, func() (string, error) { return "replaced", c.mendTree() }}, true, nil
}

func isLink(name string) bool {
	fi, err := os.Lstat(name)
	return err == nil && fi.Mode()&fs.ModeSymlink != 0
}
