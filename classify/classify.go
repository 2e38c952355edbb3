// Package classify decides what a failed go command means: whether running it
// again can help, and what would have to be cured first.
//
// It is pure. It knows the words that cmd/go, git, ssh, curl, hg and the C
// toolchain print, and nothing else: no file, no clock, no environment, no
// process. What it does not recognise is a real failure.
package classify

// A Record is one finished run of a go command as its parent saw it.
type Record struct {
	// Args are the arguments after the program's name, as the program got
	// them ("mod", "download", "-json"). Nil if the command is not known.
	Args []string

	// Exit is the exit status. It means nothing if Signal is set.
	Exit int

	// Signal names the signal that ended the process, as os.Signal's String
	// does ("killed", "terminated"); empty if the process exited by itself.
	Signal string

	// Stdout and Stderr are what the run printed: bytes of any kind, possibly
	// with the middle left out. Stdout is empty where it was not captured.
	Stdout, Stderr []byte
}

// A Decision says what a wrapper may do about a failure.
type Decision uint8

// The decisions, in the order in which they outweigh each other when one
// output holds several: the first one found wins.
const (
	Fail    Decision = iota // running again cannot help, or must not happen
	Repair                  // something local is damaged: mend just that, run again
	Degrade                 // the machine ran out of something: run again with less at once
	Retry                   // transient: running again has a real chance
)

// A Where tells what a failure was about, as far as the output says so. Every
// field may be empty. No field ever holds credentials or control characters.
type Where struct {
	URL     string // the URL that was asked for, as printed, userinfo removed
	Host    string // who failed to answer: host or host:port (a proxy, a VCS host, an HTTP proxy, a name server's query)
	Proxy   bool   // Host is an HTTP(S)_PROXY rather than the server the URL names
	Module  string // module path
	Version string // module version, or a VCS revision
	Path    string // the local file or directory
}

// A Finding is one line of the output that a rule recognised.
type Finding struct {
	Cause    Cause
	Decision Decision
	Rule     string // the pattern that hit, for reports of a wrong verdict
	Evidence string // the line, safe to print: no control characters, no credentials
	Where    Where

	phrase string // the program's own words for it: "502 Bad Gateway", "connection refused"
	vcs    string // the program that spoke, if it was a VCS: "git"
}

// A Verdict is the finding that decides, with all of them behind it.
type Verdict struct {
	Finding
	Findings []Finding // every finding, in the order of the output, at most 256
}
