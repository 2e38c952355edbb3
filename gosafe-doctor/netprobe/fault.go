package netprobe

// A Fault names what is wrong with the way to a server: the slug that reports
// and tests carry.
type Fault string

const (
	NoSuchName         Fault = "no-such-name"
	NoAddress          Fault = "no-address"
	NameServersSilent  Fault = "name-servers-silent"
	NameServersFail    Fault = "name-servers-fail"
	NameDiffers        Fault = "name-differs"
	NameBlocked        Fault = "name-blocked"
	Refused            Fault = "refused"
	Unreachable        Fault = "unreachable"
	BlackHole          Fault = "black-hole"
	IPv6Broken         Fault = "ipv6-broken"
	IPv4Broken         Fault = "ipv4-broken"
	ProxySetting       Fault = "http-proxy-setting"
	ProxyName          Fault = "http-proxy-name"
	ProxyDown          Fault = "http-proxy-down"
	ProxySilent        Fault = "http-proxy-silent"
	ProxyCredentials   Fault = "http-proxy-credentials"
	ProxyRefuses       Fault = "http-proxy-refuses"
	ProxyFails         Fault = "http-proxy-fails"
	TLSReset           Fault = "tls-reset"
	TLSSilent          Fault = "tls-silent"
	TLSFiltered        Fault = "tls-filtered"
	TLSRefused         Fault = "tls-refused"
	NotTLS             Fault = "not-tls"
	CertExpired        Fault = "cert-expired"
	CertNotYetValid    Fault = "cert-not-yet-valid"
	CertSelfSigned     Fault = "cert-self-signed"
	CertWrongName      Fault = "cert-wrong-name"
	CertUnknown        Fault = "cert-unknown-authority"
	CertInvalid        Fault = "cert-invalid"
	Intercepted        Fault = "intercepted"
	InterceptedTrusted Fault = "intercepted-trusted"
	CaptivePortal      Fault = "captive-portal"
	WebPage            Fault = "web-page"
	HTTP2Broken        Fault = "http2-broken"
	ServerSilent       Fault = "server-silent"
	ServerReset        Fault = "server-reset"
	ServerError        Fault = "server-error"
	RateLimited        Fault = "rate-limited"
	WantsCredentials   Fault = "wants-credentials"
	Forbidden          Fault = "forbidden"
	NoModuleProxy      Fault = "no-module-proxy"
	BadURL             Fault = "bad-url"
	InsecureLogin      Fault = "insecure-credentials"
	ClockOff           Fault = "clock-off"
	ClockDrifts        Fault = "clock-drifts"
)

// The classes of faults: the rows of the verdict matrix.
const (
	className        = "name"
	classCertificate = "certificate"
	classPolicy      = "network policy"
	classProxy       = "HTTP proxy"
	classDown        = "server down"
	classPortal      = "captive portal"
	classClock       = "clock"
	classServer      = "server"
)

// A faultInfo is what is known of a fault, whatever host meets it. In the
// sentences %s stands for the hosts, or for the HTTP proxy.
type faultInfo struct {
	fault   Fault
	class   string
	warning bool
	one     string // one host of several, or the only one
	all     string // every host that was asked; empty: the hosts have it each by itself
	remedy  string
}

