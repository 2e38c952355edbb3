package retry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/module"
)

// A BuildCache is go's build cache, laid out as cmd/go/internal/cache does it:
// an entry is a file named by the hash of what was done, with "-a", which names
// an output: a file named by the sha256 of its content, with "-d", or an
// executable in a directory of such a name.
//
// go checks the form of an entry and the size of an output, and makes anew
// what fails (cache.get, GetFile). It does not look at the content, so that an
// output of the right size that a crash filled with zeros is used for ever.
type BuildCache struct {
	Dir    string // GOCACHE
	Looked func() // called after each output that was verified, by several at once; may be nil
}

// An output is what entries of a build cache name.
type output struct {
	sum     string // its content's, in hexadecimal
	size    int64
	entries []string // the files that name it, with that size
}

// Damaged hashes every output that go would use, and returns the entries of
// those that are not what their names say. It stops when ctx is done.
func (c BuildCache) Damaged(ctx context.Context) ([]Repair, error) {
	if !filepath.IsAbs(c.Dir) {
		return nil, fmt.Errorf("build cache %q is not an absolute path", c.Dir)
	}
	outputs, err := c.outputs(ctx)
	if err != nil {
		return nil, err
	}
	var (
		found = make([][]Repair, len(outputs))
		errs  = make([]error, len(outputs))
	)
	each(ctx, len(outputs), func(i int) {
		found[i], errs[i] = c.verify(outputs[i])
		if c.Looked != nil {
			c.Looked()
		}
	})
	var all []Repair
	for _, repairs := range found {
		all = append(all, repairs...)
	}
	if ctx.Err() != nil {
		return all, fmt.Errorf("verifying the build cache: %w", context.Cause(ctx))
	}
	return all, errors.Join(errs...)
}

// Mend deletes the entries of damaged outputs, so that go makes them again and
// writes the right content over the wrong one (cache.copyFile). The outputs
// stay where they are: a build beside us that has looked its entry up already
// opens the output later, and fails if it is gone.
func (c BuildCache) Mend(ctx context.Context) ([]Repair, error) {
	found, err := c.Damaged(ctx)
	var done []Repair
	for _, r := range found {
		rerr := os.Remove(r.Path)
		if errors.Is(rerr, fs.ErrNotExist) {
			continue // somebody else was faster
		}
		if rerr != nil {
			return done, fmt.Errorf("mending the build cache: %w", explainPermission(rerr))
		}
		r.Action = "deleted"
		done = append(done, r)
	}
	return done, err
}

// outputs reads all entries. What go would not use, for its form or its size,
// is left out: that, go makes again by itself. So is what is being written,
// which lacks its last byte until it is whole.
func (c BuildCache) outputs(ctx context.Context) (list []output, err error) {
	type key struct {
		sum  string
		size int64
	}
	index := map[key]int{}
	for i := range 256 {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		sub := filepath.Join(c.Dir, fmt.Sprintf("%02x", i))
		files, err := os.ReadDir(sub)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading the build cache: %w", explainPermission(err))
		}
		for _, f := range files {
			id, ok := strings.CutSuffix(f.Name(), "-a")
			if !ok {
				continue
			}
			name := filepath.Join(sub, f.Name())
			data, err := os.ReadFile(name)
			if err != nil {
				continue // go does not use it either
			}
			sum, size, ok := parseEntry(string(data), id)
			if !ok {
				continue
			}
			at, known := index[key{sum, size}]
			if !known {
				at = len(list)
				index[key{sum, size}] = at
				list = append(list, output{sum: sum, size: size})
			}
			list[at].entries = append(list[at].entries, name)
		}
	}
	return list, nil
}

// parseEntry reads an entry: "v1", the hash that names it, that of its output,
// the output's size and the time (cache.putIndexEntry).
func parseEntry(text, id string) (sum string, size int64, ok bool) {
	f := strings.Fields(text)
	if len(f) != 5 || f[0] != "v1" || f[1] != id || len(f[2]) != hex.EncodedLen(sha256.Size) || strings.Trim(f[2], "0123456789abcdef") != "" {
		return "", 0, false
	}
	size, err := strconv.ParseInt(f[3], 10, 64)
	return f[2], size, err == nil
}

// verify hashes one output.
func (c BuildCache) verify(o output) ([]Repair, error) {
	name := filepath.Join(c.Dir, o.sum[:2], o.sum+"-d")
	fi, err := os.Stat(name)
	if err == nil && fi.IsDir() {
		inside, derr := os.ReadDir(name)
		if derr != nil || len(inside) != 1 {
			return nil, nil // go does not use it
		}
		name = filepath.Join(name, inside[0].Name())
		fi, err = os.Stat(name)
	}
	if err != nil || fi.Size() != o.size || !fi.Mode().IsRegular() {
		return nil, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("verifying the build cache: %w", explainPermission(err))
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err == nil && hex.EncodeToString(h.Sum(nil)) == o.sum {
		return nil, nil
	}
	var repairs []Repair
	for _, entry := range o.entries {
		repairs = append(repairs, Repair{module.Version{}, entry, "its output, " + filepath.Base(name) + ", is not what its name says", ""})
	}
	return repairs, nil
}

// each calls do with the numbers below n, several at once, until ctx is done.
func each(ctx context.Context, n int, do func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				do(i)
			}
		}()
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
}
