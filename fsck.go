package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"gosafe/classify"
)

// fsck has git verify a repository, and returns the first thing that it says
// is damaged. What it finds fault with in the text of old commits, which
// published repositories have, is no damage. The error tells why it could not
// look.
func (s *shim) fsck(ctx context.Context, dir string) (damage string, err error) {
	cmd := exec.CommandContext(ctx, "git", "--git-dir="+dir, "fsck", "--no-dangling", "--no-progress")
	cmd.Env = with(s.environ, []string{"LC_ALL=C"})
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err == nil || ctx.Err() != nil || !errors.As(err, &exit) {
		if err != nil {
			err = fmt.Errorf("running git fsck: %w", err)
		}
		return "", err
	}
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		switch {
		case strings.Contains(text, "dubious ownership"), strings.Contains(text, "Permission denied"):
			return "", fmt.Errorf("git fsck: %s", classify.Printable(text))
		case strings.HasPrefix(text, "error in "):
		case strings.HasPrefix(text, "error: "), strings.HasPrefix(text, "fatal: "), strings.HasPrefix(text, "missing "), strings.HasPrefix(text, "broken link"):
			return "git fsck says: " + classify.Printable(strings.ReplaceAll(text, dir, "")), nil
		}
	}
	return "", nil
}