// faults is the table of faults, the most telling first: where several are
// left, the diagnoses stand in this order.
var faults = []faultInfo{
	{ClockOff, classClock, false,
		"This machine's clock is off by more than the certificate of %s allows.",
		"This machine's clock is off by more than the servers' certificates allow.",
		"set the clock: timedatectl set-ntp true (Linux), sntp -sS time.apple.com (macOS), w32tm /resync (Windows); in a virtual machine or WSL, wake it up or restart it"},
	{CaptivePortal, classPortal, false,
		"A captive portal answers in place of %s: this network wants you to log in first.",
		"A captive portal answers in place of every server: this network wants you to log in first.",
		"open http://neverssl.com in a browser, log in to the network, and try again"},
	{ProxySetting, classProxy, false,
		"The setting of the HTTP proxy for %s cannot be used.", "",
		"write HTTP_PROXY and HTTPS_PROXY as http://host:port"},
	{ProxyName, classProxy, false,
		"The name of the HTTP proxy %s cannot be resolved.", "",
		"check the host in HTTP_PROXY and HTTPS_PROXY; unset them where the network needs no proxy"},
	{ProxyDown, classProxy, false,
		"The HTTP proxy %s does not accept connections.", "",
		"start the proxy, or check HTTP_PROXY and HTTPS_PROXY; unset them where the network needs no proxy"},
	{ProxySilent, classProxy, false,
		"The HTTP proxy %s does not answer.", "",
		"check HTTP_PROXY and HTTPS_PROXY, and whether a VPN is needed to reach the proxy; unset them where the network needs none"},
	{ProxyCredentials, classProxy, false,
		"The HTTP proxy %s wants credentials (407).", "",
		"put your name and password for the proxy into HTTPS_PROXY (http://NAME:PASSWORD@HOST:PORT, special characters percent-encoded), or run a local proxy that logs in for you (cntlm, px)"},
	{ProxyRefuses, classProxy, false,
		"The HTTP proxy %s refuses to connect to the server: its policy does not allow it.", "",
		"ask whoever runs the proxy to allow the hosts, use a module proxy inside the network (GOPROXY), or list hosts that are reached directly in NO_PROXY"},
	{ProxyFails, classProxy, false,
		"The HTTP proxy %s cannot reach the server.", "",
		"ask whoever runs the proxy; list hosts that are reached directly in NO_PROXY"},
	{NameServersSilent, className, false,
		"The name servers do not answer when they are asked for %s.",
		"The name servers of this machine do not answer.",
		"check the network and the VPN; resolvectl status and /etc/resolv.conf (scutil --dns on macOS) show which servers are asked"},
	{NameServersFail, className, false,
		"The name servers fail when they are asked for %s.",
		"The name servers of this machine fail for every name.",
		"ask another name server (dig @1.1.1.1 NAME) to see whose fault it is; resolvectl status and /etc/resolv.conf show which ones are asked"},
	{NameDiffers, className, false,
		"This machine takes %s for another address than its name servers do.",
		"This machine resolves names otherwise than its name servers do.",
		"look for the name in /etc/hosts, and empty the resolver's cache: resolvectl flush-caches (Linux), dscacheutil -flushcache (macOS), ipconfig /flushdns (Windows)"},
	{NoSuchName, className, false,
		"There is no host of the name %s.",
		"None of the names exists for this machine's name servers.",
		"check the spelling; a name that exists only inside a company needs its VPN or its name servers"},
	{NoAddress, className, false,
		"%s exists as a name, but has no address.",
		"The names exist, but have no addresses for this machine.",
		"check the spelling; ask whoever runs the name's zone"},
	{NameBlocked, className, false,
		"The name servers answer for %s with an address that leads nowhere: the name is blocked.",
		"The name servers answer for every host with an address that leads nowhere: the names are blocked.",
		"ask whoever runs the name servers or the ad blocker (Pi-hole and the like) to allow the hosts, or use a proxy that is allowed (GOPROXY)"},
	{Refused, classDown, false,
		"%s refuses connections: the server is down, or does not listen there.",
		"Every server refuses connections: most likely a firewall answers in their place.",
		"check the host and the port in the URL, and whether the server runs"},
	{Unreachable, classPolicy, false,
		"There is no route to %s.",
		"There is no route to any server: this machine is off the network.",
		"check the network connection and the VPN"},
	{BlackHole, classPolicy, false,
		"Nothing answers at %s: a firewall drops the connections, or the host is down.",
		"Nothing answers at any server: a firewall drops the connections, or this machine is off the network.",
		"ask whoever runs the network to let the hosts through, or use what is let through: a module proxy (GOPROXY) or an HTTP proxy (HTTPS_PROXY)"},
	{TLSFiltered, classPolicy, false,
		"The network cuts TLS connections that name %s: other names pass at the same address.",
		"The network cuts TLS connections by the names of the servers: other names pass at the same addresses.",
		"ask whoever runs the network to allow the hosts, or use a module proxy that is allowed (GOPROXY)"},
	{TLSReset, classPolicy, false,
		"The connection to %s is cut in the TLS handshake, by the server or by a firewall.",
		"Every connection is cut in the TLS handshake: a firewall does that.",
		"ask whoever runs the network or the server; try another network"},
	{TLSSilent, classPolicy, false,
		"%s accepts connections, but never answers in the TLS handshake.",
		"Every connection stalls in the TLS handshake: a firewall drops what follows, or large packets get lost (MTU, VPN).",
		"try another network; with a VPN, lower the MTU; ask whoever runs the server"},
	{TLSRefused, classServer, false,
		"%s refuses the TLS handshake: no version or cipher in common, or no certificate for that name.", "",
		"check the host and port in the URL; ask whoever runs the server"},
	{NotTLS, classServer, false,
		"%s does not speak TLS on that port.", "",
		"check the port in the URL"},
	{Intercepted, classCertificate, false,
		"TLS to %s is intercepted, by an authority that this machine does not trust.",
		"TLS to every server is intercepted, by an authority that this machine does not trust.",
		"if the network is your company's: install its authority into the system's store (update-ca-certificates, Keychain Access, certmgr), and name the same file to git (http.sslCAInfo); if it is not, do not use this network"},
	{CertExpired, classCertificate, false,
		"The certificate of %s has expired.",
		"Every certificate has expired.",
		"ask whoever runs the server to renew it"},
	{CertNotYetValid, classCertificate, false,
		"The certificate of %s is not yet valid.",
		"No certificate is valid yet.",
		"check this machine's clock (date); ask whoever runs the server"},
	{CertSelfSigned, classCertificate, false,
		"The certificate of %s is signed by itself, and this machine does not trust it.",
		"Every certificate is signed by itself, and this machine does not trust them.",
		"have the server use a certificate of an authority, or install this one into the system's store after comparing its fingerprint with its owner's"},
	{CertWrongName, classCertificate, false,
		"The certificate of %s is for another name.",
		"Every certificate is for another name.",
		"check the host in the URL; ask whoever runs the server"},
	{CertUnknown, classCertificate, false,
		"The certificate of %s is signed by an authority that this machine does not trust.",
		"Every certificate is signed by an authority that this machine does not trust.",
		"install the authority into the system's store (update-ca-certificates, Keychain Access, certmgr); in a bare container install ca-certificates; SSL_CERT_FILE, if set, replaces the system's list"},
	{CertInvalid, classCertificate, false,
		"The certificate of %s cannot be used.",
		"No certificate can be used.",
		"ask whoever runs the server"},
	{ServerError, classDown, false,
		"%s answers with an error of its own.",
		"Every server answers with an error of its own.",
		"see the server's status page, wait, or use another proxy (GOPROXY)"},
	{ServerSilent, classDown, false,
		"%s accepts the request, but does not answer in time.",
		"Every server accepts the request, but does not answer in time.",
		"see the server's status page, wait, or use another proxy (GOPROXY)"},
	{ServerReset, classDown, false,
		"%s ends the connection without an answer.",
		"Every server ends the connection without an answer.",
		"see the server's status page; look for a middlebox that cuts connections"},
	{HTTP2Broken, classServer, false,
		"HTTP/2 to %s breaks, HTTP/1.1 works: something on the way cannot do HTTP/2.",
		"HTTP/2 breaks everywhere, HTTP/1.1 works: something in this network cannot do HTTP/2.",
		"GODEBUG=http2client=0 makes go use HTTP/1.1, git config --global http.version HTTP/1.1 git"},
	{RateLimited, classServer, false,
		"%s says that it is asked too often (429).",
		"Every server says that it is asked too often (429): many share this network's address.",
		"wait, use a caching proxy, or authenticate"},
	{WantsCredentials, classServer, false,
		"%s wants credentials, and there are none for it.", "",
		"add a line for the host to ~/.netrc (machine HOST login NAME password TOKEN, mode 0600), or set GOAUTH; see go help goauth"},
	{Forbidden, classServer, false,
		"%s refuses the request (403).", "",
		"ask whoever runs it whether you, or this network, may use it"},
	{WebPage, classServer, false,
		"%s answers with a web page where modules are asked for: a login page, or a wrong URL.", "",
		"open the URL in a browser; check it in GOPROXY or GOSUMDB"},
	{NoModuleProxy, classServer, false,
		"%s does not answer as a module proxy or checksum database does.", "",
		"check the URL in GOPROXY or GOSUMDB: a part of the path may be missing"},
	{InsecureLogin, classServer, false,
		"The URL of %s holds credentials, and go sends none without TLS.", "",
		"write it with https"},
	{BadURL, classServer, false,
		"The URL of %s cannot be used.", "",
		"write it as https://host/path"},

	{IPv6Broken, classPolicy, true,
		"IPv6 to %s does not work; IPv4 does, and is used after a delay.",
		"IPv6 does not work on this network; IPv4 does, and is used after a delay.",
		"repair IPv6, or switch it off for this network; go itself waits 0.3 s for each connection, git may wait longer"},
	{IPv4Broken, classPolicy, true,
		"IPv4 to %s does not work; IPv6 does.",
		"IPv4 does not work on this network; IPv6 does.",
		"hosts that have no IPv6 address, github.com among them, need NAT64 or an HTTP proxy"},
	{InterceptedTrusted, classCertificate, true,
		"TLS to %s is intercepted, by an authority that this machine trusts.",
		"TLS to every server is intercepted, by an authority that this machine trusts.",
		"nothing, if the network is your company's; programs with a list of their own, git and Java among them, may need the authority as well (git config http.sslCAInfo)"},
	{ClockDrifts, classClock, true,
		"This machine's clock differs from the servers'.",
		"This machine's clock differs from the servers'.",
		"set the clock: timedatectl set-ntp true (Linux), sntp -sS time.apple.com (macOS), w32tm /resync (Windows)"},
}

// info returns the row of a fault.
func (f Fault) info() *faultInfo {
	for i := range faults {
		if faults[i].fault == f {
			return &faults[i]
		}
	}
	return &faultInfo{fault: f, class: classServer, one: "%s failed: " + string(f) + "."}
}
