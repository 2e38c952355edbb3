package retry

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// An entry is one source of a GOPROXY list.
type entry struct {
	source string // a URL, "direct" or "off"
	pipe   bool   // followed by |: go itself goes on after any error, not only after 404 and 410
	mirror bool   // one of GOSAFE_MIRRORS, which its user wrote down as a replacement
}

// parseProxyList splits a GOPROXY value as cmd/go does (modfetch/proxy.go,
// proxyList): blanks around entries and empty entries are dropped, nothing after
// direct or off is ever asked, and what has no scheme is asked by HTTPS.
func parseProxyList(s string) []entry {
	var list []entry
	for s != "" {
		var e entry
		i := strings.IndexAny(s, ",|")
		if i < 0 {
			e.source, s = s, ""
		} else {
			e.source, e.pipe, s = s[:i], s[i] == '|', s[i+1:]
		}
		if e.source = strings.TrimSpace(e.source); e.source == "" {
			continue
		}
		e.source = ProxyURL(e.source)
		list = append(list, e)
		if e.source == "direct" || e.source == "off" {
			break
		}
	}
	return list
}

// ProxyURL returns an entry of GOPROXY as go asks it (modfetch/proxy.go, proxyList):
// what is neither one word, nor a path, nor has a scheme is asked by HTTPS.
func ProxyURL(entry string) string {
	if strings.ContainsAny(entry, ".:/") && !strings.Contains(entry, ":/") && !filepath.IsAbs(entry) && !path.IsAbs(entry) {
		return "https://" + entry
	}
	return entry
}

// format is the GOPROXY value of a list.
func format(list []entry) string {
	var b strings.Builder
	for i, e := range list {
		b.WriteString(e.source)
		switch {
		case i == len(list)-1:
		case e.pipe:
			b.WriteByte('|')
		default:
			b.WriteByte(',')
		}
	}
	return b.String()
}

// WithCache returns the GOPROXY value of list's proxies with cache, the URL of
// one more, behind them: asked after any error of theirs. direct is left out,
// and what the cache does not have either goes no further. Nor is anything asked
// behind a comma that binds (see leaveOut).
func WithCache(list, cache string) string {
	var with []entry
	for _, e := range parseProxyList(list) {
		if !e.isProxy() {
			break
		}
		with = append(with, entry{source: e.source, pipe: true})
		if !e.pipe && !e.isPublic() {
			break
		}
	}
	return format(append(with, entry{source: cache}, entry{source: "off"}))
}

// isProxy reports whether the entry names a module proxy rather than direct or
// off.
func (e entry) isProxy() bool { return e.source != "direct" && e.source != "off" }

// publicProxies are the module proxies that anybody may ask for any public
// module, so that leaving one out tells nobody a name that it would not have
// been told anyway.
var publicProxies = []string{
	"proxy.golang.org",
	"goproxy.cn",
	"goproxy.io",
	"goproxy.dev",
	"athens.azurefd.net",
	"mirrors.aliyun.com/goproxy",
	"mirrors.cloud.tencent.com/go",
	"repo.huaweicloud.com/repository/goproxy",
	"mirrors.huaweicloud.com/repository/goproxy",
	"goproxy.baidu.com",
	"gocenter.io",
}

// isPublic reports whether the entry is one of the well-known public proxies.
func (e entry) isPublic() bool {
	u, err := url.Parse(e.source)
	if err != nil || u.User != nil || u.Port() != "" {
		return false
	}
	at := strings.TrimSuffix(u.Hostname()+u.Path, "/")
	for _, p := range publicProxies {
		if at == p {
			return true
		}
	}
	return false
}

// serves reports whether an error about this URL is an error of this entry:
// the URL lies below the entry's, or on the host to which the Go project's
// proxy sends those who ask for a module's zip.
func (e entry) serves(rawURL string) bool {
	if !e.isProxy() || rawURL == "" {
		return false
	}
	u, err1 := url.Parse(rawURL)
	base, err2 := url.Parse(e.source)
	if err1 != nil || err2 != nil {
		return false
	}
	if u.Host == "storage.googleapis.com" && base.Hostname() == "proxy.golang.org" {
		return true
	}
	path := strings.TrimSuffix(base.Path, "/")
	return u.Host == base.Host && (path == u.Path || strings.HasPrefix(u.Path, path+"/"))
}

// name is how an entry is shown: its host, never its credentials.
func (e entry) name() string {
	u, err := url.Parse(e.source)
	if err != nil || u.Host == "" {
		if e.isProxy() {
			return "an entry of GOPROXY"
		}
		return e.source
	}
	return u.Host
}
