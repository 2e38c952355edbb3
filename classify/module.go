package classify

import "strings"

// repository returns the import path that a repository's URL most likely has.
func repository(u string) string {
	_, path, ok := strings.Cut(u, "://")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
}

// findModule finds "module@version", the last one that a colon follows or
// else the last one; failing that a module or import path that is named.
func findModule(t string) (module, version string) {
	final := false
	rest := t
	for range 64 {
		i := strings.IndexByte(rest, '@')
		if i < 0 {
			break
		}
		start, end := i, i
		for start > 0 && strings.IndexByte(" \t\"'(),=:|", rest[start-1]) < 0 {
			start--
		}
		for end < len(rest) && strings.IndexByte(" \t\"'(),;|", rest[end]) < 0 {
			end++
		}
		m, v, colon := splitModule(rest[start:end])
		if m != "" && (colon || !final) {
			module, version = m, v
			final = final || colon
		}
		rest = rest[end:]
	}
	if module != "" {
		return module, version
	}
	if containsAny(t, " has been modified (", ": missing ziphash: ") { // go mod verify: "module version: …"
		if before, _, ok := strings.Cut(t, ": "); ok {
			if m, v, ok := strings.Cut(before, " "); ok && isModulePath(m) && isVersion(v) {
				return m, v
			}
		}
	}
	for _, mark := range []string{"unrecognized import path \"", "reading ", "module ", "providing package ", "parsing ", "package ", "extracting ", "downloading ", "finding ", "go: ", "go get "} {
		_, after, ok := strings.Cut(t, mark)
		if !ok {
			continue
		}
		m := after
		if i := strings.IndexAny(after, " \"();,"); i >= 0 {
			m = after[:i]
		}
		m = strings.TrimRight(m, ":")
		m = strings.TrimSuffix(m, "/go.mod")
		if isModulePath(m) {
			_, revision, _ := strings.Cut(after, "at revision ")
			revision, _, _ = strings.Cut(revision, ":")
			return m, revision
		}
	}
	return "", ""
}

// splitModule splits "path@version:" as messages have it, "path@version/go.mod"
// included; a file below the module cache gives the module that it belongs to.
func splitModule(s string) (module, version string, colon bool) {
	colon = strings.HasSuffix(s, ":")
	if i := strings.LastIndex(s, "/mod/"); i >= 0 {
		s, colon = s[i+len("/mod/"):], false
	} else if i := strings.LastIndex(s, `\mod\`); i >= 0 {
		s, colon = strings.ReplaceAll(s[i+len(`\mod\`):], `\`, "/"), false
	}
	module, version, _ = strings.Cut(s, "@")
	version, _, _ = strings.Cut(strings.TrimRight(version, ":."), "/")
	version, _, _ = strings.Cut(version, ":")
	if !isModulePath(module) || version == "" || !isVersion(version) {
		return "", "", false
	}
	return unescape(module), unescape(version), colon
}

func isModulePath(m string) bool {
	first, _, _ := strings.Cut(m, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(m, ".") && !strings.HasSuffix(first, ".go") &&
		!strings.ContainsAny(m, "\\:\"'<>$*{}@") && !strings.HasPrefix(m, "go.mod") && !strings.HasPrefix(m, "go.sum")
}

func isVersion(v string) bool {
	for i := range len(v) {
		c := v[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(".+-_!", c) >= 0) {
			return false
		}
	}
	return true
}

// moduleOfURL reads module and version off a proxy's URL,
// BASE/escaped-path/@v/escaped-version.zip. The base may have a path of its
// own: the module begins at the first element with a dot.
func moduleOfURL(u string) (module, version string) {
	before, after, ok := strings.Cut(u, "/@")
	if !ok {
		return "", ""
	}
	_, p, _ := strings.Cut(before, "://")
	_, p, _ = strings.Cut(p, "/")
	return moduleOfCache(p, after)
}

// moduleOfPath reads them off a file below cache/download, or below the
// module's tree.
func moduleOfPath(p string) (module, version string) {
	p = strings.ReplaceAll(p, `\`, "/")
	if _, rest, ok := strings.Cut(p, "/cache/download/"); ok {
		before, after, ok := strings.Cut(rest, "/@")
		if !ok {
			return "", ""
		}
		return moduleOfCache(before, after)
	}
	if strings.Contains(p, "@") {
		module, version, _ = splitModule(p)
	}
	return module, version
}

func moduleOfCache(path, file string) (module, version string) {
	for path != "" && !isModulePath(path) {
		_, path, _ = strings.Cut(path, "/")
	}
	if path == "" {
		return "", ""
	}
	if v, ok := strings.CutPrefix(file, "v/"); ok && v != "list" {
		for _, ext := range []string{".zip", ".mod", ".info", ".ziphash", ".lock", ".partial"} {
			if before, _, ok := strings.Cut(v, ext); ok {
				version = before
				break
			}
		}
	}
	return unescape(path), unescape(version)
}

// unescape undoes the module cache's case encoding: "!x" is "X".
func unescape(s string) string {
	if !strings.Contains(s, "!") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '!' && i+1 < len(s) && s[i+1] >= 'a' && s[i+1] <= 'z' {
			i++
			b.WriteByte(s[i] - 'a' + 'A')
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
