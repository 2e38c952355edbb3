package classify

// rulesNet are the failures of a request that cmd/go made itself: package net
// and its kin, net/http with HTTP/2, crypto/tls, and what a server answered.
//
// Go wraps errors from the outside in, so the words that matter end the line.
// Patterns are anchored there where the words are short. That a compile error
// quotes such words is no matter for the patterns: see quoted.go. Before go 1.13
// the end was followed by ")".
var rulesNet = []rule{
	// Not the network's: what stands in a source file is the user's to word, and
	// an empty file of -overlay is no answer of a server.
	{cause: ImportError, in: inGo | inTool, has: "invalid import path"},
	{cause: CToolchain, in: inGo | inTool, has: "invalid #cgo "}, // go/build, saveCgo: the whole line behind it
	{cause: CToolchain, in: inTool, has: ": error: ", re: `\.go:\d+:\d+: error: `},
	{cause: UsageError, in: inGo | inTool, has: "overlay JSON", re: `parsing overlay JSON: `}, // fsys.initFromJSON

	// Names (net/dnsclient.go, net/lookup*.go; getaddrinfow on Windows).
	{cause: DNSFailure, in: inGo | inTool, has: "lookup ", re: `: lookup [^\s:/]+(?: on \S+)?: `, judge: namesNoHost},
	{cause: DNSFailure, in: inGo | inTool, has: ": no such host", re: `: no such host[)"']*$`},
	{cause: DNSFailure, in: inGo | inTool, has: "etaddrinfow: "},

	// Certificates (crypto/x509/verify.go, crypto/tls).
	{cause: TLSUntrusted, in: inGo | inTool, has: "x509: ", re: `(?:^|: )(x509: [^()]+)`},
	{cause: TLSUntrusted, in: inGo | inTool, has: "tls: failed to verify certificate"},
	{cause: TLSUntrusted, in: inGo | inTool, has: "remote error: tls: ", re: `remote error: tls: (?:bad certificate|unknown certificate|certificate required|expired certificate|revoked certificate|handshake failure|protocol version not supported|unrecognized name|access denied|insufficient security level|no application protocol)`},
	{cause: TLSUntrusted, in: inGo | inTool, has: "tls: ", re: `: tls: (?:server selected unsupported protocol version|no supported versions|server's certificate contains|received unexpected handshake)`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "server gave HTTP response to HTTPS client"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "first record does not look like a TLS handshake"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "tls: oversized record received"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "redirected from secure URL"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "refusing to pass credentials to insecure URL"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "insecure URL: "},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "unsupported protocol scheme"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "parse ", re: `parse "?[^\s"]+"?: (?:invalid port|invalid character|first path segment|missing protocol scheme|net/url: invalid|invalid URI)`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "stopped after 10 redirects"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "proxyconnect tcp: ", re: `proxyconnect tcp: (?:unknown scheme|invalid URL|tls: first record|dial tcp :\d+: )`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "invalid proxy address"},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "dial tcp: ", re: `dial tcp: (?:address \S+: missing port in address|missing address|address \S+: too many colons)`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "socks connect tcp", re: `socks connect tcp .*: (?:unexpected protocol version|no acceptable authentication|unsupported)`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "proxy: unknown scheme"},

	// Statuses (web/web.go, HTTPError; "unexpected status (URL)" up to go 1.12).
	{cause: RateLimited, in: inGo | inTool, has: "429", re: `: (429(?: Too Many Requests)?)[)"']*$`},
	{cause: Timeout, in: inGo | inTool, has: "408", re: `://\S+: (408(?: [\w' -]+)?)[)"']*$`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "5", re: `://\S+: ((?:501|505|511)(?: [\w' -]+)?)[)"']*$`},
	{cause: ServerError, in: inGo | inTool, has: "5", re: `://\S+:? (?:HTTP status |unexpected status )?(5\d\d(?: [\w' -]+)?)[)"']*$`, judge: relayed},
	{cause: NotFound, in: inGo | inTool, has: "4", re: `://\S+: ((?:404|410|451)(?: [\w' -]+)?)[)"']*$`, judge: absent},
	{cause: AuthRequired, in: inGo | inTool, has: "40", re: `://\S+: ((?:401|407)(?: [\w' -]+)?)[)"']*$`},
	{cause: AuthRequired, in: inGo | inTool, has: "403", re: `://\S+: (403(?: [\w' -]+)?)[)"']*$`, judge: forbidden},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "://", re: `://\S+: ([34]\d\d(?: [\w' -]+)?)[)"']*$`},
	// An HTTP proxy that refused CONNECT shows by its status text alone (net/http/transport.go, dialConn).
	{cause: RateLimited, in: inGo | inTool, has: "Too Many Requests", re: `"?https?://[^\s"]+"?: (Too Many Requests)[)"']*$`, judge: byHTTPProxy},
	{cause: ServerError, in: inGo | inTool, has: "://", re: `"?https?://[^\s"]+"?: (Internal Server Error|Bad [Gg]ateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out|Web server is down)[)"']*$`, judge: byHTTPProxy},
	{cause: AuthRequired, in: inGo | inTool, has: "://", re: `"?https?://[^\s"]+"?: ((?:Proxy )?Authentication Required|Unauthorized)[)"']*$`, judge: byHTTPProxy},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "Forbidden", re: `"?https?://[^\s"]+"?: (Forbidden)[)"']*$`, judge: byHTTPProxy},

	// Connecting (strerror in Go's lower case; WSA texts on Windows).
	{cause: ConnectFailure, in: inGo | inTool, has: "connection refused", re: `(connection refused)[)"']*$`},
	{cause: ConnectFailure, in: inGo | inTool, has: "no route to host", re: `(no route to host)[)"']*$`},
	{cause: ConnectFailure, in: inGo | inTool, has: " is ", re: `((?:network|host) is (?:unreachable|down))[)"']*$`},
	{cause: ConnectFailure, in: inGo | inTool, has: "cannot assign requested address", re: `: cannot assign requested address[)"']*$`},
	{cause: AuthRequired, in: inGo | inTool, has: "socks connect tcp", re: `socks connect tcp .*: username/password authentication failed`},
	{cause: ConnectFailure, in: inGo | inTool, has: "socks connect tcp", re: `socks connect tcp .*: (?:unknown error )?(?:general SOCKS server failure|[a-z]+ unreachable|TTL expired|connection not allowed)`},
	{cause: ConnectFailure, in: inGo | inTool, has: "actively refused it"},
	{cause: ConnectFailure, in: inGo | inTool, has: "socket operation was attempted to an unreachable"},
	{cause: ConnectFailure, in: inGo | inTool, has: "requested address is not valid in its context"},
	{cause: PermissionDenied, in: inGo | inTool, has: "forbidden by its access permissions"}, // WSAEACCES: a firewall

	// Time-outs (internal/poll/fd.go, net/http/transport.go, HTTP/2, context).
	{cause: Timeout, in: inGo | inTool, has: "timeout", re: `: (i/o timeout)[)"']*$`},
	{cause: Timeout, in: inGo | inTool, has: "TLS handshake timeout", re: `net/http: (TLS handshake timeout)`},
	{cause: Timeout, in: inGo | inTool, has: "timeout awaiting response headers", re: `(timeout awaiting response headers)`},
	{cause: Timeout, in: inGo | inTool, has: "Client.Timeout", re: `Client\.Timeout(?: or context cancellation)? exceeded while`},
	{cause: Timeout, in: inGo | inTool, has: "request canceled while waiting for connection"},
	{cause: Timeout, in: inGo | inTool, has: "timed out", re: `: (?:connection|operation) timed out[)"']*$`},
	{cause: Timeout, in: inGo | inTool, has: "context deadline exceeded", re: `: context deadline exceeded[)"']*$`},
	{cause: Timeout, in: inGo | inTool, has: "did not properly respond after a period of time"},
	{cause: Timeout, in: inGo | inTool, has: "client connection lost", re: `http2: client connection lost`},

	// Connections that broke (net/http, HTTP/2: net/http/h2_bundle.go).
	{cause: ConnectionLost, in: inGo | inTool, has: "connection reset by peer", re: `(connection reset by peer)[)"']*$`},
	{cause: ConnectionLost, in: inGo | inTool, has: "forcibly closed by the remote host"},
	{cause: ConnectionLost, in: inGo | inTool, has: "connection was aborted by the software"},
	{cause: ConnectionLost, in: inGo | inTool, has: "connection abort", re: `: software caused connection abort[)"']*$`},
	{cause: ConnectionLost, in: inGo | inTool, has: "broken pipe", re: `: (broken pipe)[)"']*$`},
	{cause: ConnectionLost, in: inGo | inTool, has: "stream error: ", re: `stream error: stream ID \d+; ([A-Z0-9_]+)`},
	{cause: ConnectionLost, in: inGo | inTool, has: "connection error: ", re: `connection error: ([A-Z_]{6,})`},
	{cause: ConnectionLost, in: inGo | inTool, has: "GOAWAY", re: `http2: .*GOAWAY`},
	{cause: ConnectionLost, in: inGo | inTool, has: "http2: ", re: `http2: (?:Transport|server|client|response body|timeout|frame|Framer|unexpected|no cached)`},
	{cause: ConnectionLost, in: inGo | inTool, has: "server closed idle connection"},
	{cause: ConnectionLost, in: inGo | inTool, has: "transport connection broken"},
	{cause: ConnectionLost, in: inGo | inTool, has: "use of closed network connection"},
	{cause: ConnectionLost, in: inGo | inTool, has: "tls: ", re: `: (?:remote error: |local error: )?tls: (?:bad record MAC|internal error|unexpected message|decode error|decrypt error|error decoding message|error decrypting message|user canceled|close notify|use of closed connection|protocol is shutdown)`},
	{cause: ConnectionLost, in: inGo | inTool, has: "malformed ", re: `: malformed (?:HTTP|MIME|chunked|gzip)`},
	{cause: ConnectionLost, in: inGo | inTool, has: "http: ", re: `: http: (?:unexpected EOF reading trailer|server closed|ContentLength=)`},
	{cause: ConnectionLost, in: inGo | inTool, has: "EOF", re: `(?:https?:/\S+|parsing \S+)"?:?(?: proxyconnect tcp:| socks connect tcp \S+:)? ((?:unexpected )?EOF)[)"']*$`},
	{cause: ConnectionLost, in: inGo | inTool, has: "unexpected EOF", re: `^(?:go: )?(?:download \S+|\S+@\S+|\S+:\d+:\d+): (?:\S+@\S+: )?(unexpected EOF)$`},
	{cause: ConnectionLost, in: inGo | inTool, has: "XML syntax error", re: `parsing \S+: XML syntax error`},
	{cause: ServerError, in: inGo | inTool, has: "unexpected end of JSON input"},
	{cause: ConnectionLost, in: inGo | inTool, has: "gzip: ", re: `: gzip: invalid (?:header|checksum)`},

	// What is left: other errno of a dial, other alerts, a refusal of the HTTP proxy in its own words.
	{cause: ConnectFailure, in: inGo | inTool, has: "dial ", re: `dial (?:tcp|udp)[46]? \S+: (?:connect|socket): [a-z][^:]*$`},
	{cause: TLSUntrusted, in: inGo | inTool, has: ": tls: ", re: `"?(?:https?://[^\s"]+"?|(?:remote|local) error): tls: `},
	{cause: Timeout, in: inGo | inTool, has: ": Request Time", re: `"https?://[^\s"]+": (Request Time-?out)$`, judge: byHTTPProxy},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "\": ", re: `^(?:go: |\S+: )+(?:Get|read) "https?://[^\s"]+": ([A-Z][a-z]+(?: [A-Z]?[a-z]+){0,4})$`, judge: byHTTPProxy},

	// What is left of the calls of Windows, in whatever language.
	{cause: ConnectFailure, in: inGo | inTool, has: ": connectex: "},
	{cause: ConnectionLost, in: inGo | inTool, has: ": wsa", re: `: wsa(?:recv|send)(?:from|to|msg)?: `},

	// Answers that are no module (modfetch/proxy.go, sumdb.go): a login page, say.
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "looking for beginning of value", re: `invalid character '.+' looking for beginning of value`},
	{cause: ProxyMisconfigured, in: inGo | inTool, has: "invalid response from proxy"},
}
