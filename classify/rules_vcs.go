package classify

// rulesVCS are the words of git, of what git runs (curl, ssh, git-lfs), and of
// hg, svn, bzr and fossil. They count inside the block that cmd/go frames with
// "exit status 128:" (codehost.RunError), and in GOPATH mode under "# cd DIR;".
//
// What git says last is mostly that something broke ("the remote end hung up
// unexpectedly"); what broke stands before it. Those rules are weak.
var rulesVCS = []rule{
	// The program itself.
	{cause: VCSMissing, in: inGo | inTool, has: "executable file not found in", re: `exec: "?(?:git|hg|svn|bzr|fossil|ssh)(?:\.exe)?"?: executable file not found in`},
	{cause: VCSMissing, in: inGo, has: "See https://golang.org/s/gogetcmd"},
	{cause: VCSMissing, in: inVCS, has: "not found", re: `(?:git|hg|svn|bzr|fossil|ssh|git-lfs)(?: filter-process)?: (?:command )?not found`},
	{cause: VCSMissing, in: inVCS, has: "git-lfs", re: `(?:'git-lfs|git-lfs filter-process)`},
	{cause: VCSMissing, in: inVCS, has: "is not a git command"},
	{cause: VCSMissing, in: inVCS, has: "unable to find remote helper for"},
	{cause: VCSMissing, in: inVCS, has: "cannot run ssh"},
	{cause: VCSMissing, in: inVCS, has: "cannot exec"},
	{cause: VCSMissing, in: inVCS, has: "unknown ", re: `^error: unknown (?:option|switch) |unknown option`}, // a git that is too old
	{cause: VCSMissing, in: inVCS, has: "expected shallow list"},

	// Ownership (setup.c, since 2.35.2).
	{cause: DubiousOwnership, in: inVCS | inGo, has: "detected dubious ownership in repository"},
	{cause: DubiousOwnership, in: inVCS | inGo, has: "unsafe repository ("},
	{cause: DubiousOwnership, in: inVCS | inGo, has: "cannot use bare repository"}, // safe.bareRepository
	{cause: DubiousOwnership, in: inVCS | inGo, has: "safe.directory", weak: true},

	// Names. "ssh: Could not resolve hostname github.com:org" is no failure of
	// the name server: a rewritten URL kept its colon.
	{cause: DNSFailure, in: inVCS, has: "ould not resolve hostname", judge: hostWithPath},
	{cause: DNSFailure, in: inVCS, has: "resolve host"},
	{cause: DNSFailure, in: inVCS, has: "resolve proxy", re: `ould(?: not|n't) resolve proxy`, judge: namesNoHost},
	{cause: DNSFailure, in: inVCS, has: "Resolving timed out"},
	{cause: DNSFailure, in: inVCS, has: "nable to look up"},
	{cause: DNSFailure, in: inVCS, has: "ame or service not known"},
	{cause: DNSFailure, in: inVCS, has: "emporary failure in name resolution"},
	{cause: DNSFailure, in: inVCS, has: "nodename nor servname provided"},
	{cause: DNSFailure, in: inVCS, has: "o such host is known"},
	{cause: DNSFailure, in: inVCS, has: "getaddrinfo"},
	{cause: DNSFailure, in: inVCS, has: "No address associated with hostname"},
	{cause: DNSFailure, in: inVCS, has: "Unknown host"},

	// Certificates: OpenSSL, GnuTLS, schannel, Secure Transport through curl; hg, svn.
	{cause: TLSUntrusted, in: inVCS, has: "SSL certificate problem"},
	{cause: TLSUntrusted, in: inVCS, has: "ertificate verif", re: `(?i)certificate verif(?:y failed|ication failed)`},
	{cause: TLSUntrusted, in: inVCS, has: "local issuer certificate"},
	{cause: TLSUntrusted, in: inVCS, has: "certificate", re: `(?i)(?:self.signed certificate|certificate has expired|certificate subject name|certificate verify locations|setting certificate file|peer certificate|certificate chain|certificate is not trusted|certificate revocation|certificate for \S+ (?:has|is))`},
	{cause: TLSUntrusted, in: inVCS, has: "schannel: ", re: `schannel: (?:next InitializeSecurityContext failed: (?:SEC_E_UNTRUSTED|CRYPT_E|SEC_E_CERT|Unknown error|SEC_E_WRONG|SEC_E_ILLEGAL_MESSAGE|SEC_E_ALGORITHM_MISMATCH)|AcquireCredentialsHandle failed|SNI or certificate|CertGetCertificateChain|the certificate)`},
	{cause: TLSUntrusted, in: inVCS, has: "gnutls_handshake() failed: ", re: `gnutls_handshake\(\) failed: (?:Handshake failed|A TLS fatal alert|Public key signature|An unexpected TLS packet|Certificate|The TLS version)`},
	{cause: TLSUntrusted, in: inVCS, has: "Peer", re: `Peer(?:'s Certificate| reports incompatible| certificate)`}, // NSS
	{cause: TLSUntrusted, in: inVCS, has: "E230001"},
	{cause: TLSUntrusted, in: inVCS, has: "SSL ", re: `Problem with the (?:SSL CA cert|local SSL certificate)|Couldn't use specified SSL cipher`}, // curl/strerror.c
	{cause: TLSUntrusted, in: inVCS, has: "unsafe legacy renegotiation disabled"},
	{cause: TLSUntrusted, in: inVCS, has: "wrong version number"},
	{cause: TLSUntrusted, in: inVCS, has: "alert", re: `tlsv?1? alert|alert (?:handshake failure|protocol version|unknown ca)`},

	// ssh's host keys.
	{cause: HostKey, in: inVCS, has: "Host key verification failed"},
	{cause: HostKey, in: inVCS, has: "REMOTE HOST IDENTIFICATION HAS CHANGED"},
	{cause: HostKey, in: inVCS, has: "host key is known for"},
	{cause: HostKey, in: inVCS, has: "The authenticity of host"},
	{cause: HostKey, in: inVCS, has: "Unable to negotiate with"},
	{cause: HostKey, in: inVCS, has: "no hostkey alg"},
	{cause: HostKey, in: inVCS, has: "The server's host key is not cached"}, // plink

	// Rate limits, before credentials: hosts answer 403 for both.
	{cause: RateLimited, in: inVCS | inRemote, has: "ate limit", re: `(?i)rate limit`},
	{cause: RateLimited, in: inVCS | inRemote, has: "oo many requests", re: `(?i)too many requests`},
	{cause: RateLimited, in: inVCS | inRemote, has: "Too Many Requests"},
	{cause: RateLimited, in: inVCS, has: "429", re: `(?:returned error: |HTTP |HTTP Error )429\b`},
	{cause: RateLimited, in: inVCS | inRemote, has: "abuse detection"},
	{cause: RateLimited, in: inVCS | inRemote, has: "xceeded", re: `(?i)^(?:remote|ERROR): .*\bexceeded\b.*\b(?:connections|sessions|clones|quota)\b`},
	{cause: RateLimited, in: inVCS | inRemote, has: "oo many", re: `^(?:remote|ERROR): .*\b[Tt]oo many (?:\w+ )?(?:connections|sessions|clones)\b`},

	// Credentials.
	{cause: NotFound, in: inVCS | inRemote, has: "could not be found"}, // "… or you don't have permission to view it"
	{cause: AuthRequired, in: inVCS, has: "could not read Username"},
	{cause: AuthRequired, in: inVCS, has: "could not read Password"},
	{cause: AuthRequired, in: inVCS, has: "terminal prompts disabled"},
	{cause: AuthRequired, in: inVCS | inRemote, has: "uthentication failed", re: `(?i)\bauthentication failed\b`},
	{cause: AuthRequired, in: inVCS, has: "Permission denied (", re: `Permission denied \([a-z,-]+\)`},
	{cause: AuthRequired, in: inVCS, has: "Permission denied, please try again"},
	{cause: AuthRequired, in: inVCS | inRemote, has: "ermission", re: `^(?:ERROR|remote|fatal): (?:.* )?[Pp]ermission to \S+ denied`},
	{cause: AuthRequired, in: inVCS, has: "Too many authentication failures"},
	{cause: AuthRequired, in: inVCS, has: "askpass response"},
	{cause: AuthRequired, in: inVCS | inRemote, has: "expired", re: `(?i)^(?:remote|ERROR): .*\b(?:token|key|password|credentials)\b.*\bexpired\b`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "ad credentials", re: `(?i)\bbad credentials\b`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "not allowed to", re: `(?i)\bnot allowed to (?:download|access|view|read|clone|pull)\b`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "have", re: `(?i)\bdo(?:n't| not) have (?:the )?(?:\w+ )?(?:permission|access|rights)`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "ccess denied", re: `(?i)\baccess denied\b`}, // Bitbucket's ssh says it bare
	{cause: AuthRequired, in: inVCS | inRemote, has: "ed", re: `(?i)\b(?:account|user|repository|project|organi[sz]ation|key|token)\b.* (?:is|been|was) (?:temporarily )?(?:blocked|suspended|disabled|locked|deactivated|revoked)\b`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "nauthorized", re: `(?i)^(?:remote|ERROR|fatal|abort): .*\bunauthorized\b`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "not authorized", re: `(?i)\bnot authorized\b`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "nvalid", re: `(?i)^remote: .*invalid (?:username|credentials|token|email)`},
	{cause: AuthRequired, in: inVCS | inRemote, has: "password authentication was removed"},
	{cause: AuthRequired, in: inVCS | inRemote, has: "SAML SSO"},
	{cause: AuthRequired, in: inVCS | inRemote, has: "access to repository not granted"},
	{cause: AuthRequired, in: inVCS, has: "returned error: ", re: `returned error: (40[17]\b.*)`},
	{cause: AuthRequired, in: inVCS, has: "returned error: ", re: `returned error: (403\b.*)`, weak: true}, // "remote: " says whether it is the rate
	{cause: AuthRequired, in: inVCS, has: "HTTP ", re: `(HTTP (?:code = )?40[137])\b`},
	{cause: AuthRequired, in: inVCS, has: "from proxy after CONNECT", re: `(HTTP code 40[17]) from proxy after CONNECT`, judge: byHTTPProxy},
	{cause: AuthRequired, in: inVCS, has: "CONNECT tunnel failed", re: `CONNECT tunnel failed, (response 40[17])`, judge: byHTTPProxy},
	{cause: AuthRequired, in: inVCS, has: "uthorization", re: `^(?:abort|svn): .*[Aa]uthorization (?:failed|required)`},
	{cause: AuthRequired, in: inVCS, has: "E170001"},
	{cause: AuthRequired, in: inVCS, has: "E215004"},
	{cause: AuthRequired, in: inVCS, has: "Load key "},
	{cause: AuthRequired, in: inVCS, has: "Bad owner or permissions on"},
	{cause: AuthRequired, in: inVCS, has: "UNPROTECTED PRIVATE KEY"},
	{cause: AuthRequired, in: inVCS, has: "sign_and_send_pubkey"},

	// A server that is there and says no.
	{cause: ServerError, in: inVCS, has: "returned error: ", re: `(returned error: 5\d\d\b.*)`},
	{cause: ServerError, in: inVCS, has: "HTTP ", re: `(HTTP (?:code = )?5\d\d)\b`},
	{cause: ServerError, in: inVCS, has: "HTTP Error ", re: `(HTTP Error 5\d\d\b.*)`},
	{cause: ServerError, in: inVCS, has: "from proxy after CONNECT", re: `(HTTP code 5\d\d from proxy after CONNECT)`, judge: byHTTPProxy},
	{cause: ServerError, in: inVCS, has: "CONNECT tunnel failed", re: `(CONNECT tunnel failed, response 5\d\d)`, judge: byHTTPProxy},
	{cause: ServerError, in: inVCS | inRemote, has: "nternal", re: `(?i)^(?:remote|ERROR|Gogs|Gitea|GitLab): .*\b(internal (?:server |api )?(?:error|unreachable))\b`},
	{cause: ServerError, in: inVCS | inRemote, has: "d", re: `\b(?:due to (?:high )?load|under(?:going)? (?:scheduled )?maintenance|in maintenance mode)\b`},
	{cause: ServerError, in: inVCS | inRemote, has: "navailable", re: `(?i)^(?:remote|ERROR): .*\b(?:temporarily|currently|service|is) unavailable\b`},
	{cause: ServerError, in: inVCS | inRemote, has: "try again later", re: `(?i)^(?:remote|ERROR): .*\btry again later\b`},
	{cause: ServerError, in: inVCS | inRemote, has: "remote: 5", re: `^remote: (5\d\d [A-Z][a-z]+.*)$`},
	{cause: ServerError, in: inVCS | inRemote, has: "remote error: ", re: `remote error: .*(?i:internal|unavailable|try again|timeout)`},

	// Repositories and revisions that are not there.
	{cause: NotFound, in: inVCS | inRemote, has: "epository not found", re: `(?i)\brepository not found\b`},
	{cause: NotFound, in: inVCS | inRemote, has: "' not found", re: `(?i)^fatal: repository '.*' not found`},
	{cause: NotFound, in: inVCS, has: "returned error: ", re: `(returned error: 4(?:04|10)\b.*)`},
	{cause: NotFound, in: inVCS, has: "HTTP ", re: `(HTTP (?:code = )?4(?:04|10))\b`},
	{cause: ProxyMisconfigured, in: inVCS, has: "from proxy after CONNECT"},
	{cause: ProxyMisconfigured, in: inVCS, has: "CONNECT tunnel failed"},
	{cause: ProxyMisconfigured, in: inVCS, has: "returned error: ", re: `(returned error: [34]\d\d\b.*)`},
	{cause: NotFound, in: inVCS, has: "HTTP Error ", re: `(HTTP Error 4(?:04|10))`},
	{cause: NotFound, in: inVCS, has: "does not exist", re: `(?i)^(?:fatal|remote|ERROR|abort|svn|conq): .*\bdoes not exist\b`},
	{cause: NotFound, in: inVCS, has: "ouldn't find remote ref"},
	{cause: NotFound, in: inVCS, has: "emote branch ", re: `Remote branch \S+ not found`},
	{cause: NotFound, in: inVCS | inRemote, has: "unadvertised object"},
	{cause: NotFound, in: inVCS | inRemote, has: "not our ref"},
	{cause: NotFound, in: inVCS, has: "unknown revision"},
	{cause: NotFound, in: inVCS | inRemote, has: "not valid: is this a git repository?"},
	{cause: NotFound, in: inVCS | inRemote, has: "no suitable response from remote"}, // hg
	{cause: NotFound, in: inVCS, has: "abort: ", re: `^abort: (?:repository|no repository|there is no Mercurial)`, judge: lostDefault},
	{cause: NotFound, in: inVCS, has: "E170000"},
	{cause: NotFound, in: inVCS, has: "E160013"},
	{cause: NotFound, in: inVCS, has: "bzr: ERROR: Not a branch"},
	{cause: NotFound, in: inVCS, has: "pathspec '"},
	{cause: ProxyMisconfigured, in: inVCS, has: "rotocol", re: `(?i)(?:unsupported protocol|protocol "?'?\S+ (?:is )?not supported)`},
	{cause: ProxyMisconfigured, in: inVCS, has: "nsupported proxy"},
	{cause: ProxyMisconfigured, in: inVCS, has: "roxy handshake error"},
	{cause: ProxyMisconfigured, in: inVCS, has: "redirects ", re: `redirects (?:hit maximum|followed)`},
	{cause: ProxyMisconfigured, in: inVCS, has: "Received HTTP/0.9 when not allowed"}, // something that speaks no HTTP
	{cause: ProxyMisconfigured, in: inVCS, has: "git protocol on port 9418"},
	{cause: ProxyMisconfigured, in: inVCS, has: "transport '", re: `transport '\S+' not allowed`},
	{cause: ProxyMisconfigured, in: inVCS, has: "URL", re: `URL (?:rejected|using bad/illegal format)|bad/illegal format or missing URL`},
	{cause: ProxyMisconfigured, in: inVCS, has: "no path specified; see 'git help pull'"},

	// Time-outs before broken connections: "Failed to connect …: Connection timed out".
	{cause: Timeout, in: inVCS, has: "imed out", re: `(?i)\b((?:connection|operation|read|handshake)? ?timed out)\b`},
	{cause: Timeout, in: inVCS, has: "onnection timeout", re: `(?i)connection timeout`},
	{cause: Timeout, in: inVCS, has: "Operation too slow"},
	{cause: Timeout, in: inVCS, has: "imeout", re: `^(?:fatal|error|abort|svn|ssh|hg): .*\b[Tt]imeout\b`},
	{cause: Timeout, in: inRemote, has: "imeout", re: `\b[Tt]imeout\b`, weak: true}, // a status says it better

	// Connecting (curl; ssh; git:// in connect.c; hg, svn).
	{cause: ConnectFailure, in: inVCS, has: "onnection refused", re: `(?i)(connection refused)`},
	{cause: ConnectFailure, in: inVCS, has: "o route to host", re: `(?i)(no route to host)`},
	{cause: ConnectFailure, in: inVCS, has: "is unreachable", re: `(?i)(network is unreachable)`},
	{cause: ConnectFailure, in: inVCS, has: "connect to server", re: `(?i)could(?:n't| not) connect to server`, judge: slowConnect},
	{cause: ConnectFailure, in: inVCS, has: "ailed to connect to", re: `(?i)(failed to connect) to`},
	{cause: ConnectFailure, in: inVCS, has: "nable to connect to", re: `^(?:fatal|error): (unable to connect) to`, weak: true}, // the next line says why
	{cause: ConnectFailure, in: inVCS, has: "ssh: connect to host"},
	{cause: ConnectFailure, in: inVCS, has: "ctively refused it"},
	{cause: ConnectFailure, in: inVCS, has: "SOCKS", re: `Can't complete SOCKS\d|SOCKS\d connect request|SOCKS\d? ?(?:connection|proxy)`},

	// A copy in cache/vcs that is broken, and locks that were left there.
	{cause: StaleLock, in: inVCS, has: ".lock", re: `['«„“]([^'«„“]+\.lock)['»”“]`, judge: staleLock},
	{cause: StaleLock, in: inVCS, has: "another git process seems to be running", weak: true},
	{cause: StaleLock, in: inVCS, has: "cannot lock ref", re: `cannot lock ref '\S+': is at [0-9a-f]+ but expected`, judge: lostRace},
	{cause: StaleLock, in: inVCS, has: "shallow file has changed since we read it", judge: lostRace},
	{cause: VCSCacheCorrupt, in: inVCS, has: "not a git repository", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "config", re: `\bbad (?:\w+ )?config (?:line|file|variable|value|blob|key)`, judge: inVCSCache}, // ssh has "bad configuration options"
	{cause: VCSCacheCorrupt, in: inVCS, has: "remote origin already exists", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "'origin' does not appear to be a git repository", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "No such remote", judge: inVCSCache},
	{cause: NotFound, in: inVCS | inRemote, has: "does not appear to be a git repository"},
	{cause: VCSCacheCorrupt, in: inVCS, has: "is corrupt", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "orrupt loose object", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "is empty", re: `object file \S+ is empty`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "inflate: ", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "nable to read", re: `unable to read (?:tree|sha1 file|\w+ object|[0-9a-f]{40})`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: " object", re: `\b(?:bad (?:tree |commit )?object|(?i:not a valid object name))\b`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "missing ", re: `\bmissing (?:blob|tree|commit|necessary objects)\b`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "packfile ", re: `packfile \S+ (?:cannot be|is|does not|claims|index)`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "index", re: `index file (?:\S+ is too small|\S+ overflows|corrupt|smaller)|multi-pack-index`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "reference broken", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "unable to resolve reference", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "cannot lock ref", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "some local refs could not be updated", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "shallow ", re: `(?:bad|processing|unable to parse) shallow (?:info|line|file)`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "would clobber existing tag", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "does not point to a valid object", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "did not send all necessary objects", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "could not ", re: `could not (?:parse|read) (?:commit|HEAD|[0-9a-f]{7,40})`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "ailed to traverse parents", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "cannot copy '", judge: inVCSCache}, // two processes in git init
	{cause: StaleLock, in: inVCS, has: "could not lock config file", re: `could not lock config file .*: File exists`, judge: staleLock},
	{cause: VCSCacheCorrupt, in: inVCS, has: "could not lock config file", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "could not set 'core.", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "unable to create temporary file", weak: true, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "No such file or directory", re: `/cache/vcs/[0-9a-f]{64}`, judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inVCS, has: "ambiguous argument '", judge: inVCSCache},
	{cause: VCSCacheCorrupt, in: inGo, has: "exists with wrong content (have "},
	{cause: VCSCacheCorrupt, in: inGo, has: "chdir ", re: `chdir \S*[/\\]cache[/\\]vcs[/\\][0-9a-f]{64}: `},
	{cause: VCSCacheCorrupt, in: inGo, has: "unexpected response from git log"},

	// Connections that broke.
	{cause: ConnectionLost, in: inVCS, has: "onnection ", re: `(?i)(connection reset by peer|connection was reset|connection reset)`},
	{cause: ConnectionLost, in: inVCS, has: "onnection was aborted"},
	{cause: ConnectionLost, in: inVCS, has: "onnection closed", re: `(?i)(connection closed)`},
	{cause: ConnectionLost, in: inVCS, has: "Connection to ", re: `^Connection to \S+ (closed by remote host)`},
	{cause: ConnectionLost, in: inVCS, has: "_exchange_identification"},
	{cause: ConnectionLost, in: inVCS, has: "ssh_dispatch_run_fatal"},
	{cause: ConnectionLost, in: inVCS, has: "client_loop: send disconnect"},
	{cause: ConnectionLost, in: inVCS, has: "roken pipe"},
	{cause: ConnectionLost, in: inVCS, has: "early EOF", re: `(early EOF)`},
	{cause: ConnectionLost, in: inVCS, has: "unexpected disconnect while reading sideband"},
	{cause: ConnectionLost, in: inVCS, has: "hung up upon initial contact"},
	{cause: ConnectionLost, in: inVCS, has: "curl ", re: `\bcurl (?:5|6|7|16|18|28|35|52|55|56|92|95) (.*)`, judge: byCurl},
	{cause: ConnectionLost, in: inVCS, has: "result=", re: `RPC failed; result=(?:5|6|7|16|18|28|35|52|55|56|92|95),`, judge: byCurl}, // git before 2.9
	{cause: ConnectionLost, in: inVCS, has: "was not closed cleanly"},
	{cause: ConnectionLost, in: inVCS, has: "framing layer", re: `HTTP/?2 framing layer`},
	{cause: ConnectionLost, in: inVCS, has: "end of file", re: `(?i)encountered end of file`},
	{cause: ConnectionLost, in: inVCS, has: "connect error", re: `(?:SSL|TLS) connect error`},
	{cause: ConnectionLost, in: inVCS, has: "mpty reply from server", re: `(?i)(empty reply from server)`},
	{cause: ConnectionLost, in: inVCS, has: "transfer closed with"},
	{cause: ConnectionLost, in: inVCS, has: "outstanding read data remaining"},
	{cause: ConnectionLost, in: inVCS, has: "GnuTLS", re: `GnuTLS(?: recv error|, handshake failed)`},
	{cause: ConnectionLost, in: inVCS, has: "gnutls_handshake() failed"},
	{cause: ConnectionLost, in: inVCS, has: "non-properly terminated"},
	{cause: ConnectionLost, in: inVCS, has: "Unknown SSL protocol error"}, // curl before 7.64: the peer closed in the handshake
	{cause: ConnectionLost, in: inVCS, has: "SSL_", re: `SSL_(?:read|write|connect|ERROR_SYSCALL|ERROR_ZERO_RETURN)`},
	{cause: ConnectionLost, in: inVCS, has: "unexpected eof while reading"},
	{cause: ConnectionLost, in: inVCS, has: "Proxy CONNECT aborted"},
	{cause: ConnectionLost, in: inVCS, has: "schannel: ", re: `schannel: (?:failed to receive handshake|server closed|failed to read)`},
	{cause: ConnectionLost, in: inVCS, has: "SSLRead() return error"}, // Secure Transport
	{cause: ConnectionLost, in: inVCS, has: "Failed sending data to the peer"},
	{cause: ConnectionLost, in: inVCS, has: "Transferred a partial file"},
	{cause: ConnectionLost, in: inVCS, has: "Server returned nothing"},
	{cause: ConnectionLost, in: inVCS, has: "Connection died, tried"},
	{cause: ConnectionLost, in: inVCS, has: "connection to proxy closed"},
	{cause: ConnectionLost, in: inVCS, has: "getpeername() failed"},
	{cause: ConnectionLost, in: inVCS, has: "Weird server reply"},
	{cause: ConnectionLost, in: inVCS, has: "Recv failure"},
	{cause: ConnectionLost, in: inVCS, has: "Send failure"},
	{cause: ConnectionLost, in: inVCS, has: "Failure when receiving data"},
	{cause: ConnectionLost, in: inVCS, has: "pack ", re: `(?:pack has bad object|pack is corrupted|pack signature mismatch|pack version|bad pack header|premature end of pack file|pack has \d+ unresolved deltas)`},
	{cause: ConnectionLost, in: inVCS, has: "inflate returned"},
	{cause: ConnectionLost, in: inVCS, has: "invalid ls-refs response"},
	{cause: ConnectionLost, in: inVCS, has: "protocol error: "},
	{cause: ConnectionLost, in: inVCS, has: "bad line length"},
	{cause: ConnectionLost, in: inVCS, has: "garbage at end of", re: `garbage at end of (?:pack|loose object)`},
	{cause: ConnectionLost, in: inVCS, has: "abort: stream ended unexpectedly"}, // hg
	{cause: ConnectionLost, in: inVCS, has: "abort: HTTP request error"},
	{cause: ConnectionLost, in: inVCS, has: "abort: error: "},
	{cause: ConnectionLost, in: inVCS, has: "svn: E", re: `svn: E(?:1201\d\d|175012|175002|670002)\b`},
	{cause: ConnectFailure, in: inVCS, has: "E170013", weak: true},

	// GOPATH mode pulls into the user's own trees.
	{cause: VCSStatus, in: inVCS, has: "would be overwritten by"},
	{cause: VCSStatus, in: inVCS, has: "ot possible to fast-forward"},
	{cause: VCSStatus, in: inVCS, has: "ull is not possible because"},
	{cause: VCSStatus, in: inVCS, has: "no tracking information"},
	{cause: VCSStatus, in: inVCS, has: "not currently on a branch"},
	{cause: VCSStatus, in: inVCS, has: "already exists and is not an empty directory"},
	{cause: VCSStatus, in: inVCS, has: "unrelated histories"},
	{cause: VCSStatus, in: inGo, has: "is not using a known version control system"},

	// What says only that it broke.
	{cause: ConnectionLost, in: inVCS, has: "HTTP request failed", weak: true},
	{cause: ConnectionLost, in: inVCS, has: "expected flush after", weak: true},
	{cause: ConnectionLost, in: inVCS, has: "bytes of body are still expected", weak: true},
	{cause: ConnectionLost, in: inVCS, has: "he remote end hung up unexpectedly", weak: true, judge: unlessRefused},
	{cause: ConnectionLost, in: inVCS, has: "RPC failed", weak: true},
	{cause: ConnectionLost, in: inVCS, has: "index-pack", re: `index-pack (?:failed|output)`, weak: true},
	{cause: ConnectionLost, in: inVCS, has: "unpack-objects failed", weak: true},
	// ssh says "Permission denied" or "Connection refused" before it; alone it
	// means that the other side closed without a word.
	{cause: ConnectionLost, in: inVCS, has: "ould not read from remote repository", weak: true, judge: wordless},

	// VCS stamping (load/pkg.go, setBuildInfo): git's words are not shown.
	{cause: VCSStatus, in: inGo | inTool, has: "error obtaining VCS status", weak: true},
	{cause: VCSStatus, in: inGo | inTool, has: "current directory is in repository"},
}
