package main

import (
	"crypto/sha256"
	"errors"
	"go/scanner"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"

	"gosafe/internal/goenv"
)

const (
	// maxSources bounds the files and directories that are looked at, and
	// maxHeads and headsSize what is written down of them.
	maxSources = 20000
	maxHeads   = 2 << 20
	headsSize  = 20
)

// heads returns a hash of what the Go files in some places say before their code:
// of the user's own files, all that a prefetch depends on. The places are below
// root, or absolute. As long as the stamps of the files and of their directories
// are the same, nothing is read but these. It reports false if there are too many.
func heads(root, cache string, places []string) ([]byte, bool) {
	memo := rememberedOf("heads", root, cache, places)
	if hash, ok := readHeads(memo, root); ok {
		return hash, true
	}
	names, err := goFiles(root, cache, places)
	if err != nil {
		return nil, false
	}
	l := newLookout(root)
	defer l.close()
	stamps := l.stamps(names)
	hashes := make([]digest, len(names))
	spread(len(names), func(i int) {
		if strings.HasSuffix(names[i], ".go") {
			if data, err := goenv.ReadFile(absolute(names[i], root), goenv.MaxFile); err == nil {
				hashes[i] = sha256.Sum256(head(data))
			}
		}
	})
	h := sha256.New()
	for i, name := range names {
		if strings.HasSuffix(name, ".go") {
			h.Write(append(append([]byte(name), 0), hashes[i][:]...))
		}
	}
	text := h.Sum(nil)
	for _, name := range names {
		text = append(append(text, name...), 0)
	}
	if len(text) > maxHeads {
		return nil, false
	}
	if !l.vague.Load() {
		writeNote(memo, headsSize, text, stamps)
	}
	return h.Sum(nil), true
}

// readHeads reads a hash that was written down, if it would be the same now.
func readHeads(memo, root string) ([]byte, bool) {
	sum, text, ok := readNote(memo, maxHeads+sha256.Size)
	if !ok || len(text) < sha256.Size {
		return nil, false
	}
	names := strings.Split(strings.TrimSuffix(string(text[sha256.Size:]), "\x00"), "\x00")
	l := newLookout(root)
	defer l.close()
	stamps := l.stamps(names)
	return text[:sha256.Size], sum == noteSum(text, stamps) && !l.vague.Load()
}

// goFiles returns the Go files in the places and below, and the directories in
// which another one may come to be. What go does not look into is left out, and
// what belongs to programs in other languages, and the module cache.
func goFiles(root, cache string, places []string) (names []string, err error) {
	for _, place := range places {
		start := absolute(place, root)
		if !strings.HasSuffix(start, ".go") {
			start += string(filepath.Separator) + "." // the directory, where this is a link to one
		}
		err := filepath.WalkDir(start, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // go says so, if it minds
			case len(names) >= maxSources:
				return errors.New("too many")
			case !d.IsDir() && !strings.HasSuffix(path, ".go"):
				return nil
			case d.IsDir() && path != start && (d.Name()[0] == '.' || d.Name() == "node_modules" || d.Name() == "vendor" || path == cache || exists(filepath.Join(path, "go.mod"))):
				return fs.SkipDir
			}
			names = append(names, strings.TrimPrefix(filepath.Clean(path), root+string(filepath.Separator)))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// head returns the beginning of a Go file, up to the end of its imports.
func head(src []byte) []byte {
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	end := 0
	for {
		pos, tok, text := s.Scan()
		switch tok {
		case token.FUNC, token.VAR, token.CONST, token.TYPE, token.EOF:
			return src[:end]
		case token.SEMICOLON: // it may be the end of a line
			continue
		case token.LPAREN, token.RPAREN, token.PERIOD:
			text = tok.String()
		}
		end = file.Offset(pos) + len(text)
	}
}
