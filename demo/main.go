// Demo shows a rescue: `go run ./demo`, inside the repository.
//
// It starts a misbehaving module proxy on loopback, runs the real
// `go mod download` against it, bare and through gosafe, and prints both
// transcripts with a closing summary. It needs no network and no set-up, keeps
// to a scratch directory, and removes that at the end.
//
// The exit status is 0 if gosafe got through, 1 if it did not or the demo
// itself failed, 2 for wrong usage, 130 if it was interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// With SIGPIPE among them, `go run ./demo | head` cleans up too.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	d := demo{out: os.Stdout}
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	f.Uint64Var(&d.seed, "seed", 3, "which requests are spoiled")
	f.Float64Var(&d.fail, "fail", 0.25, "the share of requests that are spoiled, 0 to 1")
	f.IntVar(&d.modules, "modules", 24, "how many modules to download")
	f.BoolVar(&d.verbose, "v", false, "print the proxy's log of requests after each run")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if f.NArg() > 0 || d.modules < 1 || d.modules > 1000 || !(d.fail >= 0 && d.fail <= 1) {
		fmt.Fprintln(os.Stderr, "demo: want -fail from 0 to 1, -modules from 1 to 1000, and no arguments")
		return 2
	}
	err := d.run(ctx)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "demo: interrupted")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		return 1
	}
	return 0
}
