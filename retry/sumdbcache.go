package retry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/note"
)

// A SumCache is what go keeps of checksum databases: answers to lookups and
// tiles of the hash tree in the module cache, which it believes for ever once
// they are there, and the newest signed state of each database in GOPATH
// (modfetch.dbClient).
type SumCache struct {
	Dir     string // GOMODCACHE
	Latest  string // $GOPATH/pkg/sumdb
	Setting string // GOSUMDB, whose key signatures are verified with; those of other databases are not
	Offline bool   // GOPROXY=off: nothing is deleted that would have to be fetched
}

// The key of the one database that go knows by name (cmd/go/internal/modfetch, key.go).
const sumGolangOrg = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

// verifier returns what verifies the signatures of the database that is set.
func (c SumCache) verifier() note.Verifier {
	key, _, _ := strings.Cut(strings.TrimSpace(c.Setting), " ")
	if key == "sum.golang.org" || key == "sum.golang.google.cn" {
		key = sumGolangOrg
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil
	}
	return v
}

// Damaged verifies the cached files of all databases: the form and the
// signature of what lookups answered, and that records and tiles belong to the
// tree that was signed. What other files are missing for cannot be verified,
// and is not damaged. The error says so if what is damaged is in Latest.
func (c SumCache) Damaged(ctx context.Context) (found []Repair, err error) {
	names, err := c.databases()
	v := c.verifier()
	for _, name := range names {
		if ctx.Err() != nil {
			return found, fmt.Errorf("verifying the checksum database's cache: %w", context.Cause(ctx))
		}
		db := sumdb{dir: filepath.Join(c.root(), name)}
		if v != nil && v.Name() == filepath.ToSlash(name) {
			db.verifier = v
		}
		latest := filepath.Join(c.Latest, name, "latest")
		found = append(found, db.look(latest)...)
		if db.latestBad != "" {
			err = errors.Join(err, fmt.Errorf("%s is damaged (%s); it is the newest state of %s that was seen here, by which go would notice "+
				"a database that goes back on its word, so it is not deleted without you: rm %s", latest, db.latestBad, name, latest))
		}
		err = errors.Join(err, db.err)
	}
	return found, explainPermission(err)
}

// Mend deletes the damaged files. All of them are copies, which go fetches
// again; readers open one anew each time. What is in Latest stays, and is told
// in the error.
func (c SumCache) Mend(ctx context.Context) (done []Repair, err error) {
	found, err := c.Damaged(ctx)
	for _, r := range found {
		if c.Offline {
			return done, errors.Join(err, offline(r.Path, r.Damage))
		}
		rerr := os.Remove(r.Path)
		if errors.Is(rerr, fs.ErrNotExist) {
			continue // somebody else was faster
		}
		if rerr != nil {
			return done, errors.Join(err, fmt.Errorf("mending the checksum database's cache: %w", explainPermission(rerr)))
		}
		r.Action = "deleted"
		done = append(done, r)
	}
	return done, err
}

func (c SumCache) root() string { return filepath.Join(c.Dir, "cache", "download", "sumdb") }

// databases finds the names of databases: the directories that hold lookups or
// tiles, or a latest state. A name may have slashes in it.
func (c SumCache) databases() (names []string, err error) {
	for _, root := range []string{c.root(), c.Latest} {
		werr := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || file == root {
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			switch base := d.Name(); {
			case base == "lookup" && d.IsDir(), base == "tile" && d.IsDir(), base == "latest" && !d.IsDir():
				name, _ := filepath.Rel(root, filepath.Dir(file))
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
				if d.IsDir() {
					return fs.SkipDir
				}
			}
			return nil
		})
		err = errors.Join(err, werr)
	}
	return names, err
}

// readSumFile reads a file as go does: under a read lock, since a writer
// creates it first and fills it then; and one that is empty is not there.
func readSumFile(name string) ([]byte, error) {
	data, err := lockedfile.Read(name)
	if err == nil && len(data) == 0 {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return data, err
}

// moduleOfLookup tells what a lookup was for by the name of its file.
func moduleOfLookup(rel string) module.Version {
	path, version, ok := strings.Cut(filepath.ToSlash(rel), "@")
	if !ok {
		return module.Version{}
	}
	p, perr := module.UnescapePath(path)
	v, verr := module.UnescapeVersion(version)
	if perr != nil || verr != nil {
		return module.Version{}
	}
	return module.Version{Path: p, Version: v}
}
