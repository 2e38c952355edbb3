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
