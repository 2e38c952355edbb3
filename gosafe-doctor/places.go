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
	"syscall"
)

// A place is a directory that go commands write to.
type place struct {
	names []string // the settings that lead to it
	path  string
	at    string // the nearest directory that exists: path itself, or the one that it would be made in
	why   error  // why there is none
	exec  bool   // programs are run from it
}

// places are the directories that go commands write to, and the faults of the
// settings that name them.
func (p *patient) places() (list []place, found []finding) {
	home := p.home()
	for _, s := range []struct{ key, value, need string }{
		{"GOMODCACHE", p.get("GOMODCACHE"), "nothing can be fetched"},
		{"GOCACHE", p.get("GOCACHE"), "nothing can be built"},
	} {
		switch {
		case s.value == "" && home == "":
			found = append(found, fault(broken, "no-home", "HOME is not set, and %s neither: %s", s.key, s.need).do("export HOME=DIR, or %s=DIR", s.key))
		case s.value == "":
			found = append(found, fault(broken, "no-place", "%s is empty: %s", s.key, s.need).do("%s", p.unset(s.key)))
		case s.value == "off":
			found = append(found, fault(broken, "gocache-off", "%s=off: go cannot build without its cache", s.key).do("%s", p.unset(s.key)))
		case !filepath.IsAbs(s.value):
			found = append(found, fault(broken, "place-relative", "%s is a relative path: every go command fails", s.key).saw("%s=%s", s.key, s.value).do("%s", p.unset(s.key)))
		default:
			list = append(list, place{names: []string{s.key}, path: s.value})
		}
	}
	if len(found) == 2 && found[0].Fault == "no-home" && found[1].Fault == "no-home" {
		found = []finding{fault(broken, "no-home", "HOME is not set: go does not know where its caches are").do("export HOME=DIR\nor export GOPATH=DIR GOCACHE=DIR")}
	}
	for _, dir := range filepath.SplitList(p.get("GOPATH")) {
		if strings.HasPrefix(dir, "~") || !filepath.IsAbs(dir) {
			found = append(found, fault(broken, "place-relative", "GOPATH has an entry that is no absolute path: every go command fails").saw("GOPATH=%s", p.get("GOPATH")).do("%s", p.unset("GOPATH")))
			break
		}
	}
	if bin := p.get("GOBIN"); bin != "" {
		if !filepath.IsAbs(bin) {
			found = append(found, fault(broken, "place-relative", "GOBIN is a relative path: go install fails").saw("GOBIN=%s", bin).do("%s", p.unset("GOBIN")))
		} else {
			list = append(list, place{names: []string{"GOBIN"}, path: bin})
		}
	}
	tmp := place{names: []string{"GOTMPDIR"}, path: p.get("GOTMPDIR"), exec: true}
	if tmp.path == "" {
		tmp.names, tmp.path = []string{"TMPDIR"}, p.environ("TMPDIR")
	}
	if tmp.path == "" {
		tmp.names, tmp.path = []string{"the temporary directory"}, os.TempDir()
	}
	list = append(list, tmp)
	if home != "" && filepath.IsAbs(home) {
		list = append(list, place{names: []string{"HOME"}, path: home})
	}
	for i := range list {
		list[i].at, list[i].why = nearest(list[i].path)
		if !slices.Contains([]string{"GOTMPDIR", "TMPDIR", "HOME"}, list[i].names[0]) {
			continue
		}
		if _, err := os.Stat(list[i].path); err != nil { // go makes caches, but not these
			list[i].at, list[i].why = "", err
		}
	}
	return list, found
}

// nearest returns path, or the nearest directory above it that exists.
func nearest(path string) (string, error) {
	for dir := path; ; dir = filepath.Dir(dir) {
		fi, err := os.Stat(dir)
		switch {
		case err == nil && !fi.IsDir():
			return "", fmt.Errorf("%s is not a directory", dir)
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		case dir == filepath.Dir(dir):
			return "", err
		}
	}
}

// merge puts places that are the same directory together.
func merge(list []place) (merged []place) {
	for _, pl := range list {
		i := slices.IndexFunc(merged, func(m place) bool { return m.at == pl.at && pl.why == nil && m.why == nil })
		if i < 0 {
			merged = append(merged, pl)
			continue
		}
		merged[i].names = append(slices.Clone(merged[i].names), pl.names...)
		merged[i].exec = merged[i].exec || pl.exec
	}
	return merged
}

func checkPlaces(_ context.Context, p *patient) []finding {
	list, found := p.places()
	var fine1 []string
	for _, pl := range merge(list) {
		names := strings.Join(pl.names, ", ")
		f, bad := p.judgePlace(pl, names)
		if bad {
			found = append(found, f)
			continue
		}
		fine1 = append(fine1, names)
	}
	if found != nil {
		return found
	}
	return fine("writable: %s", strings.Join(fine1, ", "))
}

