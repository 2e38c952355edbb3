package vcsprobe

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// An environ is a list of KEY=VALUE, the last of each key counting.
type environ []string

func (e environ) get(key string) string {
	v, _ := e.lookup(key)
	return v
}

func (e environ) lookup(key string) (string, bool) {
	for i := len(e) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(e[i], "="); ok && sameKey(k, key) {
			return v, true
		}
	}
	return "", false
}

// with returns e with more settings.
func (e environ) with(more ...string) environ { return append(slices.Clone(e), more...) }

// without returns e without the keys for which drop holds.
func (e environ) without(drop func(key string) bool) environ {
	return slices.DeleteFunc(slices.Clone(e), func(s string) bool {
		k, _, _ := strings.Cut(s, "=")
		return drop(k)
	})
}

func sameKey(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// lookPath finds a program on the PATH of e; absolute directories only, as
// package os/exec does.
func (e environ) lookPath(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range filepath.SplitList(e.get("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		file := filepath.Join(dir, name)
		if st, err := os.Stat(file); err == nil && !st.IsDir() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0) {
			return file
		}
	}
	return ""
}

// forGit returns the environment in which git runs: nothing asks a person
// anything (an empty GIT_ASKPASS goes before core.askPass and SSH_ASKPASS:
// prompt.c, git_prompt), nothing is traced into what it prints (a trace shows credentials),
// and no repository but the one that is asked has a say.
func (e environ) forGit() environ {
	return e.without(func(key string) bool {
		return strings.HasPrefix(key, "GIT_TRACE") || slices.Contains([]string{"GIT_CURL_VERBOSE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_ASKPASS", "SSH_ASKPASS", "LC_ALL", "LANGUAGE"}, key)
	}).with("GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "GIT_ASKPASS=", "SSH_ASKPASS_REQUIRE=never", "LC_ALL=C")
}
