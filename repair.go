package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gosafe/classify"
	"gosafe/internal/args"
	"gosafe/internal/call"
	"gosafe/retry"
	"gosafe/wrapper"
)

// A checkup is one run of gosafe repair.
type checkup struct {
	*shim
	ctx      context.Context
	look     bool // only look
	out      io.Writer
	progress *progress

	verified []string // what has been looked at, in words
	damaged  int      // things found damaged, where only looked
	mended   int
	left     int // what could not be mended or verified
}

// repair is `gosafe repair`: it verifies what the module here uses, or what is
// named, or all that is in the caches, and mends what is damaged. Its report is
// its product and goes to stdout. It exits 0 if nothing is damaged any more, 1
// if something is, or could not be verified, and 2 for a wrong command line.
func repair(words, environ []string) int {
	fset := flag.NewFlagSet("gosafe repair", flag.ContinueOnError)
	fset.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: gosafe repair [-n] [module[@version]... | all]\nWithout arguments: what the module here uses. Exits 0 if nothing is damaged any more, 1 if something is.")
		fset.PrintDefaults()
	}
	look := fset.Bool("n", false, "only look: print what is damaged and change nothing")
	names, err := args.Parse(fset, words)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	s := newShim([]string{"gosafe"}, environ)
	if err := s.find(); err != nil {
		fmt.Fprintf(os.Stderr, "gosafe: repair: %v\n", err)
		return 127
	}
	sig := wrapper.Listen()
	c := &checkup{shim: s, ctx: sig.Context(), look: *look, out: os.Stdout, progress: newProgress(call.Lookup(environ, "TERM"))}
	code := c.run(names)
	c.progress.stop()
	sig.CloseOrDie()
	return code
}

// run verifies what the arguments name.
func (c *checkup) run(args []string) int {
	mods, all, err := c.choose(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "gosafe: repair: %v\n", err)
		return 2
	}
	c.modules(mods)
	if all || len(args) == 0 {
		clones := mods
		if all {
			clones = nil
		}
		c.sums()
		c.clones(clones)
		c.builds()
	}
	c.progress.stop()
	if c.ctx.Err() != nil {
		return 1
	}
	result := "nothing is damaged"
	switch {
	case c.damaged > 0:
		result = fmt.Sprintf("%d damaged", c.damaged)
	case c.mended > 0:
		result = fmt.Sprintf("%d mended", c.mended)
	case c.left > 0:
		result = "nothing else is damaged"
	}
	fmt.Fprintf(c.out, "verified %s: %s\n", strings.Join(c.verified, ", "), result)
	if c.damaged > 0 || c.left > 0 {
		return 1
	}
	return 0
}

// choose finds out which module versions are meant, and whether all is.
func (c *checkup) choose(args []string) (mods []module.Version, all bool, err error) {
	cache := c.cache()
	switch {
	case cache.Dir == "":
		return nil, false, errors.New("the module cache is not known: neither GOMODCACHE nor GOPATH nor HOME is set")
	case len(args) == 0:
		if _, ok := readModules(c.Env, c.Dir(), ""); !ok {
			return nil, false, errors.New("there is no go.mod here or above that can be read; name modules, or say gosafe repair all")
		}
		absent := func(m module.Version) bool { return !cache.Holds(m) }
		return slices.DeleteFunc(c.used(), absent), false, nil
	case slices.Equal(args, []string{"all"}):
		mods, err = cache.Versions("")
		return mods, true, err
	}
	for _, arg := range args {
		path, version, ok := strings.Cut(arg, "@")
		of := []module.Version{{Path: path, Version: version}}
		if !ok {
			if of, err = cache.Versions(path); err != nil {
				return nil, false, err
			}
		}
		if len(of) == 0 {
			return nil, false, fmt.Errorf("no version of %s is in %s", path, cache.Dir)
		}
		for _, m := range of {
			if err := module.Check(m.Path, m.Version); err != nil {
				return nil, false, err
			}
			if !cache.Holds(m) {
				return nil, false, fmt.Errorf("%s is not in %s", m, cache.Dir)
			}
		}
		mods = append(mods, of...)
	}
	return mods, false, nil
}

func (c *checkup) modules(mods []module.Version) {
	cache := c.cache()
	cache.Looked = c.progress.phase("modules", len(mods))
	found, err := cache.Damaged(c.ctx, mods)
	c.verified = append(c.verified, count(len(mods), "module"))
	if c.look {
		c.tell(found, err)
		return
	}
	c.fail(err)
	var done []module.Version
	for _, r := range found {
		if slices.Contains(done, r.Module) {
			continue
		}
		done = append(done, r.Module)
		ctx, cancel := context.WithTimeoutCause(c.ctx, mendTimeout, errors.New("another go command holds the lock"))
		repairs, err := cache.Mend(ctx, r.Module)
		cancel()
		c.tell(repairs, err)
	}
}

func (c *checkup) sums() {
	c.progress.phase("the checksum database's cache", 0)
	sums := c.shim.sums()
	if c.look {
		c.tell(sums.Damaged(c.ctx))
	} else {
		c.tell(sums.Mend(c.ctx))
	}
	c.verified = append(c.verified, "the checksum database's cache")
}

func (c *checkup) clones(mods []module.Version) {
	cache := c.cache()
	cache.Looked = c.progress.phase("clones", 0)
	c.tell(cache.VerifyClones(c.ctx, mods, !c.look))
	if n := c.progress.steps(); n > 0 {
		c.verified = append(c.verified, count(n, "clone"))
	}
}

func (c *checkup) builds() {
	if c.Env.Get("GOCACHEPROG") != "" {
		return // a program's own affair
	}
	cache := retry.BuildCache{Dir: c.Env.Get("GOCACHE"), Looked: c.progress.phase("outputs in the build cache", 0)}
	if c.look {
		c.tell(cache.Damaged(c.ctx))
	} else {
		c.tell(cache.Mend(c.ctx))
	}
	c.verified = append(c.verified, count(c.progress.steps(), "output")+" in the build cache")
}

// tell prints what is damaged, and what was done about it.
func (c *checkup) tell(repairs []retry.Repair, err error) {
	c.progress.clear()
	for _, r := range repairs {
		line := r.Path + ": " + r.Damage
		if r.Action == "" {
			c.damaged++
		} else {
			c.mended++
			line += "; " + r.Action
		}
		fmt.Fprintln(c.out, classify.Printable(line))
	}
	c.fail(err)
}

// fail prints what could not be mended or verified.
func (c *checkup) fail(err error) {
	if err == nil || c.ctx.Err() != nil {
		return
	}
	c.progress.clear()
	for line := range strings.Lines(err.Error()) { // errors.Join has one a line
		c.left++
		fmt.Fprintf(os.Stderr, "gosafe: repair: %s\n", classify.Printable(strings.TrimSuffix(line, "\n")))
	}
}

// count says how many.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
