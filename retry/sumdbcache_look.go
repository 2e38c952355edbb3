package retry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is that of the tiles that go reads (sumdb.Client).
const tileHeight = 8

// A sumdb is the cache of one database while it is verified.
type sumdb struct {
	dir      string
	verifier note.Verifier // nil: signatures are not verified

	head      tlog.Tree // the largest one that is signed
	lookups   []lookup
	latestBad string // what is wrong with the file of the latest state
	found     []Repair
	err       error // what could not be read

	sizes map[string]bool // tiles that have been found to be of the wrong size, by file
	good  map[string]bool // tiles that belong to the tree, by file
	edge  []string        // tiles that the tree's hash is computed from
}

// A lookup is a cached answer that has the right form.
type lookup struct {
	file string
	mod  module.Version
	id   int64
	hash tlog.Hash // the record's
}

// look verifies everything there is, from the signed tree down: the tiles that
// its hash is computed from, the full tiles below them, the records.
func (db *sumdb) look(latest string) []Repair {
	db.sizes, db.good = map[string]bool{}, map[string]bool{}
	db.readLatest(latest)
	db.walk("lookup", db.readLookup)
	var full []tlog.Tile
	db.walk("tile", func(file, rel string) {
		t, err := tlog.ParseTilePath("tile/" + filepath.ToSlash(rel))
		if err != nil || t.H != tileHeight || t.L < 0 {
			return // nothing that go wrote
		}
		if data, _ := db.readTile(file, t.W); data != nil && t.W == 1<<tileHeight {
			full = append(full, t)
		}
	})
	slices.SortFunc(full, func(a, b tlog.Tile) int { return b.L - a.L })
	inconsistent := db.checkHead()
	agree := db.checkFull(full)
	for _, file := range db.edge {
		if inconsistent && !agree[file] && !db.sizes[file] {
			db.damaged(file, module.Version{}, outside)
		}
	}
	db.checkRecords()
	return db.found
}

// outside is the damage of a tile with wrong hashes.
const outside = "does not belong to the tree that the database signed"

func (db *sumdb) damaged(file string, m module.Version, what string) {
	db.found = append(db.found, Repair{Module: m, Path: file, Damage: what})
}

// walk calls do for the regular files of a subdirectory.
func (db *sumdb) walk(sub string, do func(file, rel string)) {
	root := filepath.Join(db.dir, sub)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, _ := filepath.Rel(root, name)
			do(name, rel)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	db.err = errors.Join(db.err, err)
}

// readLatest reads the newest state that was seen; an empty one is none.
func (db *sumdb) readLatest(file string) {
	data, err := readSumFile(file)
	if err != nil {
		return
	}
	tree, err := db.openTree(data)
	if err != nil {
		db.latestBad = err.Error()
	} else if tree.N > db.head.N {
		db.head = tree
	}
}

// openTree reads a signed tree.
func (db *sumdb) openTree(msg []byte) (tlog.Tree, error) {
	known := note.VerifierList()
	if db.verifier != nil {
		known = note.VerifierList(db.verifier)
	}
	n, err := note.Open(msg, known)
	if e := (*note.UnverifiedNoteError)(nil); errors.As(err, &e) && db.verifier == nil {
		n, err = e.Note, nil
	}
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.ParseTree([]byte(n.Text))
}

// readLookup reads one answer.
func (db *sumdb) readLookup(file, rel string) {
	data, err := readSumFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		db.err = errors.Join(db.err, err)
		return
	}
	m := moduleOfLookup(rel)
	id, text, msg, err := tlog.ParseRecord(data)
	if err != nil {
		db.damaged(file, m, err.Error())
		return
	}
	tree, err := db.openTree(msg)
	if err != nil {
		db.damaged(file, m, err.Error())
		return
	}
	if tree.N > db.head.N {
		db.head = tree
	}
	db.lookups = append(db.lookups, lookup{file, m, id, tlog.RecordHash(text)})
}

// readTile reads a tile of so many hashes. ok is false if there is none.
func (db *sumdb) readTile(file string, width int) (data []byte, ok bool) {
	data, err := readSumFile(file)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			db.err = errors.Join(db.err, err)
		}
		return nil, false
	}
	if len(data) == width*tlog.HashSize {
		return data, true
	}
	if !db.sizes[file] {
		db.sizes[file] = true
		db.damaged(file, module.Version{}, fmt.Sprintf("has %d bytes, not %d", len(data), width*tlog.HashSize))
	}
	return nil, true
}

