package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosafe/classify"
)

// matters says which checks tell more about a failure: groups, or single checks
// as "group/check".
var matters = []struct {
	causes []classify.Cause
	checks []string
}{
	{[]classify.Cause{classify.DNSFailure, classify.ConnectFailure, classify.Timeout, classify.ConnectionLost, classify.ServerError, classify.RateLimited, classify.TLSUntrusted},
		[]string{"settings/goproxy", "settings/httpproxy", "settings/insteadof", "network", "vcs/access", "machine/clock", "module/hosts"}},
	{[]classify.Cause{classify.AuthRequired, classify.HostKey},
		[]string{"settings/goproxy", "settings/private", "settings/insteadof", "network", "vcs/access", "module/hosts"}},
	{[]classify.Cause{classify.NotFound, classify.ImportError},
		[]string{"settings/goproxy", "settings/private", "settings/insteadof", "network", "vcs/access", "module"}},
	{[]classify.Cause{classify.ProxyMisconfigured}, []string{"settings", "network"}},
	{[]classify.Cause{classify.ChecksumMismatch, classify.ModcacheCorrupt}, []string{"cache", "settings/goproxy", "settings/private", "settings/weak", "network", "module/sums"}},
	{[]classify.Cause{classify.VCSCacheCorrupt, classify.StaleLock, classify.BuildcacheCorrupt}, []string{"cache", "toolchain/git", "toolchain/goroot"}},
	{[]classify.Cause{classify.OutOfMemory, classify.ResourceExhausted, classify.TextFileBusy, classify.Terminated}, []string{"machine", "cache/space"}},
	{[]classify.Cause{classify.PermissionDenied, classify.NoHome, classify.DiskFull}, []string{"cache/places", "cache/space", "cache/owners", "vcs/ownership"}},
	{[]classify.Cause{classify.VCSMissing}, []string{"toolchain", "settings/insteadof"}},
	{[]classify.Cause{classify.DubiousOwnership, classify.VCSStatus}, []string{"vcs/ownership", "toolchain/git", "cache/owners"}},
	{[]classify.Cause{classify.ToolchainUnavailable, classify.ToolchainCrash}, []string{"toolchain", "shim", "settings/goproxy", "network", "machine"}},
	{[]classify.Cause{classify.ModulePathMismatch, classify.ModfileStale, classify.ModfileInvalid, classify.VendorInconsistent}, []string{"module", "settings/goflags", "toolchain/version"}},
	{[]classify.Cause{classify.CToolchain}, []string{"toolchain", "settings/goflags"}},
	{[]classify.Cause{classify.CompileError}, []string{"toolchain/goroot", "toolchain/version", "cache/modules", "cache/space"}},
	{[]classify.Cause{classify.UsageError}, []string{"toolchain", "shim", "settings/goflags"}},
	{[]classify.Cause{classify.TestFailure, classify.VetFailure, classify.ProgramFailure}, []string{"toolchain/version", "settings/goflags", "cache/space", "machine"}},
}

// relevant returns the checks that matter for a failure; all of them if it was
// not recognised.
func relevant(v classify.Verdict) []check {
	for _, m := range matters {
		if slices.Contains(m.causes, v.Cause) {
			return slices.DeleteFunc(slices.Clone(checks), func(c check) bool {
				return !slices.Contains(m.checks, c.group) && !slices.Contains(m.checks, c.group+"/"+c.name)
			})
		}
	}
	return checks
}

// maxLog is how much is read of a log, from its end: that is where it failed.
const maxLog = 2 << 20

// readVerdict explains a saved failure as gosafe explain does: that of the last
// go command that the log shows with output that means something.
func readVerdict(name string) (classify.Verdict, error) {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return classify.Verdict{}, fmt.Errorf("reading %s: %s", classify.Printable(name), bare(err))
		}
		defer f.Close()
	}
	var data []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := f.Read(buf)
		data = append(data, buf[:n]...)
		if len(data) > 2*maxLog {
			data = slices.Clone(data[len(data)-maxLog:])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return classify.Verdict{}, fmt.Errorf("reading %s: %s", classify.Printable(name), bare(err))
		}
	}
	log := classify.CleanLog(string(data))
	sections := classify.Sections(log)
	for i := len(sections) - 1; i >= 0; i-- {
		v := classify.Classify(classify.Record{Args: goArgs(sections[i].Command), Exit: 1, Stderr: []byte(sections[i].Text)})
		if v.Cause != classify.Unknown {
			return v, nil
		}
	}
	return classify.Classify(classify.Record{Exit: 1, Stderr: []byte(log)}), nil
}

// goArgs are the words behind the go command that a log shows. Quotation marks
// stay: what is asked is which command it is.
func goArgs(command string) []string {
	words := strings.Fields(command)
	for i, w := range words {
		if base := filepath.Base(w); base == "go" || strings.HasPrefix(base, "go1.") || base == "gotip" || base == "gosafe" {
			return words[i+1:]
		}
	}
	return nil
}
