package faultproxy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// An upstream is a real proxy that answers what we do not have ourselves. Its
// final answers (200, 404, 410) are kept, version lists included, so that runs
// that are compared with each other see the same.
type upstream struct {
	base   string // without a slash at its end
	client *http.Client
	kept   *store
}

// upstreamTimeout bounds one request to the real proxy, body included.
const upstreamTimeout = 2 * time.Minute

func newUpstream(base, dir string) (*upstream, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("upstream %q is not an http or https URL", base)
	}
	kept, err := newStore(dir)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone(), Timeout: upstreamTimeout}
	return &upstream{base: strings.TrimSuffix(base, "/"), client: client, kept: kept}, nil
}

// get returns the real proxy's answer for the path and query of u, from the
// store if it is there. The request goes out without the client's headers.
func (p *upstream) get(ctx context.Context, u *url.URL) (answer, error) {
	target := p.base + u.RequestURI()
	if ans, ok := p.kept.load(target); ok {
		return ans, nil
	}
	ans, err := p.fetch(ctx, target)
	if err != nil {
		return answer{}, err
	}
	switch ans.status {
	case http.StatusOK, http.StatusNotFound, http.StatusGone:
		if err := p.kept.save(target, ans); err != nil {
			return answer{}, fmt.Errorf("keeping an answer: %w", err)
		}
		return ans, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return ans, nil
	}
	return answer{}, fmt.Errorf("%s: %d %s", target, ans.status, http.StatusText(ans.status))
}

func (p *upstream) fetch(ctx context.Context, target string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return answer{}, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, fmt.Errorf("reading %s: %w", target, err)
	}
	return answer{status: resp.StatusCode, ctype: resp.Header.Get("Content-Type"), body: body}, nil
}

func (p *upstream) close() { p.client.CloseIdleConnections() }
