package classify

// A Cause names why a go command failed: the slug that reports, logs and
// `gosafe explain -json` carry.
type Cause string

const (
	DNSFailure     Cause = "dns-failure"
	ConnectFailure Cause = "connect-failure"
	Timeout        Cause = "timeout"
	ConnectionLost Cause = "connection-lost"
	ServerError    Cause = "server-error"
	RateLimited    Cause = "rate-limited"
	TextFileBusy   Cause = "text-file-busy"

	ModcacheCorrupt   Cause = "modcache-corrupt"
	VCSCacheCorrupt   Cause = "vcscache-corrupt"
	BuildcacheCorrupt Cause = "buildcache-corrupt"
	StaleLock         Cause = "stale-lock"

	OutOfMemory       Cause = "out-of-memory"
	ResourceExhausted Cause = "resource-exhausted"

	TLSUntrusted         Cause = "tls-untrusted"
	AuthRequired         Cause = "auth-required"
	HostKey              Cause = "host-key"
	NotFound             Cause = "not-found"
	VCSMissing           Cause = "vcs-missing"
	DubiousOwnership     Cause = "dubious-ownership"
	VCSStatus            Cause = "vcs-status"
	ModulePathMismatch   Cause = "module-path-mismatch"
	ChecksumMismatch     Cause = "checksum-mismatch"
	ModfileStale         Cause = "modfile-stale"
	ModfileInvalid       Cause = "modfile-invalid"
	ToolchainUnavailable Cause = "toolchain-unavailable"
	ProxyMisconfigured   Cause = "proxy-misconfigured"
	VendorInconsistent   Cause = "vendor-inconsistent"
	PermissionDenied     Cause = "permission-denied"
	NoHome               Cause = "no-home"
	DiskFull             Cause = "disk-full"
	CompileError         Cause = "compile-error"
	ImportError          Cause = "import-error"
	CToolchain           Cause = "c-toolchain"
	TestFailure          Cause = "test-failure"
	VetFailure           Cause = "vet-failure"
	ProgramFailure       Cause = "program-failure"
	UsageError           Cause = "usage-error"
	Terminated           Cause = "terminated"
	ToolchainCrash       Cause = "toolchain-crash"
	Unknown              Cause = "unknown" // nothing was recognised: a real failure
)

// A causeInfo is what is known of a cause, whatever the output that shows it.
type causeInfo struct {
	cause    Cause
	decision Decision
	noun     string // for one line: "connection lost", followed by place
	from     string // the word between noun and place: "from", "by", "for"
	means    string // one sentence in plain words
	does     string // what gosafe does about it
	todo     string // what a person can do; empty if nothing
}

