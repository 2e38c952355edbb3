package main

import (
	"path"
	"time"

	"golang.org/x/mod/module"
)

// fewModules are not worth stamps: asking for their files is as quick.
const fewModules = 64

// settled is how old a change has to be: a second one right after it may bear
// the same time.
const settled = 2 * time.Second

// stampAll describes the directories of the module cache in which the modules
// are complete or not: as long as none of them changes, no file in them comes or
// goes. That is one look at a directory in place of five at files; together with
// the directories that the extracted modules lie in, which they share, some six
// hundred for five hundred modules. It returns the empty string where it is not
// worth it, or where something has only just changed.
func stampAll(cache string, mods []module.Version) string {
	if len(mods) < fewModules {
		return ""
	}
	s, ok := newStamper(cache, time.Now().Add(-settled))
	defer s.close()
	parents := make(map[string]bool)
	for _, m := range mods {
		name, err := module.EscapePath(m.Path)
		if err != nil {
			return ""
		}
		ok = ok && s.stamp("cache/download/"+name+"/@v")
		if parent := path.Dir(name); ok && !parents[parent] {
			parents[parent] = true
			ok = s.stamp(parent)
		}
	}
	if !ok {
		return ""
	}
	return string(s.stamps)
}
