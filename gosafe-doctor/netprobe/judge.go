package netprobe

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Diagnosis is one thing that is wrong.
type Diagnosis struct {
	Fault    Fault
	Class    string   // one of: name, certificate, network policy, HTTP proxy, server down, captive portal, clock, server
	Warning  bool     // nothing is broken by it yet
	Machine  bool     // it is this machine or its network, not one server
	Targets  []string // names of the targets that meet it
	Sentence string   // the cause, in one plain sentence
	Evidence []string // what was seen, safe to print
	Remedy   string   // what to do or to type
}

// Judge returns what is wrong, in the order of the table of faults: nothing if
// every target answered as it should.
//
// One target that fails among others that do not has a fault of its own. What
// all of them meet is the network's fault, or this machine's, and is said once.
func Judge(reports []Report) []Diagnosis {
	all := flatten(reports)
	skew, off := agreedSkew(all)
	portal := isPortal(all)
	met := make(map[Fault][]*Report)
	for _, r := range all {
		if f := settle(all, r, skew, portal); f != "" {
			met[f] = append(met[f], r)
		}
		for _, f := range r.Warnings {
			met[f] = append(met[f], r)
		}
		if r.Cert != nil && r.Cert.Verified && intercepted(all, r) {
			met[InterceptedTrusted] = append(met[InterceptedTrusted], r)
		}
		if off && r.HasSkew && abs(r.Skew) > drift {
			met[ClockDrifts] = append(met[ClockDrifts], r)
		}
	}
	if len(met[ClockOff]) > 0 {
		delete(met, ClockDrifts)
	}
	var found []Diagnosis
	for i := range faults {
		info := &faults[i]
		for _, group := range info.split(met[info.fault]) {
			found = append(found, info.diagnose(group, all))
		}
	}
	return found
}

// flatten returns the reports with those of the hosts behind redirects.
func flatten(reports []Report) (all []*Report) {
	for i := range reports {
		r := &reports[i]
		all = append(all, r)
		if r.Redirect != nil {
			all = append(all, r.Redirect)
		}
	}
	return all
}

// How far clocks may be apart before it means something: the Date header has
// whole seconds and may come out of a cache.
const (
	tolerance = time.Minute
	drift     = 5 * time.Minute
)

// agreedSkew returns how far our clock is behind that of the median of the
// servers, and whether most of the servers that say the time say that it is off. One of several whose
// clock differs has a wrong clock itself.
func agreedSkew(all []*Report) (time.Duration, bool) {
	var skews []time.Duration
	off := 0
	for _, r := range all {
		if r.HasSkew {
			skews = append(skews, r.Skew)
			if abs(r.Skew) > tolerance {
				off++
			}
		}
	}
	if len(skews) == 0 {
		return 0, false
	}
	slices.Sort(skews)
	return skews[len(skews)/2], 2*off > len(skews)
}

func abs(d time.Duration) time.Duration { return max(d, -d) }

// isPortal reports whether a captive portal answers for everything: a page
// came where data was asked for, over a connection that proves nothing, and no
// server has shown that it is itself, by its certificate or by data.
func isPortal(all []*Report) bool {
	return slices.ContainsFunc(all, func(r *Report) bool { return r.page }) &&
		!slices.ContainsFunc(all, func(r *Report) bool {
			return r.Cert != nil && r.Cert.Verified || r.Fault == "" && (r.Target.Kind == KindProxy || r.Target.Kind == KindSumDB)
		})
}

// settle returns the fault of r in the light of the other reports.
func settle(all []*Report, r *Report, skew time.Duration, portal bool) Fault {
	ofCert := r.Fault.info().class == classCertificate
	switch {
	case portal && (ofCert || r.page || r.Fault == NotTLS):
		return CaptivePortal
	case r.Fault == CaptivePortal && !portal && r.Status != 511:
		return WebPage
	case (r.Fault == CertExpired || r.Fault == CertNotYetValid) && r.Cert.allows(r.at.Add(skew)):
		return ClockOff
	case (r.Fault == CertUnknown || r.Fault == CertSelfSigned || r.Fault == CertInvalid) && !r.trust.none && intercepted(all, r):
		return Intercepted
	}
	return r.Fault
}

// split groups the reports that meet one fault: one group, or for the faults
// of an HTTP proxy one for each.
func (info *faultInfo) split(met []*Report) (groups [][]*Report) {
	if info.class != classProxy {
		if len(met) > 0 {
			groups = append(groups, met)
		}
		return groups
	}
	for _, r := range met {
		i := slices.IndexFunc(groups, func(g []*Report) bool { return g[0].Via == r.Via })
		if i < 0 {
			groups = append(groups, []*Report{r})
		} else {
			groups[i] = append(groups[i], r)
		}
	}
	return groups
}

