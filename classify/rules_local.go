package classify

// rulesLocal are the failures of this machine: disk, permissions, memory,
// limits. They come first: a full disk shows as `read "URL": write PATH: no
// space left on device`, which is no failure of the network.
var rulesLocal = []rule{
	// Disk (syscall errors of Go, strerror of git and gcc, FormatMessage on Windows).
	{cause: DiskFull, in: inGo | inTool | inVCS, has: "no space left on device"},
	{cause: DiskFull, in: inGo | inTool | inVCS, has: "No space left on device"},
	{cause: DiskFull, in: inGo | inTool | inVCS, has: "isk quota exceeded"},
	{cause: DiskFull, in: inGo | inTool | inVCS, has: "not enough space on the disk"},
	{cause: DiskFull, in: inGo | inTool | inVCS, has: "file too large", re: `: file too large$`},                        // EFBIG, ulimit -f
	{cause: DiskFull, in: inTool, has: "errno=28", re: `\berrno=28\b`},                                                  // ld of macOS: ENOSPC
	{cause: DiskFull, in: inTool, has: "signal: file size limit exceeded"},                                              // SIGXFSZ
	{cause: DiskFull, in: inVCS, has: " file", re: `(?:fatal|error): (?:unable to write|write error:?) (?:sha1 )?file`}, // object-file.c

	// Memory. The kernel's OOM killer leaves a compiler "signal: killed"; a
	// bare "signal: killed" is a program's or a test's (rules_test.go).
	{cause: OutOfMemory, in: inGo | inTool, has: "signal: ", re: `[/\\](?:compile|link|asm|cgo|vet|cover|fix|pack|buildid)(?:\.exe)?: signal: (?:killed|terminated)$`}, // earlyoom sends TERM
	{cause: OutOfMemory, in: inGo | inTool, has: "signal: killed", re: `(?:go tool \w+|gcc|g\+\+|clang|clang\+\+|cc|ld|vet|pkg-config)\b.*: signal: killed$`},
	{cause: OutOfMemory, in: inGo, has: "signal: killed", re: `\b(?:git|hg|ssh|svn|bzr) .*: signal: killed:?$`},
	{cause: OutOfMemory, in: inGo | inTool, has: "cannot allocate memory", re: `: cannot allocate memory$`},
	{cause: OutOfMemory, in: inGo | inTool | inVCS, has: "Cannot allocate memory"},
	{cause: OutOfMemory, in: inGo | inTool, has: "fatal error: runtime: out of memory"},
	{cause: OutOfMemory, in: inGo | inTool, has: "fatal error: out of memory"},
	{cause: OutOfMemory, in: inGo | inTool, has: "runtime: out of memory: "},
	{cause: OutOfMemory, in: inGo | inTool, has: "failed to reserve page summary memory", judge: goItself}, // runtime/mpagealloc_64bit.go
	{cause: OutOfMemory, in: inGo | inTool, has: "arena virtual address space", judge: goItself},
	{cause: OutOfMemory, in: inGo | inTool, has: "fatal error: runtime: cannot ", re: `fatal error: runtime: cannot (?:allocate|map|reserve)`, judge: goItself}, // runtime/malloc.go, mheap.go
	{cause: OutOfMemory, in: inGo | inTool, has: "fatal error: failed to allocate"},
	{cause: OutOfMemory, in: inGo | inTool, has: "runtime: VirtualAlloc of "},
	{cause: OutOfMemory, in: inGo | inTool, has: "paging file is too small"},
	{cause: OutOfMemory, in: inGo | inTool, has: "ot enough memory resources are available"},
	{cause: OutOfMemory, in: inTool, has: "out of memory", re: `^(?:LLVM ERROR|cc1|cc1plus|as|ld|collect2|[\w./-]*ld(?:\.\w+)?)\b.*: out of memory`},
	{cause: OutOfMemory, in: inTool, has: "emory exhausted", re: `(?i)(?:virtual memory|final link failed: memory) exhausted`},
	{cause: OutOfMemory, in: inTool, has: "illed", re: `fatal error: Killed signal terminated program|internal compiler error: Killed|unable to execute command: Killed|Killed \(program`},
	{cause: OutOfMemory, in: inTool, has: " signal", re: `terminated with signal 9\b|linker command failed due to signal`},
	{cause: OutOfMemory, in: inVCS, has: "ut of memory", re: `(?i)^(?:fatal|error): .*\bout of memory`},
	{cause: OutOfMemory, in: inVCS, has: "died of signal 9"},
	{cause: OutOfMemory, in: inVCS, has: "malloc failed"},

	// Descriptors, processes, threads.
	{cause: ResourceExhausted, in: inGo | inTool, has: "too many open files"},
	{cause: ResourceExhausted, in: inVCS | inTool, has: "Too many open files"},
	{cause: ResourceExhausted, in: inGo | inTool, has: "resource temporarily unavailable", re: `: resource temporarily unavailable$`},
	{cause: ResourceExhausted, in: inVCS | inTool, has: "esource temporarily unavailable"},
	{cause: ResourceExhausted, in: inGo | inTool, has: "failed to create new OS thread", re: `failed to create new OS thread \(have \d+ already; errno=(?:11|12|35)\)`}, // EAGAIN, ENOMEM; 35 on BSD
	{cause: ResourceExhausted, in: inGo | inTool, has: "may need to increase max user processes"},
	{cause: ResourceExhausted, in: inGo | inTool, has: "Insufficient system resources exist"},
	{cause: ResourceExhausted, in: inGo | inTool, has: "thread exhaustion"},
	{cause: PermissionDenied, in: inGo | inTool, has: "failed to create new OS thread", re: `failed to create new OS thread \(have \d+ already; errno=1\)`}, // seccomp
	{cause: ToolchainCrash, in: inGo | inTool, has: "failed to create new OS thread"},                                                                       // EINVAL: an emulator
	{cause: ResourceExhausted, in: inGo | inTool, has: "fatal error: newosproc", weak: true},
	{cause: ResourceExhausted, in: inGo | inTool, has: "pthread_create failed: Resource"},
	{cause: ResourceExhausted, in: inGo | inTool, has: "mlock", re: `mlock of signal stack failed|fatal error: mlock failed`}, // go 1.14, ulimit -l
	{cause: ResourceExhausted, in: inGo | inTool, has: "argument list too long", judge: hopeless},
	{cause: ResourceExhausted, in: inVCS, has: "cannot ", re: `cannot (?:fork|create (?:async )?thread)`},

	// A file that is still open for writing (go.dev/issue/22315), and its
	// relatives on Windows, where a virus scanner holds what was just written.
	{cause: TextFileBusy, in: inReport | inUser | inGo, has: "text file busy", re: `^fork/exec \S+[/\\]go-build\d+[/\\]\S+\.test(?:\.exe)?: text file busy$`},
	{cause: TextFileBusy, in: inGo | inTool, has: "text file busy", re: `: text file busy$`, judge: busyOutput},
	{cause: TextFileBusy, in: inVCS, has: "Text file busy"},
	{cause: TextFileBusy, in: inGo | inTool, has: "being used by another process", judge: heldOnWindows},

	// Permissions.
	{cause: PermissionDenied, in: inGo | inTool, has: "permission denied", re: `: permission denied[)"']*$`},
	{cause: PermissionDenied, in: inGo | inTool | inVCS, has: "ead-only file system"},
	{cause: PermissionDenied, in: inGo | inTool, has: "operation not permitted", re: `: operation not permitted$`},
	{cause: TextFileBusy, in: inGo | inTool, has: "Access is denied.", re: `rename \S+\.tmp-?\d+ \S+: Access is denied\.`}, // go.dev/issue/36568
	{cause: PermissionDenied, in: inGo | inTool, has: "Access is denied."},
	{cause: PermissionDenied, in: inGo | inTool, has: "contains a virus or potentially unwanted"},
	{cause: StaleLock, in: inGo, has: "ock ", re: `\bR?[Ll]ock \S+: (?:deadlock condition if locked|resource deadlock (?:avoided|would occur))`, judge: lostRace}, // AIX, EDEADLK
	{cause: PermissionDenied, in: inGo | inTool, has: "ock ", re: `\b(?:RLock|Lock|Unlock) [^:]*(?::[\\/][^:]*)?: (?:no locks available|Incorrect function|function not implemented|operation not supported|not supported|The request is not supported|.*not supported)`}, // a share without locks
	{cause: PermissionDenied, in: inTool | inVCS, has: "Permission denied", re: `(?:^|: )Permission denied$`},
	{cause: PermissionDenied, in: inTool | inVCS, has: "Operation not permitted"},
	{cause: PermissionDenied, in: inReport | inUser, has: "fork/exec ", re: `^fork/exec \S+\.test(?:\.exe)?: (?:permission denied|operation not permitted|Access is denied\.)$`}, // a noexec /tmp
	{cause: PermissionDenied, in: inGo, has: "creating work dir: "},
	{cause: PermissionDenied, in: inGo, has: "could not create module cache"},
	{cause: PermissionDenied, in: inVCS, has: "insufficient permission for adding an object"},
	{cause: PermissionDenied, in: inVCS, has: "could not create ", re: `could not create (?:work tree dir|leading directories)`},

	// No place to work in (cfg.SetModCache…, cache/default.go, os.UserCacheDir).
	{cause: NoHome, in: inGo, has: "neither GOMODCACHE nor GOPATH is set"},
	{cause: NoHome, in: inGo, has: "neither GOPATH nor GOMODCACHE are set"},
	{cause: NoHome, in: inGo, has: "GOCACHE is not defined and "},
	{cause: NoHome, in: inGo, has: "missing $GOPATH"},
	{cause: NoHome, in: inGo, has: "$GOPATH not set"},
	{cause: NoHome, in: inGo, has: "$HOME is not defined"},
	{cause: NoHome, in: inGo, has: "LocalAppData% is not defined"},
	{cause: NoHome, in: inGo, has: "GOMODCACHE entry is relative"},
	{cause: NoHome, in: inGo, has: "GOPATH entry is relative"},
	{cause: NoHome, in: inGo, has: "GOCACHE is not an absolute path"},
	{cause: NoHome, in: inVCS, has: "$HOME not set"},
	{cause: PermissionDenied, in: inGo, has: "failed to initialize build cache"},
}
