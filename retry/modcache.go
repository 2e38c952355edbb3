package retry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/module"
)

// A ModCache is a module cache, laid out as cmd/go/internal/modfetch does it.
type ModCache struct {
	Dir  string // GOMODCACHE
	Sums Sums   // what go.sum holds; where it says nothing, the files of a version are judged by each other

	// Offline says that nothing can be fetched (GOPROXY=off): then nothing is
	// deleted that would have to be.
	Offline bool

	// GOCACHE and GOVERSION of the go that uses the cache. With both, a Mend of
	// extracted files also drops what go has remembered of the damaged ones.
	BuildCache, GoVersion string

	// Fsck verifies a git repository, and says what is wrong with it. If it is
	// nil, a clone that looks sound cannot be judged, and is left alone.
	Fsck func(ctx context.Context, dir string) (damage string, err error)

	Looked func() // called after each version or clone that was verified, by several at once; may be nil
}

// A Repair is one damaged thing in a cache, and what was done about it.
type Repair struct {
	Module module.Version // that it belongs to; zero if that is not known
	Path   string         // the damaged file, or the directory of an extracted module
	Damage string         // what is wrong with it
	Action string         // "deleted", "replaced", or "" if nothing was done
}

// Mend verifies the files of one module version and deletes or replaces those
// that are damaged, and only those. What it deletes, go fetches or makes
// again. It returns what it did, also beside an error.
//
// It works under the lock that cmd/go itself takes to download and extract the
// version (modfetch.lockVersion), and waits for that until ctx is done.
// Readers take no lock, so nothing that a running build may read is absent
// even for a moment, where that can be helped: .zip, .mod and .info are safe
// to delete, a .ziphash and the files of an extracted module are replaced by
// renames. It never writes to a go.sum: if fresh bits do not match that, go
// has the last word.
func (c ModCache) Mend(ctx context.Context, m module.Version) ([]Repair, error) {
	v, err := c.version(m)
	if err != nil {
		return nil, err
	}
	if damaged, err := v.look(ctx); err == nil && len(damaged) == 0 {
		return nil, nil // and no lock file was made in a cache that may be read-only
	}
	repairs, err := v.mend(ctx)
	if err == nil && slices.ContainsFunc(repairs, func(r Repair) bool { return r.Path == v.dir }) {
		var index string
		if index, err = c.dropIndex(v.dir); index != "" {
			repairs = append(repairs, Repair{m, index, "was made of the damaged files", "deleted"})
		}
	}
	if err != nil {
		return repairs, fmt.Errorf("mending %s: %w", m, explainPermission(err))
	}
	return repairs, nil
}

// Damaged verifies many module versions, and changes nothing. It takes no
// locks: what another go command is just writing may look damaged, so that a
// Mend has to have the last word. Versions that are not in the cache are not
// damaged. It stops when ctx is done. The errors are about what could not be
// read.
func (c ModCache) Damaged(ctx context.Context, mods []module.Version) ([]Repair, error) {
	var (
		found = make([][]Repair, len(mods))
		errs  = make([]error, len(mods))
	)
	each(ctx, len(mods), func(i int) {
		found[i], errs[i] = c.damaged(ctx, mods[i])
		if c.Looked != nil {
			c.Looked()
		}
	})
	var all []Repair
	for _, repairs := range found {
		all = append(all, repairs...)
	}
	if ctx.Err() != nil {
		return all, fmt.Errorf("verifying the module cache: %w", context.Cause(ctx))
	}
	return all, errors.Join(errs...)
}

func (c ModCache) damaged(ctx context.Context, m module.Version) ([]Repair, error) {
	v, err := c.version(m)
	if err != nil {
		return nil, err
	}
	found, err := v.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("verifying %s: %w", m, explainPermission(err))
	}
	var repairs []Repair
	for _, d := range found {
		repairs = append(repairs, Repair{Module: m, Path: d.path, Damage: d.what})
	}
	return repairs, nil
}

// A version is one module version in a cache.
type version struct {
	mod     module.Version
	sums    []string // go.sum's hashes of the module
	modSums []string // go.sum's hashes of its go.mod file
	base    string   // cache/download/<path>/@v/<version>: the downloaded files less their suffixes
	dir     string   // <path>@<version>: the extracted module
	offline bool     // nothing can be fetched
}

// version refuses what cmd/go would not look for in its cache
// (modfetch.CachePath), so that no name leads out of it.
func (c ModCache) version(m module.Version) (*version, error) {
	if err := module.Check(m.Path, m.Version); err != nil {
		return nil, err
	}
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return nil, err
	}
	vers, err := module.EscapeVersion(m.Version)
	if err != nil {
		return nil, err
	}
	if module.CanonicalVersion(m.Version) != m.Version {
		return nil, fmt.Errorf("%s: not a canonical version", m)
	}
	if !filepath.IsAbs(c.Dir) {
		return nil, fmt.Errorf("module cache %q is not an absolute path", c.Dir)
	}
	path = filepath.FromSlash(path)
	return &version{
		mod:     m,
		sums:    c.Sums[m],
		modSums: c.Sums[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}],
		base:    filepath.Join(c.Dir, "cache", "download", path, "@v", vers),
		dir:     filepath.Join(c.Dir, path+"@"+vers),
		offline: c.Offline,
	}, nil
}

func (v *version) zipName() string { return v.base + ".zip" }

// mend takes the lock, looks again and heals what is still damaged.
func (v *version) mend(ctx context.Context) (repairs []Repair, err error) {
	if _, err := os.Stat(filepath.Dir(v.base)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing was downloaded: go begins afresh
	}
	heal := func(found []damage) error {
		for _, d := range found {
			if d.loses && v.offline {
				return offline(d.path, d.what)
			}
			action, err := d.heal()
			if err != nil {
				return err
			}
			repairs = append(repairs, Repair{v.mod, d.path, d.what, action})
		}
		return nil
	}
	if err := heal(v.lookLock()); err != nil {
		return repairs, err
	}
	unlock, err := lockFile(ctx, v.base+".lock")
	if err != nil {
		return repairs, err
	}
	defer unlock()
	found, err := v.look(ctx)
	if err != nil {
		return repairs, err
	}
	return repairs, heal(found)
}

// offline says why something damaged stays as it is.
func offline(path, damage string) error {
	return fmt.Errorf("%s is damaged (%s), but GOPROXY=off lets nothing be fetched in its place", path, damage)
}

// lockFile locks a file as cmd/go does, but waits no longer than ctx. A wait
// that is given up goes on in the background until the holder lets go, then
// drops the lock at once: a blocked flock cannot be taken back.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	type lock struct {
		unlock func()
		err    error
	}
	locked := make(chan lock, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(name).Lock()
		locked <- lock{unlock, err}
	}()
	select {
	case l := <-locked:
		return l.unlock, l.err
	case <-ctx.Done():
		go func() {
			if l := <-locked; l.err == nil {
				l.unlock()
			}
		}()
		return nil, fmt.Errorf("waiting for another process that holds %s: %w", name, context.Cause(ctx))
	}
}
