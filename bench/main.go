// Bench measures what becomes of a go command when things go wrong, by itself,
// under the loops that projects write around it, and through gosafe:
// `go run ./bench`, inside the repository. It writes docs/benchmarks.md.
//
// It needs no network. Everything it starts is on loopback, everything it
// writes is in a scratch directory that is removed at the end, and every figure
// of the page was measured in the run that wrote it.
//
// The exit status is 0 if the page was written, 1 if something failed, 2 for
// wrong usage, 130 if it was interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// faultsPage is where the page about faults goes.
const faultsPage = "docs/benchmarks.md"

func run(ctx context.Context, args []string) int {
	b := bench{command: strings.TrimSpace("go run ./bench " + strings.Join(args, " ")), progress: os.Stderr}
	out := faultsPage
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&b.seeds, "seeds", 5, "how often each fault strikes each policy; four times that for the large graphs")
	f.Func("only", "measure only the faults whose name matches this `regexp`", func(s string) (err error) {
		b.only, err = regexp.Compile(s)
		return err
	})
	f.StringVar(&out, "o", out, "the `file` to write; - is standard output")
	f.DurationVar(&b.limit, "limit", time.Minute, "how long a policy may take before it is ended")
	f.IntVar(&b.atOnce, "at-once", runtime.NumCPU(), "how many commands are measured at the same time")
	f.BoolVar(&b.verbose, "v", false, "show what each policy's commands say")
	cost := f.Int("cost", 0, "measure what gosafe costs when nothing goes wrong, in so many `rounds`, and write docs/overhead.md")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if f.NArg() > 0 || b.seeds < 1 || b.limit <= 0 || b.atOnce < 1 {
		fmt.Fprintln(os.Stderr, "bench: want -seeds, -limit and -at-once above zero, and no arguments")
		return 2
	}
	measure := b.run
	if *cost > 0 {
		measure = func(ctx context.Context) (string, error) { return b.costs(ctx, *cost) }
		if out == faultsPage {
			out = "docs/overhead.md"
		}
	}
	page, err := measure(ctx)
	if err == nil && out == "-" {
		_, err = os.Stdout.WriteString(page)
	} else if err == nil {
		err = os.WriteFile(out, []byte(page), 0o666)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted; nothing was written")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}
