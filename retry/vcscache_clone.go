package retry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// lookAtClone looks whether a repository is damaged, and says how. It looks by
// itself at what git has to find before it takes a directory for a repository,
// and go in it, and has Fsck verify the rest. One of another version control
// system counts as sound. The error tells why it could not look; it is
// fs.ErrNotExist if there is no repository.
func (c ModCache) lookAtClone(ctx context.Context, repo string) (damage string, err error) {
	switch fi, err := os.Lstat(repo); {
	case err != nil:
		return "", err
	case !fi.IsDir():
		return "is no directory", nil
	}
	if !ofGit(repo) {
		return "", nil
	}
	for _, look := range []func(string) (string, error){lookAtHead, lookAtDirs, lookAtConfig} {
		if damage, err := look(repo); damage != "" || err != nil {
			return damage, err
		}
	}
	if c.Fsck == nil {
		return "", errors.New("nobody can verify it")
	}
	return c.Fsck(ctx, repo)
}

// ofGit reports whether a repository is git's: it has a name that belongs to
// "git3:URL", and another's to "hg:URL" and the like (codehost.WorkDir). One
// without that counts as git's.
func ofGit(repo string) bool {
	info, err := os.ReadFile(repo + ".info")
	return err != nil || strings.HasPrefix(string(info), "git") || !namedBy(repo, info)
}

// lookAtHead judges HEAD as git does (path.c, validate_headref).
func lookAtHead(repo string) (damage string, err error) {
	name := filepath.Join(repo, "HEAD")
	fi, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "has no HEAD", nil
	case err != nil:
		return "", err
	case fi.Mode()&fs.ModeSymlink != 0: // as the first gits had it; it may lead nowhere yet
		return "", nil
	case !fi.Mode().IsRegular():
		return "has a HEAD that is no file", nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	if ref, ok := strings.CutPrefix(text, "ref:"); ok && strings.HasPrefix(strings.TrimSpace(ref), "refs/") {
		return "", nil
	}
	if len(text) >= 40 && strings.Trim(text[:40], "0123456789abcdefABCDEF") == "" {
		return "", nil
	}
	return "has a HEAD that names nothing", nil
}

// lookAtDirs looks for those without which a directory is no repository
// (setup.c, is_git_directory).
func lookAtDirs(repo string) (damage string, err error) {
	for _, name := range []string{"objects", "refs"} {
		fi, err := os.Stat(filepath.Join(repo, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "has no " + name, nil
		case err != nil:
			return "", err
		case !fi.IsDir():
			return "has " + name + " that are no directory", nil
		}
	}
	return "", nil
}

// lookAtConfig looks for the URL of the origin, which go writes once, when it
// makes the repository, and by which it fetches (codehost.newGitRepo). An empty
// config is a sound one to git.
func lookAtConfig(repo string) (damage string, err error) {
	config, err := os.ReadFile(filepath.Join(repo, "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for line := range strings.Lines(string(config)) {
		if name, _, ok := strings.Cut(line, "="); ok && strings.EqualFold(strings.TrimSpace(name), "url") {
			return "", nil
		}
	}
	return "has a config that names no origin", nil
}
