package vcsprobe

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gosafe/gosafe-doctor/netprobe"
)

// A locateError tells why the repository of a module is not known.
type locateError struct {
	fault Fault
	text  string
}

func (e *locateError) Error() string { return e.text }

// knownRoots are the paths whose repository follows from the path alone
// (cmd/go/internal/vcs, vcsPaths): the hosts that go knows, and a path with a
// ".git" in it.
var knownRoots = regexp.MustCompile(`^((?:github\.com|bitbucket\.org)/[\w.\-]+/[\w.\-]+|git\.apache\.org/[a-z0-9_.\-]+\.git|git\.openstack\.org/[\w.\-]+/[\w.\-]+|hub\.jazz\.net/git/[a-z0-9]+/[\w.\-]+)(?:/|$)`)

var gitRoot = regexp.MustCompile(`^((?:[a-z0-9.\-]+\.)+[a-z0-9.\-]+(?::[0-9]+)?(?:/~?[\w.\-]+)+?)\.git(?:/|$)`)

// locate returns the URLs that go asks for a module's repository, from its path
// or from the page that the path names (go help importpath, "Remote import
// paths"). The first one that answers is the one.
func (p *probe) locate(ctx context.Context, path string) ([]string, *locateError) {
	if m := knownRoots.FindStringSubmatch(path); m != nil {
		return []string{"https://" + m[1]}, nil
	}
	if m := gitRoot.FindStringSubmatch(path); m != nil {
		var urls []string
		for _, scheme := range p.schemes(path) {
			urls = append(urls, scheme+"://"+m[1])
		}
		if urls == nil {
			return nil, &locateError{Settings, "GIT_ALLOW_PROTOCOL leaves no protocol that go takes for secure"}
		}
		return urls, nil
	}
	page := "https://" + path + "?go-get=1"
	body, err := p.fetch(ctx, page)
	if err != nil {
		return nil, err
	}
	for _, tag := range metaTags(body) {
		if (tag.prefix == path || strings.HasPrefix(path, tag.prefix+"/")) && tag.vcs == "git" {
			if why := refusedRoot(tag.root); why != "" {
				return nil, &locateError{RootRefused, page + " names " + printableURL(tag.root) + ": " + why}
			}
			return []string{tag.root}, nil
		}
	}
	return nil, &locateError{NoRepository, page + " names no git repository for the path"}
}

// schemes are those that go tries, in its order, where a path with a ".git" in
// it names the host, but not how to reach it (cmd/go/internal/vcs, vcsGit and
// isSecureScheme; seen with go1.26.8: it asks for the path without the ".git").
func (p *probe) schemes(path string) (list []string) {
	insecure := module.MatchPrefixPatterns(p.GOINSECURE, path)
	secure := []string{"https", "git+ssh", "ssh"}
	if allow := p.env.get("GIT_ALLOW_PROTOCOL"); allow != "" {
		secure = strings.Split(allow, ":")
	}
	for _, scheme := range []string{"git", "https", "http", "git+ssh", "ssh"} {
		if insecure || slices.Contains(secure, scheme) {
			list = append(list, scheme)
		}
	}
	return list
}

// refusedRoot says why go does not fetch from what a page names; empty if it
// does. It takes http and git there without GOINSECURE (cmd/go/internal/vcs,
// validateRepoRoot, and modfetch/codehost; seen with go1.26.8).
func refusedRoot(root string) string {
	u, err := url.Parse(root)
	switch {
	case err != nil:
		return "it is no URL"
	case u.Scheme == "":
		return "it has no scheme"
	case u.Scheme == "file":
		return "file scheme disallowed"
	case !strings.Contains(root, "://"):
		return "it is not of the form scheme://host/path"
	}
	return ""
}

// fetch gets a page as go does: over https, through the HTTP proxy. It sends no
// credentials, so a host that wants some cannot be asked further.
func (p *probe) fetch(ctx context.Context, page string) ([]byte, *locateError) {
	t := &http.Transport{
		Proxy:             func(r *http.Request) (*url.URL, error) { return netprobe.HTTPProxy(p.env.get, r.URL) },
		TLSClientConfig:   &tls.Config{RootCAs: p.Pool},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return nil, &locateError{NoRepository, page + " is no URL"}
	}
	resp, err := (&http.Client{Transport: t}).Do(req)
	if err != nil {
		var cert *tls.CertificateVerificationError
		if errors.As(err, &cert) {
			return nil, &locateError{Untrusted, err.Error()}
		}
		return nil, &locateError{Network, err.Error()}
	}
	defer resp.Body.Close()
	// A page with an error status counts if it has the tag (cmd/go does so, too).
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, &locateError{Network, page + ": " + err.Error()}
	}
	if len(metaTags(body)) > 0 {
		return body, nil
	}
	status := fmt.Sprintf("%s: %d %s", page, resp.StatusCode, http.StatusText(resp.StatusCode))
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return nil, &locateError{NoCredentials, status}
	case resp.StatusCode >= 500:
		return nil, &locateError{Network, status}
	case resp.StatusCode != http.StatusOK:
		return nil, &locateError{NoRepository, status}
	}
	return body, nil
}

// A metaTag is a go-import tag of a page.
type metaTag struct{ prefix, vcs, root string }

// metaTags reads the tags from the head of a page, as loosely as cmd/go does
// (vcs/discovery.go, parseMetaGoImports).
func metaTags(page []byte) (tags []metaTag) {
	d := xml.NewDecoder(strings.NewReader(string(page)))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	d.Strict = false
	for {
		token, err := d.RawToken()
		if err != nil {
			return tags
		}
		if e, ok := token.(xml.EndElement); ok && strings.EqualFold(e.Name.Local, "head") {
			return tags
		}
		e, ok := token.(xml.StartElement)
		if ok && strings.EqualFold(e.Name.Local, "body") {
			return tags
		}
		if !ok || !strings.EqualFold(e.Name.Local, "meta") || attribute(e, "name") != "go-import" {
			continue
		}
		if f := strings.Fields(attribute(e, "content")); len(f) >= 3 {
			tags = append(tags, metaTag{f[0], f[1], f[2]})
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if strings.EqualFold(a.Name.Local, name) {
			return a.Value
		}
	}
	return ""
}

// hostOf is the first element of a module path.
func hostOf(module string) string {
	host, _, _ := strings.Cut(module, "/")
	return host
}
