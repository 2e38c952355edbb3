package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"gosafe/internal/call"
	"gosafe/internal/goenv"
)

// A note is what was found out once, with what tells whether it would be found
// again: a file in the user's cache directory that begins with a hash of both. It
// is written under another name first, and counts whole or not at all.

type digest = [sha256.Size]byte

// noteSum is the hash of a note, and of what it depends on.
func noteSum(text []byte, on ...[]byte) (d digest) {
	h := sha256.New()
	h.Write(text)
	for _, data := range on {
		h.Write(data)
	}
	return digest(h.Sum(nil))
}

// readNote reads a note of at most so many bytes.
func readNote(file string, most int) (d digest, text []byte, ok bool) {
	data, err := goenv.ReadFile(file, most)
	if err != nil || len(data) < len(d) {
		return d, nil, false
	}
	return digest(data[:len(d)]), data[len(d):], true
}

// writeNote writes a note, in a directory of so many. If that fails, what it says
// is found out once more.
func writeNote(file string, size int, text []byte, on ...[]byte) {
	if file == "" || makeRoom(filepath.Dir(file), size) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".new-")
	if err != nil {
		return
	}
	d := noteSum(text, on...)
	_, err = f.Write(append(d[:], text...))
	if f.Close() != nil || err != nil || os.Rename(f.Name(), file) != nil {
		os.Remove(f.Name())
	}
}

// readHashed reads a file, and returns the hash of what is in it; for one that
// cannot be read, one that no file has.
func readHashed(file string) (data []byte, hash digest, err error) {
	if data, err = goenv.ReadFile(file, goenv.MaxFile); err == nil {
		hash = sha256.Sum256(data)
	}
	return data, hash, err
}

// remembered is the path of what is remembered under a hash; empty if the user
// has no directory for that.
func remembered(kind string, hash []byte) string {
	dir := call.CacheDir(kind)
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, hex.EncodeToString(hash))
}

// rememberedOf is the path of what is remembered of something that is told by those
// values.
func rememberedOf(kind string, of ...any) string {
	hash := sha256.Sum256(fmt.Appendf(nil, "%q", of))
	return remembered(kind, hash[:])
}

// makeRoom makes the directory, and forgets a quarter of what is remembered in
// it if there is as much as may be.
func makeRoom(dir string, size int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if all, err := os.ReadDir(dir); err == nil && len(all) >= size {
		// Which ones go does not matter: their names are hashes.
		for _, old := range all[:size/4] {
			os.Remove(filepath.Join(dir, old.Name()))
		}
	}
	return nil
}