// causes is the table of causes, one row each, in the order of the constants.
var causes = []causeInfo{
	{DNSFailure, Retry, "name lookup failed", "for", "A host name could not be resolved.",
		"waits, at most 20 s for a name that does not exist, and runs again", "check the name, the network and the name server"},
	{ConnectFailure, Retry, "cannot connect", "to", "The host refused the connection or could not be reached.",
		"probes the host while it waits and runs again as soon as it answers", "check that the host is up and that a firewall or HTTP proxy lets you reach it"},
	{Timeout, Retry, "timeout", "from", "The host did not answer in time.",
		"waits and runs again; drops a dead proxy where GOPROXY allows", "check the network; a slow proxy can be replaced in GOPROXY"},
	{ConnectionLost, Retry, "connection lost", "from", "A connection broke off before the answer was complete, or the answer was garbled.",
		"runs again", "if it goes on, look for a middlebox that cuts connections"},
	{ServerError, Retry, "server error", "from", "The server answered with an error of its own (5xx).",
		"waits and runs again; drops a dead proxy where GOPROXY allows", "see the status page of the server"},
	{RateLimited, Retry, "rate limited", "by", "The server asked us to slow down (429 and the like).",
		"waits longer and runs again", "fetch less often, use a caching proxy, or authenticate"},
	{TextFileBusy, Retry, "file busy", "", "A file just written was still open in another process.",
		"runs again", ""},

	{ModcacheCorrupt, Repair, "damaged module cache", "at", "A file in the module cache is damaged.",
		"verifies that module's files, or the checksum database's, deletes or replaces the damaged ones, and runs again", "gosafe repair -n shows what is damaged; go clean -modcache removes everything"},
	{VCSCacheCorrupt, Repair, "damaged VCS cache", "at", "A repository copy under cache/vcs in the module cache is damaged.",
		"deletes that one copy and runs again", "delete that directory"},
	{BuildcacheCorrupt, Repair, "damaged build cache", "at", "An entry of the build cache is damaged.",
		"verifies it, deletes the entries of what is damaged, and runs again", "gosafe repair -n shows what is damaged; go clean -cache removes everything"},
	{StaleLock, Repair, "lock left behind", "at", "A lock file was left behind by a git that was killed, or is held by one that runs.",
		"removes the lock if nobody holds it, and runs again", "delete the lock file if no git is running"},

	{OutOfMemory, Degrade, "out of memory", "", "A compiler, linker or git ran out of memory or was killed for it.",
		"runs again with half the parallelism, down to -p 1", "give the machine or container more memory, or use -p 1"},
	{ResourceExhausted, Degrade, "out of processes, threads or files", "", "The machine ran out of processes, threads or open files.",
		"runs again with half the parallelism, down to -p 1", "raise the limit (ulimit -n, ulimit -u)"},

	{TLSUntrusted, Fail, "untrusted certificate", "of", "The server's certificate is not trusted here.",
		"reports it at once", "install the authority's certificate: SSL_CERT_FILE for go, http.sslCAInfo for git"},
	{AuthRequired, Fail, "credentials needed", "by", "The server wants credentials that it did not get, or refuses those it got.",
		"reports it at once", "set up credentials for the host; for a private module set GOPRIVATE"},
	{HostKey, Fail, "unknown ssh host key", "of", "ssh does not know the host's key, or the key has changed.",
		"reports it at once", "compare the host's key with the one its owner publishes, then add it to ~/.ssh/known_hosts"},
	{NotFound, Fail, "not found", "at", "The module, version, revision or repository does not exist, or not for us.",
		"reports it at once", "check the path and the version; a private module needs GOPRIVATE"},
	{VCSMissing, Fail, "VCS program missing", "", "A program that fetching needs (git, ssh, git-lfs, hg…) is not installed.",
		"reports it at once", "install the program"},
	{DubiousOwnership, Fail, "dubious ownership", "of", "git refuses a repository that belongs to another user.",
		"reports it at once", "git config --global --add safe.directory DIR"},
	{VCSStatus, Fail, "VCS status", "of", "git could not tell the state of the main module's repository.",
		"reports it at once", "run git status there; -buildvcs=false builds without the stamp"},
	{ModulePathMismatch, Fail, "module path mismatch", "for", "The module says that its path is another one.",
		"reports it at once", "require it under the path that it declares, or use a replace directive"},
	{ChecksumMismatch, Fail, "checksum mismatch", "for", "What was downloaded is not what go.sum or the checksum database records.",
		"reports it at once; never runs again", "find out whether the version was moved or a proxy changes content; see go help module-auth"},
	{ModfileStale, Fail, "go.mod or go.sum out of date", "for", "go.mod or go.sum lacks something that the code needs.",
		"reports it at once", "go mod tidy"},
	{ModfileInvalid, Fail, "invalid go.mod", "at", "go.mod or go.work is missing or cannot be read.",
		"reports it at once", ""},
	{ToolchainUnavailable, Fail, "toolchain not available", "", "The Go version that is asked for is newer than this one and cannot be had.",
		"reports it at once", "install a newer Go, or allow its download with GOTOOLCHAIN=auto"},
	{ProxyMisconfigured, Fail, "misconfigured source", "at", "The user's settings forbid the download or point to something that is no module proxy.",
		"reports it at once", "check go env GOPROXY GOPRIVATE GOVCS GOSUMDB and git's insteadOf"},
	{VendorInconsistent, Fail, "vendor directory out of date", "", "The vendor directory does not match go.mod.",
		"reports it at once", "go mod vendor"},
	{PermissionDenied, Fail, "permission denied", "at", "A file or directory may not be read or written.",
		"reports it at once", "check owner and mode: ls -ld PATH"},
	{NoHome, Fail, "no place for the caches", "", "Neither HOME nor the variables that name the caches are set.",
		"reports it at once", "set HOME, or GOPATH and GOCACHE"},
	{DiskFull, Fail, "disk full", "at", "The disk or the quota is full.",
		"reports it at once", "df -h shows which; go clean -cache frees the build cache"},
	{CompileError, Fail, "compile error", "", "The code does not compile.", "reports it at once, unchanged", ""},
	{ImportError, Fail, "import error", "", "A package that is imported cannot be found or may not be imported.", "reports it at once, unchanged", ""},
	{CToolchain, Fail, "C toolchain", "", "The C compiler or linker failed, or a header or library is missing.",
		"reports it at once", "install the compiler, header or library that the line names"},
	{TestFailure, Fail, "test failure", "", "A test failed.", "reports it at once, unchanged; tests are never run twice", ""},
	{VetFailure, Fail, "vet failure", "", "go vet found something.", "reports it at once, unchanged", ""},
	{ProgramFailure, Fail, "program failed", "", "A program that go run, go tool or go generate started failed.",
		"reports it at once, unchanged; programs are never run twice", ""},
	{UsageError, Fail, "usage error", "", "The command line is wrong.", "reports it at once, unchanged", ""},
	{Terminated, Fail, "terminated", "", "The run was ended by a signal.", "stops, too", ""},
	{ToolchainCrash, Fail, "toolchain crashed", "", "The compiler, the linker or go itself crashed.",
		"reports it at once", "go version and the trace belong into a report at go.dev/issue/new"},
	{Unknown, Fail, "unknown failure", "", "Nothing in the output is known to gosafe.", "reports it at once, unchanged", ""},
}

// info returns the row of a cause.
func (c Cause) info() *causeInfo {
	for i := range causes {
		if causes[i].cause == c {
			return &causes[i]
		}
	}
	return &causes[len(causes)-1]
}

// Description says in one plain sentence what the cause means.
func (c Cause) Description() string { return c.info().means }

// set gives the finding another cause and the decision that goes with it.
func (f *Finding) set(c Cause) { f.Cause, f.Decision = c, c.info().decision }

// String returns the decision as reports, logs and `gosafe explain` spell it.
func (d Decision) String() string {
	switch d {
	case Repair:
		return "repair"
	case Degrade:
		return "degrade"
	case Retry:
		return "retry"
	}
	return "fail"
}

// Meaning says in a few words what a wrapper may do.
func (d Decision) Meaning() string {
	switch d {
	case Repair:
		return "something local is damaged; mend just that and run again"
	case Degrade:
		return "the machine ran out of something; run again with less at once"
	case Retry:
		return "transient; running again has a real chance"
	}
	return "running again cannot help, or must not happen"
}
