package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// isDirect reports whether go fetches a module without asking a proxy.
func (p *patient) isDirect(path string) bool { return p.directBecause(path) != "" }

// directBecause is the setting that keeps a module from the proxies; empty if
// none does.
func (p *patient) directBecause(path string) string {
	list, _ := sources(p.get("GOPROXY"))
	switch value := p.get("GONOPROXY"); {
	case !module.MatchPrefixPatterns(value, path):
	case value == p.get("GOPRIVATE"):
		return "GOPRIVATE=" + shownList(value)
	default:
		return "GONOPROXY=" + shownList(value)
	}
	if len(list) > 0 && list[0].url == "direct" {
		return "GOPROXY=" + p.shownGoproxy()
	}
	return ""
}

// publicProxies are proxies that anybody may ask, so that to ask one for a
// module tells the module's name to strangers.
var publicProxies = []string{"proxy.golang.org", "goproxy.cn", "goproxy.io", "goproxy.dev", "mirrors.aliyun.com", "mirrors.cloud.tencent.com", "repo.huaweicloud.com", "gocenter.io"}

// publicForges are hosts on which most repositories are public: a credential
// for one says nothing of a module there.
var publicForges = []string{"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "git.sr.ht", "golang.org", "go.googlesource.com", "gopkg.in", "dev.azure.com"}

// privateSuffixes are the ends of names that no public server has (RFC 6761,
// RFC 6762, RFC 8375, and .corp and .home, which ICANN does not give away).
var privateSuffixes = []string{".local", ".internal", ".corp", ".lan", ".home", ".intranet", ".private", ".home.arpa", ".localdomain"}

func checkPrivate(_ context.Context, p *patient) []finding {
	var found []finding
	for _, key := range []string{"GOPRIVATE", "GONOPROXY", "GONOSUMDB"} {
		value := p.get(key)
		if key != "GOPRIVATE" && value == p.get("GOPRIVATE") {
			continue // its default
		}
		found = append(found, p.judgePatterns(key, value)...)
	}
	found = append(found, p.leaks()...)
	if found != nil {
		return found
	}
	if v := p.get("GOPRIVATE"); v != "" {
		return fine("GOPRIVATE: %s", shownList(v))
	}
	return fine("no module of go.mod looks private")
}

// judgePatterns judges the form of a list of patterns: cmd/go matches them as
// they stand, and says nothing of one that can never match
// (module.MatchPrefixPatterns).
func (p *patient) judgePatterns(key, value string) (found []finding) {
	if value == "none" || value == "" {
		return nil
	}
	var sound []string
	var why []string
	for _, pattern := range strings.Split(value, ",") {
		fixed := strings.TrimSpace(pattern)
		if _, after, has := strings.Cut(fixed, "://"); has {
			fixed = after
		}
		authority, rest, _ := strings.Cut(fixed, "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 { // credentials are no part of a pattern, and not shown
			fixed = strings.TrimSuffix(authority[at+1:]+"/"+rest, "/")
		}
		fixed = strings.Trim(fixed, `"'`)
		switch _, err := filepath.Match(fixed, ""); {
		case pattern == "":
		case err != nil:
			why = append(why, fmt.Sprintf("%q is no pattern", shownList(pattern)))
		case strings.Contains(pattern, "@"):
			why = append(why, "a pattern holds a user name")
			sound = append(sound, fixed)
		case fixed != pattern:
			why = append(why, fmt.Sprintf("%q holds blanks, quotation marks or a scheme", pattern))
			sound = append(sound, fixed)
		case strings.ContainsAny(pattern, " ;|"):
			why = append(why, fmt.Sprintf("%q: patterns are separated by commas", pattern))
			sound = append(sound, strings.FieldsFunc(pattern, func(r rune) bool { return strings.ContainsRune(" ;|", r) })...)
		default:
			sound = append(sound, pattern)
		}
	}
	if why != nil {
		f := fault(warning, "private-pattern", "%s has a pattern that matches nothing", key)
		for _, w := range why {
			f = f.saw("%s", w)
		}
		found = append(found, f.do("%s", p.setList(key, strings.Join(sound, ","))))
	}
	if slices.Contains(sound, "*") && key != "GOPRIVATE" && key != "GONOSUMDB" {
		found = append(found, fault(note, "private-all", "%s=* keeps every module from the proxies", key))
	}
	return found
}

// leaks are modules of go.mod that look private and that a public proxy would
// be asked for.
func (p *patient) leaks() (found []finding) {
	list, _ := sources(p.get("GOPROXY"))
	public := ""
	for _, s := range list {
		if slices.Contains(publicProxies, host(s.url)) {
			public = host(s.url)
			break
		}
	}
	db := strings.Fields(p.get("GOSUMDB"))
	asked := map[string][]string{}
	reason := map[string]string{}
	for _, m := range p.module().remote() {
		why := p.looksPrivate(m.Path)
		if why == "" || public == "" && (len(db) == 0 || db[0] != "sum.golang.org") {
			continue
		}
		toProxy := public != "" && !p.isDirect(m.Path)
		toDB := p.get("GOSUMDB") != "off" && !module.MatchPrefixPatterns(p.get("GONOSUMDB"), m.Path)
		if toProxy || toDB && public != "" {
			h := firstElement(m.Path)
			asked[h] = append(asked[h], m.Path)
			reason[h] = why
		}
	}
	for _, h := range sortedKeys(asked) {
		pattern := h
		if v := p.get("GOPRIVATE"); v != "" {
			pattern = v + "," + h
		}
		found = append(found, fault(warning, "private-leak", "%s looks private, and %s would be asked for it", asked[h][0], public).
			saw("%s", reason[h]).saw("GOPRIVATE=%s does not cover it", shownList(p.get("GOPRIVATE"))).do("%s", p.setList("GOPRIVATE", pattern)))
	}
	return found
}

// looksPrivate says why a module is taken for a private one; empty if it is not.
func (p *patient) looksPrivate(path string) string {
	h := firstElement(path)
	if slices.Contains(publicForges, h) {
		return ""
	}
	for _, s := range privateSuffixes {
		if strings.HasSuffix(h, s) {
			return fmt.Sprintf("names that end in %s are not public", s)
		}
	}
	for _, r := range p.rewrites() {
		if u, err := url.Parse(r.from); err == nil && u.Hostname() == h {
			return "git has a rule of its own for " + h
		}
	}
	for _, s := range p.gitGet() {
		if u, is := strings.CutPrefix(s.name, "credential."); is && strings.Contains(u, "//"+h) {
			return "git has credentials for " + h
		}
	}
	if remoteHost(p.remote()) == h {
		return "this repository comes from " + h + ", too"
	}
	return ""
}

// setList is the command that sets a list of patterns, unless a part of it is
// not shown.
func (p *patient) setList(key, value string) string {
	if strings.Contains(p.get(key), "@") {
		return "write host names into " + key + ", without user names (it is set in " + p.origin(key) + ")"
	}
	return p.set(key, value)
}

func firstElement(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
