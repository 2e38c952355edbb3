package classify

import "strings"

// Stalled returns the verdict on a run that was ended because nothing in it had
// moved for some time, which is given in words ("2m"). argv is the command line
// of the process that was waiting for the network: git's helpers and ssh have
// in it what they talk to; go itself has not.
// back says that it was ended while it could not connect to what can be
// connected to again.
func Stalled(after string, argv []string, back bool) Verdict {
	f := Finding{Rule: "stall", phrase: "ended after " + after + " without a byte"}
	f.set(Timeout)
	if back {
		f.phrase = "ended after " + after + " without a connection"
		f.set(ConnectFailure)
	}
	w := whereIn(printable(strings.Join(argv, " "), maxEvidence))
	f.Where.URL, f.Where.Host = w.URL, w.Host
	for i, a := range argv {
		if i > 0 && strings.HasPrefix(a, "git-upload-pack") { // ssh [options] [user@]host "git-upload-pack path"
			f.Where.Host = printable(argv[i-1][strings.LastIndexByte(argv[i-1], '@')+1:], maxEvidence)
		}
	}
	f.Evidence = f.Summary()
	return Verdict{Finding: f, Findings: []Finding{f}}
}
