package netprobe

import (
	"bytes"
	"fmt"
	"net/http"

	"gosafe/classify"
)

// A query is what is asked of a kind of target, and what counts as an answer.
// Only public modules are asked for: a probe tells nobody the names of others.
type query struct {
	path    string            // appended to the base URL
	strict  bool              // a web page is no answer
	data    func([]byte) bool // reports whether a 200 holds what was asked for; nil: anything will do
	settled func(int) bool    // reports whether another status is as good an answer
}

// The module that is asked for.
const (
	askedModule  = "golang.org/x/mod"
	askedVersion = "v0.33.0"
)

// queries are what is asked by kind.
var queries = map[string]query{
	KindProxy: {
		path:    "/" + askedModule + "/@v/" + askedVersion + ".info",
		strict:  true,
		data:    func(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) },
		settled: isAbsent, // a proxy of private modules does not know it
	},
	KindSumDB: {
		path:   "/lookup/" + askedModule + "@" + askedVersion,
		strict: true,
		data:   func(b []byte) bool { return bytes.Contains(b, []byte(askedModule+" "+askedVersion+" h1:")) },
	},
	kindSupported: {strict: true, settled: isAbsent},
	KindVCS:       {settled: isServed},
	KindStorage:   {settled: isServed},
}

// kindSupported is the question to a proxy whether it passes a checksum
// database on (go.dev/design/25530-sumdb, "Proxying a Checksum Database").
const kindSupported = "supported"

func isAbsent(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// isServed: the host is there. What it thinks of an anonymous question for its
// front page is not asked.
func isServed(status int) bool { return status < 500 }

// judge returns the fault of an answer, and what to say of it.
func (q query) judge(a *response, r *Report, w *route) (Fault, string) {
	page := a.isPage()
	proven := r.Cert != nil && r.Cert.Verified
	away := a.leads(w.url)
	if a.status == http.StatusNetworkAuthenticationRequired || q.strict && !proven && (a.status == http.StatusOK && page || away != nil) {
		r.page = true
		if away != nil {
			return CaptivePortal, ", a redirect to " + classify.Printable(away.Host)
		}
		return CaptivePortal, ", a web page" + title(a.body)
	}
	switch {
	case a.status == http.StatusProxyAuthRequired:
		return ProxyCredentials, ""
	case q.strict && a.status == http.StatusOK && page:
		return WebPage, ", a web page" + title(a.body)
	case a.status == http.StatusOK && q.data != nil && !q.data(a.body):
		return NoModuleProxy, ", but not what was asked for"
	case a.status == http.StatusOK:
		return "", ""
	case q.settled != nil && q.settled(a.status):
		return "", ", which is an answer"
	case q.strict && a.wantsLogin():
		return WebPage, ", a redirect to a login page"
	case a.status >= 300 && a.status < 400:
		return "", ", a redirect"
	}
	return q.refusal(a, w)
}

// refusal judges a status that is an error.
func (q query) refusal(a *response, w *route) (Fault, string) {
	switch {
	case a.status == http.StatusTooManyRequests:
		return RateLimited, ""
	case w.asksProxy() && (a.status == http.StatusBadGateway || a.status == http.StatusServiceUnavailable || a.status == http.StatusGatewayTimeout):
		return ProxyFails, ", " + http.StatusText(a.status)
	case a.status >= 500:
		return ServerError, ", " + http.StatusText(a.status)
	case a.status == http.StatusUnauthorized && w.url.User != nil:
		return WantsCredentials, ", it refuses those of the URL"
	case a.status == http.StatusUnauthorized:
		if HasNetrc(w.probe.Env, w.url.Hostname()) {
			return "", ", netrc has an entry for the host"
		}
		return WantsCredentials, ", neither the URL nor netrc has any"
	case a.status == http.StatusForbidden:
		return Forbidden, ""
	}
	return NoModuleProxy, ""
}

// title returns the title of a web page, to know it by.
func title(body []byte) string {
	lower := bytes.ToLower(body)
	i := bytes.Index(lower, []byte("<title>"))
	if i < 0 {
		return ""
	}
	text := body[i+len("<title>"):]
	if len(lower) != len(body) { // some letters change their length
		return ""
	}
	end := bytes.Index(bytes.ToLower(text), []byte("</title>"))
	if end < 0 || end > 200 {
		return ""
	}
	return fmt.Sprintf(" with the title %q", classify.Printable(string(bytes.TrimSpace(text[:end]))))
}
