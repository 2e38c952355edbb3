package main

import (
	"context"
	"slices"
	"strings"
)

// checkWeak names what switches a protection off. There is one finding each,
// and no remedy but to switch it on again.
func checkWeak(_ context.Context, p *patient) []finding {
	var found []finding
	weak := func(slug, what, saw, do string) {
		found = append(found, fault(warning, slug, "%s", what).saw("%s", saw).do("%s", do))
	}
	if v := p.get("GOSUMDB"); v == "off" {
		weak("gosumdb-off", "GOSUMDB=off: nobody vouches for new modules", "GOSUMDB="+v, p.unset("GOSUMDB")+"\nfor private modules set GOPRIVATE instead")
	}
	if v := p.get("GONOSUMDB"); v != "" && slices.Contains(strings.Split(v, ","), "*") {
		key := "GONOSUMDB"
		if v == p.get("GOPRIVATE") {
			key = "GOPRIVATE"
		}
		weak("gonosumdb-all", "the checksum database is asked for no module at all", key+"="+shownList(v), "set "+key+" to the private hosts only")
	}
	if v := p.get("GOINSECURE"); v != "" {
		weak("goinsecure", "GOINSECURE lets modules be fetched without a certificate", "GOINSECURE="+shownList(v), p.unset("GOINSECURE")+"\nand install the server's authority: SSL_CERT_FILE")
	}
	if slices.Contains(strings.Fields(p.get("GOFLAGS")), "-insecure") {
		weak("goflags-insecure", "GOFLAGS holds -insecure", "GOFLAGS="+shownFlags(p.get("GOFLAGS")), p.unset("GOFLAGS"))
	}
	if v := p.environ("GONOSUMCHECK"); v != "" {
		weak("gonosumcheck", "GONOSUMCHECK is set", "GONOSUMCHECK="+shownList(v), "unset GONOSUMCHECK")
	}
	if v := p.environ("GIT_SSL_NO_VERIFY"); v != "" && v != "0" && v != "false" {
		weak("git-ssl-off", "git verifies no certificate (GIT_SSL_NO_VERIFY)", "GIT_SSL_NO_VERIFY="+v, "unset GIT_SSL_NO_VERIFY\nand install the server's authority: git config --global http.sslCAInfo FILE")
	}
	for _, s := range p.gitGet() {
		if strings.HasPrefix(s.name, "http.") && strings.HasSuffix(s.name, ".sslverify") || s.name == "http.sslverify" {
			if v := strings.ToLower(s.value); v == "false" || v == "0" || v == "off" || v == "no" {
				weak("git-ssl-off", "git verifies no certificate ("+s.name+")", s.file+": "+s.name+"="+s.value,
					"git config --file "+shellQuote(s.file)+" --unset "+shellQuote(s.name)+"\nand install the server's authority: git config --global http.sslCAInfo FILE")
			}
		}
	}
	for _, ssh := range []struct{ where, value, do string }{
		{"GIT_SSH_COMMAND", p.environ("GIT_SSH_COMMAND"), "unset GIT_SSH_COMMAND"},
		{"core.sshCommand", p.gitValue("core.sshcommand"), "git config --global --unset core.sshCommand"},
	} {
		v := strings.ToLower(strings.ReplaceAll(ssh.value, " ", ""))
		if strings.Contains(v, "stricthostkeychecking=no") || strings.Contains(v, "userknownhostsfile=/dev/null") {
			weak("ssh-hostkey-off", "ssh believes every host key ("+ssh.where+")", ssh.where+" holds StrictHostKeyChecking=no or an empty known_hosts", ssh.do+"\nand put the hosts' published keys into ~/.ssh/known_hosts")
		}
	}
	if found != nil {
		return found
	}
	return fine("no protection is switched off")
}
