package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gosafe/internal/faultproxy"
)

// A demo is one showing.
type demo struct {
	out     io.Writer
	seed    uint64
	fail    float64 // probability
	modules int
	verbose bool

	// gosafe is the program to show; "" means the one of this repository,
	// freshly built.
	gosafe string
}

// faults are what the demo's proxy draws from: what proxies and networks do on
// a bad day. The statuses come without a text, which go would repeat.
var faults = []faultproxy.Fault{
	{Kind: faultproxy.StatusBare, Arg: "502"},
	{Kind: faultproxy.StatusBare, Arg: "503"},
	{Kind: faultproxy.ResetBody},
	{Kind: faultproxy.Cut},
}

// errLost says that gosafe did not do what the demo is to show.
var errLost = errors.New("gosafe did not get through")

// run shows both runs and the summary. Its error is errLost, or what kept the
// demo from running.
func (d *demo) run(ctx context.Context) (err error) {
	s, err := newScratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	if d.gosafe == "" {
		if d.gosafe, err = s.buildGosafe(ctx); err != nil {
			return err
		}
	}
	d.printf("%d modules behind a module proxy on this machine that spoils %.0f %% of the\n"+
		"requests (seed %d): 502, 503, connections reset or cut in the middle.\n", d.modules, 100*d.fail, d.seed)

	d.heading("The go command by itself")
	bare, err := d.trial(ctx, s, "bare", s.goCommand)
	if err != nil {
		return err
	}
	d.heading("The same through gosafe, with the same faults and an empty cache")
	safe, err := d.trial(ctx, s, "safe", d.gosafe)
	if err != nil {
		return err
	}
	verified := false
	if safe.exit == 0 {
		d.printf("\n")
		if verified, err = d.verify(ctx, s, safe); err != nil {
			return err
		}
	}
	d.heading("Summary")
	d.summarise(bare, safe)
	return d.verdict(bare, safe, verified)
}

// verdict says in a sentence what was seen.
func (d *demo) verdict(bare, safe *trial, verified bool) error {
	switch {
	case safe.exit != 0 || safe.complete < d.modules:
		d.printf("\ngosafe did NOT get through: no rescue this time.\n")
		return errLost
	case !verified:
		d.printf("\ngosafe got through, but go mod verify does NOT approve of the result.\n")
		return errLost
	case bare.exit == 0:
		d.printf("\nBare go got through too: there was nothing to rescue. Try another -seed,\nor a higher -fail.\n")
	default:
		d.printf("\nBare go failed; gosafe got through, and the result is verified.\n")
	}
	return nil
}

func (d *demo) printf(format string, args ...any) {
	fmt.Fprintf(d.out, format, args...) // a reader who left ends us by SIGPIPE
}

func (d *demo) heading(text string) { d.printf("\n-- %s\n\n", text) }