// checkHead computes the hash of the signed tree from the tiles, as go will do.
// If it is right, so are they. If not, one of them is wrong.
func (db *sumdb) checkHead() (inconsistent bool) {
	if db.head.N == 0 {
		return false
	}
	switch _, err := tlog.TreeHash(db.head.N, tlog.TileHashReader(db.head, db)); {
	case errors.Is(err, errNoTile):
		db.edge = nil
	case err != nil:
		return true
	}
	for _, file := range db.edge {
		db.good[file] = true
	}
	return false
}

// errNoTile says that a tile is not in the cache, or cannot be used.
var errNoTile = errors.New("no such tile")

// Height, ReadTiles and SaveTiles make the cache a tlog.TileReader.
func (db *sumdb) Height() int { return tileHeight }

func (db *sumdb) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		file := db.tileFile(t)
		data, ok := db.readTile(file, t.W)
		if full := t; !ok && t.W < 1<<tileHeight { // a full one serves as well
			full.W = 1 << tileHeight
			file = db.tileFile(full)
			data, _ = db.readTile(file, full.W)
		}
		if data == nil {
			return nil, errNoTile
		}
		db.edge = append(db.edge, file)
		all = append(all, data[:t.W*tlog.HashSize])
	}
	return all, nil
}

func (db *sumdb) SaveTiles([]tlog.Tile, [][]byte) {}

func (db *sumdb) tileFile(t tlog.Tile) string {
	return filepath.Join(db.dir, filepath.FromSlash(t.Path()))
}

// checkFull compares full tiles with the hash that the tile above has of them.
// If the upper one is good, that decides. If that is not known and they agree,
// then neither is wrong there.
func (db *sumdb) checkFull(full []tlog.Tile) (agree map[string]bool) {
	agree = map[string]bool{}
	for _, t := range full {
		file, place := db.tileFile(t), int(t.N&(1<<tileHeight-1))
		data, _ := db.readTile(file, t.W)
		if data == nil {
			continue
		}
		sum := rootOf(data)
		for _, above := range db.widths(tlog.Tile{H: t.H, L: t.L + 1, N: t.N >> tileHeight}) {
			upper, err := readSumFile(above)
			if err != nil || len(upper) < (place+1)*tlog.HashSize || db.sizes[above] {
				continue
			}
			if tlog.Hash(upper[place*tlog.HashSize:][:tlog.HashSize]) == sum {
				agree[file] = true
				db.good[file] = db.good[file] || db.good[above]
			} else if db.good[above] {
				db.damaged(file, module.Version{}, outside)
				break
			}
		}
	}
	return agree
}

// checkRecords compares records with the hashes that good tiles have of them.
func (db *sumdb) checkRecords() {
	for _, l := range db.lookups {
		if l.id < 0 {
			continue
		}
		place := int(l.id & (1<<tileHeight - 1))
		for _, file := range db.widths(tlog.Tile{H: tileHeight, N: l.id >> tileHeight}) {
			data, err := readSumFile(file)
			if err != nil || !db.good[file] || len(data) < (place+1)*tlog.HashSize {
				continue
			}
			if tlog.Hash(data[place*tlog.HashSize:][:tlog.HashSize]) != l.hash {
				db.damaged(l.file, l.mod, "its record is not the one in the database")
			}
			break
		}
	}
}

// widths lists the files of a tile, full and partial.
func (db *sumdb) widths(t tlog.Tile) (files []string) {
	t.W = 1 << tileHeight
	full := db.tileFile(t)
	if _, err := os.Stat(full); err == nil {
		files = append(files, full)
	}
	parts, _ := os.ReadDir(full + ".p")
	for _, p := range parts {
		if !strings.HasPrefix(p.Name(), ".") {
			files = append(files, filepath.Join(full+".p", p.Name()))
		}
	}
	return files
}

// rootOf computes the hash of a full tile's whole tree.
func rootOf(data []byte) tlog.Hash {
	hashes := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	for len(hashes) > 1 {
		for i := range len(hashes) / 2 {
			hashes[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
		}
		hashes = hashes[:len(hashes)/2]
	}
	return hashes[0]
}
