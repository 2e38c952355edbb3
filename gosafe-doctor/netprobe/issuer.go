package netprobe

import (
	"net/netip"
	"slices"
	"strings"
)

// interceptors are words in the issuer of certificates that security products
// and debugging proxies make up on the fly.
var interceptors = []string{
	"zscaler", "netskope", "fortigate", "fortinet", "palo alto", "blue coat", "bluecoat", "forcepoint", "websense",
	"cisco umbrella", "cisco secure web", "opendns", "check point", "checkpoint", "sophos", "barracuda", "watchguard", "sonicwall",
	"mcafee", "skyhigh", "menlo", "iboss", "smoothwall", "lightspeed", "goguardian", "securly", "untangle", "squid", "cloudflare for teams", "gateway ca",
	"kaspersky", "eset ssl", "avast", "avg web", "bitdefender", "dr.web", "norton web", "adguard", "mitmproxy", "charles proxy", "fiddler", "burp", "portswigger",
	"proxyman", "superfish", "egress-ca", "egress ca",
}

// publicIssuers are the organisations of authorities that browsers trust and
// that hosts on the internet get their certificates from.
var publicIssuers = []string{
	"google trust services", "google trust services llc", "let's encrypt", "internet security research group", "digicert inc", "digicert, inc.",
	"sectigo limited", "sectigo", "comodo ca limited", "the usertrust network", "globalsign nv-sa", "amazon", "microsoft corporation", "apple inc.",
	"entrust, inc.", "entrust limited", "godaddy.com, inc.", "starfield technologies, inc.", "zerossl", "zerossl gmbh", "ssl corporation", "ssl corp",
	"identrust", "buypass as-983163327", "certainly", "cloudflare, inc.", "quovadis limited", "actalis s.p.a.", "hellenic academic and research institutions ca",
	"asseco data systems s.a.", "unizeto technologies s.a.", "d-trust gmbh", "deutsche telekom security gmbh", "t-systems international gmbh", "swisssign ag",
	"taiwan-ca", "chunghwa telecom co., ltd.", "wisekey", "oiste foundation", "trustasia technologies, inc.", "china financial certification authority",
	"geant vereniging", "gandi", "gandi sas", "internet2", "network solutions l.l.c.", "trustwave holdings, inc.", "secom trust systems co.,ltd.",
	"cybertrust japan co., ltd.", "japan registry services co., ltd.", "naver business platform corp.", "emsign", "emudhra technologies limited", "dhimyotis", "certigna",
}

// publicHosts are hosts whose certificates come from a public authority, so
// another one is somebody's between.
var publicHosts = []string{
	"proxy.golang.org", "sum.golang.org", "storage.googleapis.com", "go.dev", "golang.org", "pkg.go.dev", "go.googlesource.com", "gopkg.in",
	"goproxy.io", "goproxy.cn", "sum.golang.google.cn", "github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com",
}

// isPublic reports whether the issuer is an authority of the public.
func (c *Cert) isPublic() bool {
	return !c.isInterceptor() && slices.Contains(publicIssuers, strings.ToLower(c.issuerOrg))
}

// isInterceptor reports whether the issuer names a product that intercepts.
func (c *Cert) isInterceptor() bool {
	issuer := strings.ToLower(c.Issuer)
	return slices.ContainsFunc(interceptors, func(word string) bool { return strings.Contains(issuer, word) })
}

// intercepted reports whether what r was shown is not the server's own
// certificate, as far as the certificates of all reports tell.
func intercepted(all []*Report, r *Report) bool {
	if r.Cert == nil || r.Cert.isPublic() {
		return false
	}
	if r.Cert.isInterceptor() || slices.Contains(publicHosts, r.hostname()) {
		return true
	}
	// One issuer for hosts of different owners: nobody but a machine between
	// them signs for both.
	for _, other := range all {
		if other.Cert != nil && other.Cert.issuerKey == r.Cert.issuerKey && owner(other.hostname()) != owner(r.hostname()) &&
			owner(r.hostname()) != "" && owner(other.hostname()) != "" {
			return true
		}
	}
	return false
}

// owner is the part of a host name that tells whose it is, roughly: the last
// two labels, three where the last but one is short ("co.uk"). Addresses and
// local names have no owner that could be told.
func owner(host string) string {
	if _, err := netip.ParseAddr(host); err == nil || isLocal(host) {
		return ""
	}
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	n := len(labels)
	if n < 2 {
		return ""
	}
	keep := 2
	if n > 2 && len(labels[n-1]) == 2 && len(labels[n-2]) <= 3 {
		keep = 3
	}
	return strings.Join(labels[n-keep:], ".")
}
