package faultproxy

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// A catalog holds the answers of the GOPROXY protocol by URL path.
type catalog map[string]answer

// newCatalog makes the .info, .mod and .zip of each module, and the list and
// @latest of each path.
func newCatalog(mods []Module) (catalog, error) {
	c := make(catalog)
	versions := make(map[string][]string)
	for _, m := range mods {
		if err := c.add(m); err != nil {
			return nil, fmt.Errorf("module %s@%s: %w", m.Path, m.Version, err)
		}
		versions[m.Path] = append(versions[m.Path], m.Version)
	}
	for path, list := range versions {
		escaped, err := module.EscapePath(path)
		if err != nil {
			return nil, err
		}
		semver.Sort(list)
		latest := list[len(list)-1]
		var b strings.Builder
		for _, v := range list {
			if module.IsPseudoVersion(v) { // never listed
				continue
			}
			b.WriteString(v + "\n")
			if semver.Prerelease(latest) != "" || semver.Prerelease(v) == "" {
				latest = v // the highest, releases before all others
			}
		}
		c["/"+escaped+"/@v/list"] = answer{status: http.StatusOK, ctype: "text/plain; charset=utf-8", body: []byte(b.String())}
		c["/"+escaped+"/@latest"] = infoAnswer(latest)
	}
	return c, nil
}

func (c catalog) add(m Module) error {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return err
	}
	stem := "/" + path + "/@v/" + version
	if _, ok := c[stem+".zip"]; ok {
		return fmt.Errorf("given twice")
	}
	zip, err := m.Zip()
	if err != nil {
		return err
	}
	c[stem+".info"] = infoAnswer(m.Version)
	c[stem+".mod"] = answer{status: http.StatusOK, ctype: "text/plain; charset=utf-8", body: []byte(m.GoMod())}
	c[stem+".zip"] = answer{status: http.StatusOK, ctype: "application/zip", body: zip}
	return nil
}

func infoAnswer(version string) answer {
	info := fmt.Sprintf(`{"Version":%q,"Time":%q}`, version, released.Format(time.RFC3339))
	return answer{status: http.StatusOK, ctype: "application/json", body: []byte(info)}
}
