package main

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// checkPath compares the module line with the git remote that the module comes
// from, where that is on the same host: a vanity path may be anything.
func checkPath(ctx context.Context, p *patient) []finding {
	m := p.module()
	if m.main == "" {
		return nil
	}
	top := strings.TrimSpace(p.command(ctx, m.dir, nil, "git", "rev-parse", "--show-toplevel").stdout)
	remote := p.remote()
	if top == "" || remote == "" {
		return fine("module %s", m.main)
	}
	repo := remotePath(remote)
	prefix, major, valid := module.SplitPathVersion(m.main)
	if !valid {
		return fine("module %s", m.main)
	}
	sub := ""
	if rel, err := filepath.Rel(resolved(top), resolved(m.dir)); err == nil && rel != "." {
		sub = filepath.ToSlash(rel)
	}
	want := path.Join(repo, sub)
	if strings.TrimPrefix(major, "/") == path.Base(sub) && sub != "" {
		want = path.Join(repo, path.Dir(sub)) // the major version in a directory of its own
	}
	here := fmt.Sprintf("%s: module %s", m.mod, m.main)
	there := "git remote origin: " + repo
	edit := "go mod edit -module=" + shellQuote(path.Clean(want+major)) + "\nand the imports of its packages with it"
	switch {
	case repo == "" || prefix == want:
	case strings.EqualFold(prefix, want):
		return []finding{fault(warning, "module-case", "the module line and the git remote differ in upper and lower case: nobody can fetch the module under the one it is not").saw("%s", here).saw("%s", there).do("%s", edit)}
	case firstElement(prefix) == firstElement(want):
		if distance(prefix, want) <= 2 {
			return []finding{fault(warning, "module-spelling", "the module line and the git remote are almost the same: one of them is spelled wrong").saw("%s", here).saw("%s", there).do("%s", edit)}
		}
		return []finding{fault(note, "module-elsewhere", "the module line names another repository than the git remote: a fork, or renamed").saw("%s", here).saw("%s", there)}
	case distance(firstElement(prefix), firstElement(want)) <= 2:
		return []finding{fault(warning, "module-spelling", "the module line names the host %s, the git remote %s", firstElement(prefix), firstElement(want)).saw("%s", here).saw("%s", there).do("%s", edit)}
	}
	if f, bad := p.judgeTags(ctx, m, sub, major); bad {
		return []finding{f}
	}
	return fine("module %s", m.main)
}

// judgeTags compares the major version in the module line with the newest tag.
func (p *patient) judgeTags(ctx context.Context, m moduleFiles, sub, major string) (finding, bool) {
	prefix := ""
	if sub != "" && path.Base(sub) != strings.TrimPrefix(major, "/") {
		prefix = sub + "/"
	} else if sub != "" && path.Dir(sub) != "." {
		prefix = path.Dir(sub) + "/"
	}
	newest, newestMajor := "", 0
	for _, tag := range p.command(ctx, m.dir, nil, "git", "tag", "--list", prefix+"v*").lines() {
		v := strings.TrimPrefix(tag, prefix)
		if !semver.IsValid(v) || semver.Canonical(v) != v {
			continue
		}
		n, err := strconv.Atoi(semver.Major(v)[1:])
		if err == nil && (newest == "" || semver.Compare(v, strings.TrimPrefix(newest, prefix)) > 0) {
			newest, newestMajor = tag, n
		}
	}
	have := 1
	if i := strings.LastIndexByte(major, 'v'); i >= 0 {
		have, _ = strconv.Atoi(major[i+1:])
	}
	if newestMajor < 2 || newestMajor <= have || strings.HasPrefix(major, ".") {
		return finding{}, false
	}
	base, _, _ := module.SplitPathVersion(m.main)
	return fault(warning, "module-major", "the tag %s cannot be required: the module line lacks /v%d", newest, newestMajor).saw("%s: module %s", m.mod, m.main).
		do("go mod edit -module=%s/v%d\nand the imports of its packages with it", base, newestMajor), true
}

// remotePath is the path that a repository's URL would have as a module.
func remotePath(remote string) string {
	h := remoteHost(remote)
	var rest string
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		rest = u.Path
	} else if _, after, scp := strings.Cut(remote, ":"); scp && h != "" {
		rest = after
	}
	if h == "" || rest == "" {
		return ""
	}
	return h + "/" + strings.TrimSuffix(strings.Trim(rest, "/"), ".git")
}

// remoteHost is the host of a repository's URL, of any form that git takes.
func remoteHost(remote string) string {
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		return u.Hostname()
	}
	h, _, scp := strings.Cut(remote, ":")
	if !scp || strings.Contains(remote, "://") || strings.ContainsAny(h, `/\`) || len(h) < 2 {
		return "" // a directory
	}
	if _, after, user := strings.Cut(h, "@"); user {
		h = after
	}
	return h
}
