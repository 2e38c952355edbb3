package vcsprobe

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"time"
)

// maxOutput is as much as is kept of what a program prints.
const maxOutput = 64 << 10

// A bounded keeps the first bytes that are written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(data []byte) (int, error) {
	if room := maxOutput - b.Len(); room > 0 {
		b.Buffer.Write(data[:min(len(data), room)])
	}
	return len(data), nil
}

// A result is how a program ended.
type result struct {
	stdout, stderr []byte
	exit           int
	late           bool // it was ended at the deadline
}

// run runs a program outside of any repository, in a session of its own: it has
// no terminal to ask anybody on, and ends with all that it started when ctx does.
func run(ctx context.Context, env environ, argv ...string) result {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = env
	cmd.Dir = filepath.VolumeName(argv[0]) + string(filepath.Separator)
	var out, errs bounded
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = ownSession()
	cmd.Cancel = func() error { return killAll(cmd.Process) }
	cmd.WaitDelay = 200 * time.Millisecond
	err := cmd.Run()
	r := result{stdout: out.Bytes(), stderr: errs.Bytes(), late: ctx.Err() != nil}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.exit = exit.ExitCode()
	case errors.Is(err, exec.ErrWaitDelay): // it ended; something that it started holds on to the pipe
	case err != nil:
		r.exit = -1
		r.stderr = append(r.stderr, err.Error()...)
	}
	return r
}
