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
	"time"

	"golang.org/x/mod/module"
)

// cloneBusy is how long to wait for a clone that another go is using.
const cloneBusy = 5 * time.Second

// VerifyClones verifies the repositories in cache/vcs that serve one of the
// modules, by their URLs, or all if mods is nil: the .info file beside each,
// which go compares, locks that were left behind, and the repository itself. If
// mend is set, it removes what is damaged. It works under cmd/go's own lock;
// the errors are about what could not be verified or mended.
func (c ModCache) VerifyClones(ctx context.Context, mods []module.Version, mend bool) (found []Repair, err error) {
	root := filepath.Join(c.Dir, "cache", "vcs")
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, explainPermission(err)
	}
	var errs []error
	for _, e := range entries {
		repo := filepath.Join(root, e.Name())
		if name, inside, ok := splitVCS(root, repo); !ok || inside != "" || name != e.Name() || !e.IsDir() {
			continue
		}
		if mods != nil && !slices.ContainsFunc(mods, func(m module.Version) bool { return serves(repo+".info", m.Path) }) {
			continue
		}
		if ctx.Err() != nil {
			errs = append(errs, context.Cause(ctx))
			break
		}
		repairs, err := c.verifyClone(ctx, repo, mend)
		found = append(found, repairs...)
		if err != nil {
			errs = append(errs, fmt.Errorf("verifying %s: %w", repo, explainPermission(err)))
		}
		if c.Looked != nil {
			c.Looked()
		}
	}
	return found, errors.Join(errs...)
}

// verifyClone verifies one repository and what belongs to it.
func (c ModCache) verifyClone(ctx context.Context, repo string, mend bool) (found []Repair, err error) {
	wait, cancel := context.WithTimeoutCause(ctx, cloneBusy, errors.New("another go command is using it"))
	defer cancel()
	switch unlock, err := lockFile(wait, repo+".lock"); {
	case err == nil:
		defer unlock()
	case mend || wait.Err() != nil: // else a cache that is read-only can be looked at
		return nil, err
	}
	add := func(path, damage string, heal func() (string, error)) (err error) {
		r := Repair{Path: path, Damage: damage}
		if mend {
			if r.Action, err = heal(); err != nil {
				return err
			}
		}
		found = append(found, r)
		return nil
	}
	if info, err := os.ReadFile(repo + ".info"); err == nil && !namedBy(repo, info) {
		if err := add(repo+".info", "names another repository", func() (string, error) { return mendInfo(repo) }); err != nil {
			return found, err
		}
	}
	damage, err := c.lookAtClone(ctx, repo)
	if err != nil {
		return found, err
	}
	if damage != "" {
		return found, add(repo, damage, func() (string, error) {
			if c.Offline {
				return "", offline(repo, damage)
			}
			return "deleted", removeClone(repo)
		})
	}
	for _, lock := range oldLocks(repo) {
		if err := add(lock, "left behind by a git that is gone", func() (string, error) { return "deleted", os.Remove(lock) }); err != nil {
			return found, err
		}
	}
	return found, nil
}

// oldLocks lists the locks of git's in a repository in which no go command is
// at work, that are too old to be those of a git that has outlived its go.
func oldLocks(repo string) (locks []string) {
	filepath.WalkDir(repo, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".lock") {
			return nil
		}
		if fi, err := d.Info(); err == nil && fi.Mode().IsRegular() && time.Since(fi.ModTime()) > lockAge {
			locks = append(locks, name)
		}
		return nil
	})
	return locks
}
