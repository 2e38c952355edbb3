package faultproxy

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// memoryLimit bounds the bodies that a store without a directory keeps.
const memoryLimit = 256 << 20

// A store keeps answers by URL, in a directory or in memory. It is safe for
// concurrent use, a directory also by several processes.
type store struct {
	dir string

	mu    sync.Mutex
	byURL map[string]answer
	order []string // of the URLs in memory, the oldest first
	size  int
}

func newStore(dir string) (*store, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("store for upstream answers: %w", err)
		}
	}
	return &store{dir: dir, byURL: make(map[string]answer)}, nil
}

// file returns where the answer for a URL is kept: a digest, because one URL's
// path may be another's directory, and names may differ in case only.
func (s *store) file(url string) string {
	return filepath.Join(s.dir, fmt.Sprintf("%x", sha256.Sum256([]byte(url))))
}

// load returns the answer for a URL, and whether there is a sound one.
func (s *store) load(url string) (answer, bool) {
	if s.dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		ans, ok := s.byURL[url]
		return ans, ok
	}
	data, err := os.ReadFile(s.file(url))
	if err != nil {
		return answer{}, false
	}
	// One line with URL, status, length and content type, then the body.
	r := bufio.NewReader(bytes.NewReader(data))
	head, err := r.ReadString('\n')
	if err != nil {
		return answer{}, false
	}
	var ans answer
	var name string
	var length int
	if _, err := fmt.Sscanf(head, "%q %d %d %q\n", &name, &ans.status, &length, &ans.ctype); err != nil || name != url {
		return answer{}, false
	}
	ans.body, err = io.ReadAll(r)
	return ans, err == nil && len(ans.body) == length
}

// save keeps an answer. In memory it drops the oldest ones when it is full.
func (s *store) save(url string, ans answer) error {
	if s.dir != "" {
		return s.saveFile(url, ans)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.byURL[url]; ok || len(ans.body) > memoryLimit {
		return nil
	}
	s.byURL[url] = ans
	s.order = append(s.order, url)
	s.size += len(ans.body)
	for s.size > memoryLimit {
		oldest := s.order[0]
		s.order = s.order[1:]
		s.size -= len(s.byURL[oldest].body)
		delete(s.byURL, oldest)
	}
	return nil
}

func (s *store) saveFile(url string, ans answer) error {
	tmp, err := os.CreateTemp(s.dir, "tmp-")
	if err != nil {
		return err
	}
	head := fmt.Sprintf("%q %d %d %q\n", url, ans.status, len(ans.body), ans.ctype)
	_, err = io.Copy(tmp, io.MultiReader(strings.NewReader(head), bytes.NewReader(ans.body)))
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), s.file(url)) // whole, or not at all
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
