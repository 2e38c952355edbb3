package main

import (
	"crypto/sha256"
	"path"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// A survey is what a look at the module files and at the module cache has shown.
// For five hundred modules that takes some 3 ms; so it is written down, together
// with what tells whether it would show the same again: the contents of the files,
// and the stamps of the directories of the cache in which the modules are complete
// or not. As long as none of these changes, no file in them comes or goes. That
// is one look at a directory in place of five at files, some six hundred looks
// with those at the directories that the extracted modules lie in.
type survey struct {
	files   []string // as in a moduleSet
	hashes  []byte
	sums    []string // go.sum and go.work.sum, where they are not among the files
	mains   []string
	pruned  bool
	missing []string // the modules for which something may have to be fetched, with what there is of them
	dirs    []string // in the cache
}

const (
	// fewModules are not worth it: asking for their files is as quick.
	fewModules = 64

	// settled is how old a change has to be: a second one right after it may
	// bear the same time.
	settled = 2 * time.Second

	// maxSurvey and surveysSize bound what is written down.
	maxSurvey   = 256 << 10
	surveysSize = 40
)

// survey looks at what a command with that module file is built from. It reports
// false if there is nothing that could be said of that. A wide survey looks at all
// that go.sum names as well: go uses nothing that it does not name, unless it may
// change it.
func (s *shim) survey(file moduleFile, wide bool) (survey, bool) {
	cache, memo := s.Env.Get("GOMODCACHE"), s.surveyFile(file, wide)
	if v, ok := readSurvey(memo, cache); ok {
		return v, true
	}
	set, ok := file.read()
	if !ok {
		return survey{}, false
	}
	v := survey{mains: set.mains, pruned: set.pruned}
	wanted := set.requires
	switch {
	case wide:
		wanted = append(wanted, set.summed()...)
	case !set.pruned:
		wanted = nil // only a wide one would tell
	}
	if v.files, v.hashes = set.files, set.hashes; !wide {
		v.sums = set.sums
	}
	c := newLookout(cache)
	defer c.close()
	stamps := v.look(c, wanted)
	if !c.vague.Load() && max(len(wanted), len(set.requires)) >= fewModules {
		v.write(memo, stamps)
	}
	return v, true
}

// surveyFile is where such a survey is written down.
func (s *shim) surveyFile(file moduleFile, wide bool) string {
	return rememberedOf("surveys", s.Env.Get("GOMODCACHE"), file.path, file.root, wide)
}

// summed reads the sums, and returns the module versions in them. Those that have
// "/go.mod" behind the version are needed for that file alone.
func (s *moduleSet) summed() (mods []module.Version) {
	for _, file := range s.sums {
		data, _ := s.read(file)
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) == 3 {
				mods = append(mods, module.Version{Path: f[0], Version: f[1]})
			}
		}
	}
	return mods
}

// look takes the stamps of the directories in which the modules are, and then
// finds out what is missing: a change in between makes the stamps old, not the
// survey wrong.
func (v *survey) look(c *lookout, wanted []module.Version) (stamps []byte) {
	files := make([]cacheFiles, len(wanted))
	seen := make(map[string]bool)
	for i, m := range wanted {
		files[i] = filesOf(m)
		for _, dir := range []string{files[i].listed, files[i].above} {
			if dir != "" && !seen[dir] {
				seen[dir] = true
				v.dirs = append(v.dirs, dir)
			}
		}
	}
	stamps = c.stamps(v.dirs)
	gaps := make([]string, len(wanted))
	spread(len(wanted), func(i int) { gaps[i] = files[i].gap(c) })
	for i, m := range wanted {
		if gaps[i] != "" {
			v.missing = append(v.missing, m.String()+" "+gaps[i])
		}
	}
	return stamps
}

// A cacheFiles names what belongs to a module version in the module cache.
type cacheFiles struct {
	listed    string // the directory of what was downloaded
	base      string // the files there, without their endings
	above     string // the directory that the extracted one is in; empty if only go.mod is needed
	extracted string
}

// filesOf names them for a version that may have "/go.mod" behind it, as in
// go.sum: then it is needed for that file alone. For one that cannot be, there
// are none, and go says what is wrong with it.
func filesOf(m module.Version) cacheFiles {
	number, _, modOnly := strings.Cut(m.Version, "/")
	name, err1 := module.EscapePath(m.Path)
	version, err2 := module.EscapeVersion(number)
	if err1 != nil || err2 != nil {
		return cacheFiles{}
	}
	f := cacheFiles{listed: "cache/download/" + name + "/@v"}
	f.base = f.listed + "/" + version
	if !modOnly {
		f.above, f.extracted = path.Dir(name), name+"@"+version
	}
	return f
}

// parts are the endings of the files of a module version that go looks at
// (cmd/go/internal/modfetch, cache.go), and of the lock of whoever fetches it.
var parts = []string{".info", ".lock", ".mod", ".partial", ".ziphash"}

// gap tells what there is of a module for which something may have to be
// fetched. It is empty for one that is complete: extracted, to the end, with the
// three files beside it. An attempt to fetch the module, which leaves a lock at
// least, makes a difference.
func (f cacheFiles) gap(c *lookout) string {
	switch {
	case f.listed != "" && f.above == "" && c.exists(f.base+".mod"):
		return ""
	case f.above != "" && !c.exists(f.base+".partial") && c.exists(f.extracted) &&
		c.exists(f.base+".ziphash") && c.exists(f.base+".mod") && c.exists(f.base+".info"):
		return ""
	}
	there := []byte("-----")
	for i, ext := range parts {
		if f.listed != "" && c.exists(f.base+ext) {
			there[i] = ext[1]
		}
	}
	if f.above != "" && c.exists(f.extracted) {
		there = append(there, '/')
	}
	return string(there)
}

// readSurvey reads one that was written down, if it would show the same now.
func readSurvey(memo, cache string) (v survey, ok bool) {
	sum, text, ok := readNote(memo, maxSurvey+sha256.Size)
	if !ok {
		return v, false
	}
	for field := range strings.SplitSeq(string(text), "\x00") {
		if field == "" {
			continue
		}
		switch kind, field := field[0], field[1:]; kind {
		case 'f':
			_, hash, _ := readHashed(field)
			v.files, v.hashes = append(v.files, field), append(v.hashes, hash[:]...)
		case 's':
			v.sums = append(v.sums, field)
		case 'm':
			v.mains = append(v.mains, field)
		case 'p':
			v.pruned = true
		case '-':
			v.missing = append(v.missing, field)
		case 'd':
			v.dirs = append(v.dirs, field)
		}
	}
	c := newLookout(cache)
	defer c.close()
	stamps := c.stamps(v.dirs)
	return v, len(v.files) > 0 && sum == noteSum(text, v.hashes, stamps) && !c.vague.Load()
}

// write writes the survey down.
func (v survey) write(memo string, stamps []byte) {
	var text []byte
	for _, list := range []struct {
		kind   byte
		fields []string
	}{{'f', v.files}, {'s', v.sums}, {'m', v.mains}, {'-', v.missing}, {'d', v.dirs}} {
		for _, field := range list.fields {
			text = append(append(append(text, list.kind), field...), 0)
		}
	}
	if v.pruned {
		text = append(text, 'p')
	}
	if len(text) <= maxSurvey {
		writeNote(memo, surveysSize, text, v.hashes, stamps)
	}
}