// diagnose says what the reports of a group have met.
func (info *faultInfo) diagnose(group, all []*Report) Diagnosis {
	d := Diagnosis{Fault: info.fault, Class: info.class, Warning: info.warning, Remedy: info.remedy, Sentence: info.one}
	for _, r := range group {
		if !slices.Contains(d.Targets, r.Target.Name) {
			d.Targets = append(d.Targets, r.Target.Name)
		}
		if e := info.evidence(r); e != "" && !slices.Contains(d.Evidence, e) && len(d.Evidence) < 5 {
			d.Evidence = append(d.Evidence, e)
		}
	}
	here := hosts(group)
	if info.all != "" && len(here) > 1 && len(here) == len(hosts(info.concerned(all))) {
		d.Machine, d.Sentence = true, info.all
		if info.class == classDown {
			d.Class = classPolicy
		}
	}
	if info.class == classClock || info.class == classPortal || info.class == classProxy {
		d.Machine = true
	}
	if info.fault == CertUnknown || info.fault == Intercepted {
		if own := group[0].trust.remedy(); own != "" {
			d.Remedy = own
		}
	}
	subjects := here
	if info.class == classProxy && group[0].Via != "" {
		subjects = []string{group[0].Via}
	} else if len(group) == 1 && group[0].has("http") && group[0].behind() {
		subjects = []string{"the checksum database " + group[0].Target.Name + " behind " + here[0]}
	}
	d.Sentence = about(d.Sentence, subjects)
	return d
}

// behind reports whether r is of a checksum database, and a proxy was asked.
func (r *Report) behind() bool {
	return slices.ContainsFunc(r.Target.Via, func(v Via) bool {
		u, err := url.Parse(v.URL)
		return err == nil && u.Host != "" && hostPort(u) == r.Host
	})
}

// about puts the subjects into a sentence that is made for one.
func about(sentence string, subjects []string) string {
	subject := list(subjects, "and")
	switch {
	case len(subjects) < 2:
	case strings.HasPrefix(sentence, "%s"):
		subject = "Each of " + subject
	case strings.Contains(sentence, "the name %s"), strings.Contains(sentence, "route to %s"):
		subject = list(subjects, "or")
	}
	return strings.Replace(sentence, "%s", subject, 1)
}

// concerned returns the reports that could have met the fault at all.
func (info *faultInfo) concerned(all []*Report) (some []*Report) {
	for _, r := range all {
		switch info.fault {
		case IPv6Broken:
			if !r.has("connect v6") {
				continue
			}
		case IPv4Broken:
			if !r.has("connect v4") {
				continue
			}
		case InterceptedTrusted:
			if r.Cert == nil {
				continue
			}
		}
		some = append(some, r)
	}
	return some
}

func (r *Report) has(phase string) bool {
	return slices.ContainsFunc(r.Phases, func(ph Phase) bool { return ph.Name == phase })
}

// evidence is what a report shows of the fault.
func (info *faultInfo) evidence(r *Report) string {
	text := r.evidence
	switch info.fault {
	case IPv6Broken, IPv4Broken:
		for _, ph := range r.Phases {
			if ph.State == Warned && strings.HasPrefix(ph.Name, "connect ") {
				text = ph.Name + ": " + ph.Detail
			}
		}
	case InterceptedTrusted:
		text = "its certificate is issued by " + r.Cert.Issuer
	case ClockOff, ClockDrifts:
		text = clockDetail(r)
	}
	return r.Target.Name + ": " + text
}

func clockDetail(r *Report) string {
	var parts []string
	if r.HasSkew {
		word := "ahead of"
		if r.Skew > 0 {
			word = "behind"
		}
		parts = append(parts, fmt.Sprintf("this machine's clock says %s, %s %s the server's %s", r.at.UTC().Format(time.RFC3339), span(abs(r.Skew)), word,
			r.at.Add(r.Skew).UTC().Format(time.RFC3339)))
	}
	if r.Cert != nil && !r.Cert.Verified {
		parts = append(parts, fmt.Sprintf("the certificate is valid from %s to %s", r.Cert.NotBefore.UTC().Format(time.RFC3339), r.Cert.NotAfter.UTC().Format(time.RFC3339)))
	}
	return strings.Join(parts, "; ")
}

func (r *Report) hostname() string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		return r.Target.Name
	}
	return strings.ToLower(host)
}

// hosts returns the hosts of the reports, each once, with the port where it is
// not the usual one.
func hosts(reports []*Report) (names []string) {
	for _, r := range reports {
		name := r.Host
		if host, port, err := net.SplitHostPort(r.Host); err == nil && (port == "443" || port == "80") {
			name = host
		}
		if name == "" {
			name = r.Target.Name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// list joins names as a sentence does.
func list(names []string, by string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + by + " " + names[len(names)-1]
}
