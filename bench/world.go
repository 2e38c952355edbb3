package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gosafe/internal/faultproxy"
)

// A world is what one trial runs in: a project with an empty cache, a home of
// its own, and two module proxies.
type world struct {
	dir       string // holds everything
	project   string
	goCommand string // the real go
	env       []string
	fault     fault
	want      int // modules that must be complete in the cache in the end

	sources []*source
	git     *gitHost // nil unless the fault has one
	before  int      // requests that the setting up took
	timers  sync.WaitGroup
}

// newWorld makes the world of a trial in dir, which must not exist. The caller
// must close it.
func (b *bench) newWorld(ctx context.Context, t trial, dir string) (*world, error) {
	f := t.fault
	w := &world{dir: dir, project: filepath.Join(dir, "project"), goCommand: b.goCommand, fault: f, want: f.size()}
	mods := faultproxy.Graph(f.size())
	if err := errors.Join(w.start(mods, t.seed, t.sound), w.write(mods)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.set("GOCACHE", b.buildCache)
	if f.setUp != nil {
		if err := f.setUp(ctx, w, t.sound); err != nil {
			return nil, errors.Join(fmt.Errorf("setting up %q: %w", f.name, err), w.close())
		}
	}
	w.before = w.requests()
	return w, nil
}

// start starts the two sources and makes the environment in which go asks them.
func (w *world) start(mods []faultproxy.Module, seed uint64, sound bool) error {
	var urls []string
	var cas []byte
	for i := range 2 {
		s := &source{conf: faultproxy.Config{Modules: mods, Seed: 2*seed + uint64(i)}}
		if w.fault.tls {
			s.conf.Cert = faultproxy.Good
		}
		if (i == 0 || w.fault.everywhere) && !sound {
			rules, err := w.fault.rules(s.conf.Seed)
			if err != nil {
				return err
			}
			s.conf.Rules = rules
			s.down = w.fault.down > 0 || w.fault.dead
		}
		s.conf.Rules = append(s.conf.Rules, calm)
		if err := s.listen(); err != nil {
			return err
		}
		w.sources = append(w.sources, s)
		urls = append(urls, s.server.URL())
		cas = append(cas, s.server.CA()...)
	}
	var err error
	if w.env, err = w.sources[0].server.Environ(w.dir); err != nil {
		return err
	}
	w.set("GOPROXY", strings.Join(urls, ","))
	for _, s := range w.sources {
		if s.down {
			s.server.Close()
		}
	}
	if cas == nil {
		return nil
	}
	w.set("SSL_CERT_FILE", filepath.Join(w.dir, "cas.pem"))
	return os.WriteFile(filepath.Join(w.dir, "cas.pem"), cas, 0o666)
}

// write writes the program that needs the modules.
func (w *world) write(mods []faultproxy.Module) error {
	files, err := faultproxy.Program(mods)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.project, 0o777); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(w.project, name), []byte(content), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// begin starts the clock of a fault that ends by itself after that time, or
// stays if it is 0. The clock ends with ctx.
func (w *world) begin(ctx context.Context, after time.Duration) {
	if after == 0 {
		return
	}
	for _, s := range w.sources {
		w.timers.Add(1)
		go func() {
			defer w.timers.Done()
			select {
			case <-ctx.Done():
			case <-time.After(after):
				s.recover()
			}
		}()
	}
}

// requests counts what all servers were asked since the world was made.
func (w *world) requests() int {
	n := -w.before
	for _, s := range w.sources {
		n += len(s.log())
	}
	if w.git != nil {
		n += w.git.connections()
	}
	return n
}

// struck reports whether the fault has struck at all.
func (w *world) struck() bool {
	if w.fault.rule == "" {
		return true
	}
	for _, s := range w.sources {
		for _, r := range s.log() {
			if r.Fault != "" && !strings.HasPrefix(r.Fault, faultproxy.Delay) {
				return true
			}
		}
	}
	return false
}

// complete reports whether every module is in the module cache with the hash
// that go writes once it has found the zip good.
func (w *world) complete() (bool, error) {
	n := 0
	err := filepath.WalkDir(filepath.Join(w.dir, "mod", "cache", "download"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ziphash") {
			n++
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return n >= w.want, err
}

// set sets a variable of the environment.
func (w *world) set(name, value string) {
	w.env = slices.DeleteFunc(w.env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
	w.env = append(w.env, name+"="+value)
}

// get returns a variable of the environment.
func (w *world) get(name string) string {
	for _, kv := range w.env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// close ends the servers and removes all files.
func (w *world) close() error {
	w.timers.Wait()
	for _, s := range w.sources {
		s.server.Close()
	}
	if w.git != nil {
		w.git.close()
	}
	return remove(w.dir)
}
