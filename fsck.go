package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"gosafe/classify"
)

// fsckDamage are git's words about objects, packs, refs, HEAD, the index and
// the config of the repository itself that say what is wrong with them, by the
// file of git's that has them (2.39).
var fsckDamage = []string{
	`^missing (?:blob|tree|commit|tag|unknown) `, // builtin/fsck.c
	`^broken link from `,
	`: (?:object corrupt or missing|object missing|object could not be parsed|object is of unknown type|hash-path mismatch|hash mismatch)`,
	`: invalid (?:sha1 pointer|reflog entry) `,
	`\b(?:Invalid HEAD|HEAD points to something strange|detached HEAD points at nothing)`,
	`\bobject file \S+ is empty`, // object-file.c
	`\bloose object '?\S+ .*is corrupt`,
	`\b(?:corrupt|garbage at end of) loose object `,
	`\bunable to (?:unpack|parse) (?:object )?(?:header of|contents of|\S+ header) `,
	`\binflate: data stream error`,
	`\b(?:sha1|hash|oid|object type) mismatch `,
	`\bpackfile \S+ (?:cannot be|is|does not|claims|index|signature|pack) ?`, // packfile.c
	`\bfile \S+ is (?:far too short to be|not) a (?:GIT )?packfile`,
	`\bindex file (?:\S+ (?:is|overflows)|corrupt|smaller)`,
	`\bwrong index v\d file size in `,
	`\bnon-monotonic index `,
	`\boffset (?:before start|beyond end) of pack index`,
	`\bpack(?:ed \S+ from \S+ is corrupt|ed object \S+ .*is corrupt| has bad object)`,
	`\b(?:unknown object type \S+ at offset|bad offset for revindex|failed to read delta|failed to validate delta|failed to unpack compressed delta)`,
	`\b(?:pack checksum|Packfile index for|index CRC mismatch|cannot unpack \S+ from )`, // pack-check.c
	`\b(?:reverse-index file|multi-pack-index|commit-graph) `,                           // pack-revindex.c, midx.c, commit-graph.c
	`\b(?:bad index file|bad signature 0x)`,                                             // read-cache.c
	`\b(?:bad|invalid) (?:un)?shallow (?:line|object)`,                                  // shallow.c
	`\b(?:unexpected|unterminated) line in \S*packed-refs`,                              // refs/packed-backend.c
	`\brefs/\S+ does not point to a valid object`,                                       // refs.c
	`\bunable to resolve reference `,
	`\b(?:bad (?:tree )?object|not a tree object|unable to read (?:tree|object)|unable to read [0-9a-f]{40})\b`, // tree.c, object.c
	`\b(?:could not|failed to) (?:parse|read|unpack) (?:commit|object|tree)\b`,
	`\bbad config line \d+ in file (?:\./)?config\b`, // config.c
	`\bbad (?:\w+ )?config value '`,
	`\bbad config variable '[^']*' in file '(?:\./)?config'`,
}

// fsckTrouble are words that tell of the machine, or of this git, and make all
// the others doubtful: what cannot be opened looks as if it were missing.
var fsckTrouble = []string{
	`dubious ownership`, `Permission denied`, `Operation not permitted`,
	`Too many open files`, `Cannot allocate memory`, `(?i:out of memory)`, `Resource temporarily unavailable`,
	`Input/output error`, `Stale file handle`, `No space left on device`, `unable to create thread`, `cannot fork`,
	`not supported`, `try upgrading`,
}

// fsckHarmless are git's words about what published repositories have: faults
// in the text of old commits, and branches that are none.
var fsckHarmless = []string{`^error in `, `^error: refs/\S+: not a commit$`}

// fsck has git verify a repository, and returns the first thing that it says
// is damaged. The error tells why it could not look: git that cannot run, or
// that complains of anything else, has not found damage.
//
// Only the repository itself is read: no environment for git (a hook sets
// GIT_DIR and GIT_OBJECT_DIRECTORY), and no configuration of the user's or the
// system's. A directory that --git-dir names is asked for no owner, so that
// safe.directory is not needed (setup.c, setup_explicit_git_dir).
func (s *shim) fsck(ctx context.Context, dir string) (damage string, err error) {
	cmd := exec.CommandContext(ctx, "git", "--git-dir=.", "fsck", "--no-dangling", "--no-progress")
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, fsckEnviron(s.Environ, dir), time.Second
	out, err := cmd.CombinedOutput()
	exit := (*exec.ExitError)(nil)
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("running git fsck: %w", context.Cause(ctx))
	case err == nil:
		return "", nil
	case !errors.As(err, &exit) || exit.ExitCode() < 0:
		return "", fmt.Errorf("running git fsck: %w", err)
	}
	if damage, err = readFsck(out); damage != "" {
		if err := readable(dir); err != nil {
			return "", fmt.Errorf("git fsck could not read all: %w", err)
		}
	}
	return damage, err
}

// fsckEnviron is the environment without anything that is for git. Without a
// home there are no settings of the user's (GIT_CONFIG_GLOBAL says the same to
// git 2.32 and newer only).
func fsckEnviron(environ []string, dir string) []string {
	var env []string
	for _, kv := range environ {
		if len(kv) < 4 || !strings.EqualFold(kv[:4], "GIT_") {
			env = append(env, kv)
		}
	}
	return with(env, []string{"LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + dir, "XDG_CONFIG_HOME=" + dir})
}

// readFsck judges what a git fsck that has failed has said.
func readFsck(out []byte) (damage string, err error) {
	broken, trouble, harmless := anyOf(fsckDamage), anyOf(fsckTrouble), anyOf(fsckHarmless)
	first, other, excused := "", "", false
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		complaint := strings.HasPrefix(text, "error: ") || strings.HasPrefix(text, "fatal: ")
		switch {
		case trouble.MatchString(text):
			return "", fmt.Errorf("git fsck: %s", classify.Printable(text))
		case harmless.MatchString(text):
			excused = true
		case broken.MatchString(text) && (complaint || strings.HasPrefix(text, "missing ") || strings.HasPrefix(text, "broken link")):
			if first == "" {
				first = text
			}
		case complaint && other == "":
			other = text
		}
	}
	switch {
	case first != "":
		return "git fsck says: " + classify.Printable(first), nil
	case other != "":
		return "", fmt.Errorf("git fsck: %s", classify.Printable(other))
	case !excused:
		return "", errors.New("git fsck failed, and did not say why")
	}
	return "", nil
}

func anyOf(patterns []string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(patterns, "|"))
}

// readable opens every file of a repository: of a pack that may not be read
// git says no more than that it cannot be accessed.
func readable(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return f.Close()
	})
}