// judgePlace tries what go does with a place.
func (p *patient) judgePlace(pl place, names string) (finding, bool) {
	only := slices.Equal(pl.names, []string{"HOME"})
	l := broken
	if only {
		l = warning // the caches are elsewhere
	}
	if pl.why != nil {
		if only {
			return fault(note, "place-missing", "HOME does not exist").saw("%s: %s", pl.path, bare(pl.why)), true
		}
		f := fault(l, "place-missing", "%s cannot be used: %s", names, bare(pl.why)).saw("%s", pl.path)
		if errors.Is(pl.why, fs.ErrNotExist) {
			return f.do("mkdir -p %s", shellQuote(pl.path)), true
		}
		return f.do("%s", p.unset(pl.names[0])), true
	}
	err := tryWrite(pl.at)
	switch {
	case err == nil, errors.Is(err, syscall.ENOSPC), isQuota(err): // cache/space tells
	case errors.Is(err, syscall.EROFS):
		return fault(l, "place-read-only", "%s is on a file system that is mounted read-only", names).saw("%s: %s", pl.at, bare(err)).
			do("mount it writable, or name another directory: %s", p.set(pl.names[0], "DIR")), true
	default:
		owner, us := ownerOf(pl.at)
		f := fault(l, "place-unwritable", "%s cannot be written", names).saw("%s: %s", pl.at, bare(err))
		if owner != us {
			return f.saw("it belongs to %s, you are %s", owner, us).do("sudo chown -R %s %s", us, shellQuote(pl.at)), true
		}
		return f.do("chmod u+rwx %s", shellQuote(pl.at)), true
	}
	m := mountOf(pl.at)
	if pl.exec && m.noexec {
		return fault(broken, "tmp-noexec", "no program may be run from %s: go run, go test and cgo fail", names).saw("%s is mounted noexec", pl.at).
			do("export GOTMPDIR=DIR, a directory on another file system"), true
	}
	if m.network != "" && !only {
		if err := tryLock(pl.at); err != nil {
			return fault(broken, "no-locks", "%s is on a file system (%s) that gives no locks", names, m.network).saw("%s: flock: %s", pl.at, bare(err)).
				do("%s\nto a directory on a local disk", p.set(pl.names[0], "DIR")), true
		}
		return fault(note, "network-file-system", "%s is on a network file system (%s): slow, and its locks depend on the server", names, m.network).saw("%s", pl.at), true
	}
	return finding{}, false
}

// tryWrite makes a file and removes it.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".gosafe-doctor-")
	if err != nil {
		return err
	}
	_, err = f.WriteString("x")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// How little free space is too little: go writes what it downloads before it
// looks at it, and a linker maps its whole output.
const (
	fullBytes, lowBytes = 32 << 20, 512 << 20
	fullFiles, lowFiles = 200, 20000
)

func checkSpace(ctx context.Context, p *patient) []finding {
	list, _ := p.places()
	var found []finding
	seen := map[string]bool{}
	names, room := map[string][]string{}, map[string]string{}
	for _, pl := range list {
		if pl.why == nil {
			fs := mountOf(pl.at).id
			names[fs] = append(names[fs], pl.names...)
			room[fs] += pl.room()
		}
	}
	for _, pl := range list {
		if pl.why != nil {
			continue
		}
		m := mountOf(pl.at)
		if seen[m.id] {
			continue
		}
		seen[m.id] = true
		who := strings.Join(names[m.id], ", ")
		clean, more := "df -h "+shellQuote(pl.at)+room[m.id], "df -i "+shellQuote(pl.at)+room[m.id]
		switch err := tryWrite(pl.at); {
		case isQuota(err):
			found = append(found, fault(broken, "quota-full", "your quota is used up where %s is", who).saw("%s: %s", pl.at, bare(err)).do("quota -s%s", room[m.id]))
		case !m.known:
		case m.files > 0 && m.freeFiles < fullFiles:
			found = append(found, fault(broken, "inodes-full", "the file system of %s has no room for more files, however small (inodes)", who).saw("%s: %d of %d inodes are free", pl.at, m.freeFiles, m.files).do("%s", more))
		case m.free < fullBytes:
			found = append(found, fault(broken, "disk-full", "the file system of %s is full", who).saw("%s: %s of %s are free", pl.at, size(m.free), size(m.size)).do("%s", clean))
		case m.files > 0 && m.freeFiles < lowFiles && m.freeFiles < m.files/20:
			found = append(found, fault(warning, "inodes-low", "the file system of %s has little room for more files (inodes)", who).saw("%s: %d of %d inodes are free", pl.at, m.freeFiles, m.files).do("%s", more))
		case m.free < lowBytes:
			found = append(found, fault(warning, "disk-low", "the file system of %s is nearly full", who).saw("%s: %s of %s are free", pl.at, size(m.free), size(m.size)).do("%s", clean))
		}
	}
	if found != nil {
		return found
	}
	var held []string
	for _, key := range []string{"GOMODCACHE", "GOCACHE"} {
		if dir := p.get(key); filepath.IsAbs(dir) {
			p.waiting("space", "the size of "+key)
			held = append(held, key+" "+treeSize(ctx, dir))
		}
	}
	return fine("enough free space; %s", strings.Join(held, ", "))
}

// room says, in a line of its own, what makes room where a place is.
func (pl place) room() string {
	switch pl.names[0] {
	case "GOCACHE":
		return "\ngo clean -cache empties GOCACHE"
	case "GOMODCACHE":
		return "\ngo clean -modcache empties GOMODCACHE: every module is fetched anew"
	case "HOME", "GOBIN":
		return "" // what is in them is not go's
	}
	return "\nls -l " + shellQuote(pl.at) + " shows what is in " + pl.names[0] + "; what is left of go-build*, go-link-* and gopls is old"
}

// treeSize is the size of what is below dir, as far as there is time to count.
func treeSize(ctx context.Context, dir string) string {
	var sum uint64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err == nil && d.Type().IsRegular() {
			if fi, err := d.Info(); err == nil {
				sum += uint64(fi.Size())
			}
		}
		return nil
	})
	if ctx.Err() != nil {
		return "more than " + size(sum)
	}
	return size(sum)
}

// size is a number of bytes as people read it.
func size(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
