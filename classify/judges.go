package classify

import "strings"

// The judges tell twins apart: the same words in other surroundings.

// absent looks at what a server said with its 404 or 410. proxy.golang.org
// answers so for a repository it could not reach in time, too, and a second
// question finds it.
func absent(o *output, at int, f *Finding) bool {
	for _, l := range o.body(at, inServer) {
		switch t := words(l.text); {
		case containsAny(t, "unknown revision", "no matching versions"):
			return true
		case containsAny(t, "could not read username", "terminal prompts disabled", "authentication", "repository not found"):
			return true
		case containsAny(t, "timed out", "timeout", "deadline exceeded"):
			f.set(Timeout)
		case containsAny(t, "unable to connect to"):
			return true // git://, which nobody serves any more
		case containsAny(t, "failed to connect to", "no route to host", "network is unreachable"):
			f.set(ConnectFailure)
		case containsAny(t, "no such host", "could not resolve host"):
			return true // the name is gone, for the proxy as for us
		case containsAny(t, "server misbehaving", "temporary failure in name resolution"):
			f.set(DNSFailure)
		case containsAny(t, "connection reset", "early eof", "hung up unexpectedly"):
			f.set(ConnectionLost)
		case containsAny(t, "bad gateway", "service unavailable", "internal server error", "temporarily", "too many requests", "returned error: 5", "rate limit", "try again"):
			f.set(ServerError)
		}
	}
	if strings.Contains(o.lines[at].text, "golang.org/toolchain@") && f.Cause == NotFound {
		f.set(ToolchainUnavailable)
	}
	if strings.Contains(f.Where.URL, "/tile/") && strings.Contains(o.lines[at].text, "verifying") {
		f.set(ServerError) // a copy of the sum database that lags behind its own tree
	}
	return true
}

// relayed looks at what a server said with its 5xx: a proxy that runs go or
// git itself may pass on an answer that is final.
func relayed(o *output, at int, f *Finding) bool {
	for _, l := range o.body(at, inServer) {
		switch t := strings.ToLower(l.text); {
		case containsAny(t, "checksum mismatch", "security error"):
			f.set(ChecksumMismatch)
		case containsAny(t, "unknown revision", "repository not found", "no matching versions", "could not read username", "terminal prompts disabled"):
			f.set(NotFound)
		}
	}
	return true
}

// goItself: where go cannot even start, less at once changes nothing; under
// "# import/path" it is a compiler, of which several ran.
func goItself(o *output, at int, f *Finding) bool {
	if o.lines[at].frame == inGo {
		f.Decision = Fail
	}
	return true
}

// hopeless: the cause is right, its usual decision is not.
func hopeless(o *output, at int, f *Finding) bool {
	f.Decision = Fail
	return true
}

// busyOutput: what is busy in a work directory is freed at once; the user's
// own program runs for as long as it runs.
func busyOutput(o *output, at int, f *Finding) bool {
	if t := o.lines[at].text; strings.Contains(t, ": copying ") || strings.HasPrefix(t, "open ") || strings.Contains(t, " open ") {
		f.Decision = Fail
	}
	return true
}

// neverStarted: a test binary that could not be started has failed no test.
func neverStarted(o *output, at int, f *Finding) bool {
	return at == 0 || !strings.HasPrefix(o.lines[at-1].text, "fork/exec ") || !strings.HasSuffix(o.lines[at-1].text, ": text file busy")
}

// ofGoTool: go build, too, runs its tools by that name.
func ofGoTool(o *output, at int, f *Finding) bool { return o.verb.Name == "tool" || !o.known }

// noSuchTool: asked for by name it is a typing error; a build lacks a part of
// the installation.
func noSuchTool(o *output, at int, f *Finding) bool {
	if o.verb.Name == "tool" {
		f.set(UsageError)
	}
	if strings.Contains(o.lines[at].text, `"cgo"`) {
		f.set(CToolchain)
	}
	return true
}

// workGone: something cleans the temporary directory while go works in it.
// Nothing is left to repair; the next run makes a new one.
func workGone(o *output, at int, f *Finding) bool {
	f.Decision = Retry
	return true
}

// forbidden tells a 403 that limits the rate from one that keeps a gate.
func forbidden(o *output, at int, f *Finding) bool {
	for _, l := range o.body(at, inServer) {
		switch t := words(l.text); {
		case containsAny(t, "rate limit", "rate exceeded", "too many", "quota", "throttl", "abuse"):
			f.set(RateLimited)
		case strings.Contains(o.lines[at].text, "golang.org/toolchain@"):
			f.set(ToolchainUnavailable)
		case containsAny(t, "not available", "not found"):
			f.set(NotFound)
		}
	}
	return true
}

// foreignBinary: what go has just built for another system cannot run here; a
// tool of the toolchain that cannot belongs to another system.
func foreignBinary(o *output, at int, f *Finding) bool {
	if strings.Contains(o.lines[at].text, "go-build") {
		f.set(UsageError)
	}
	return true
}

// byHTTPProxy says that it was the HTTP proxy that answered.
func byHTTPProxy(o *output, at int, f *Finding) bool {
	f.Where.Host, f.Where.Proxy = "", true
	return true
}

// The h1 hashes of an empty go.mod and of a zip without files: bytes that no
// server sent, but a file that a crash left empty.
const (
	emptyGoMod = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="
	emptyZip   = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
)

// freshOrLocal tells a checksum mismatch of bytes that just came in, which is
// final, from one of a file that lay in the module cache, which can be mended.
// The zip of a module is never fetched without a "downloading" line, except
// by go mod download; a go.mod is fetched silently.
func freshOrLocal(o *output, at int, f *Finding) bool {
	if strings.Contains(o.lines[at].text, "golang.org/toolchain@") {
		return true // announced as "downloading go1.22.1 (linux/amd64)"
	}
	for _, l := range o.body(at, inGo|inTool) {
		if strings.Contains(l.text, emptyGoMod) || strings.Contains(l.text, emptyZip) {
			if strings.HasPrefix(l.text, "downloaded:") && !o.downloading(f.Where.Module, f.Where.Version) {
				f.set(ModcacheCorrupt)
			}
			return true
		}
	}
	zip := !strings.Contains(o.lines[at].text, "/go.mod: ") && !strings.Contains(o.lines[at].text, "verifying go.mod: ")
	if zip && o.known && o.verb.Name != "mod download" && !o.downloading(f.Where.Module, f.Where.Version) {
		f.set(ModcacheCorrupt)
	}
	return true
}

// modified is go mod verify: what lies in the module cache is not what was
// downloaded (modcmd/verify.go).
func modified(o *output, at int, f *Finding) bool {
	f.set(ModcacheCorrupt)
	return true
}

// badZip tells an archive in the module cache from an answer that is none.
// The latter is thrown away, so asking again is all it takes. cmd/go names the
// path of an archive that it unpacks, and says that it verifies one that lacks
// its .ziphash; mod download never says "downloading".
func badZip(o *output, at int, f *Finding) bool {
	t := o.lines[at].text
	switch {
	case strings.Contains(t, "unzip "), strings.Contains(t, "verifying "):
	case strings.Contains(t, "download go1"), o.verb.Name == "mod download", o.downloading("", ""):
		f.set(ServerError)
	}
	return true
}

// sumdbAnswer tells a damaged answer of the sum database from a damaged copy
// of one in the module cache. The module whose sum is asked for was fetched
// just before, if there was no copy.
func sumdbAnswer(o *output, at int, f *Finding) bool {
	tree := strings.Contains(o.lines[at].text, "initializing sumdb.Client: reading tree note") // $GOPATH/pkg/sumdb
	if !tree && o.downloading(f.Where.Module, f.Where.Version) {
		f.set(ServerError)
	}
	return true
}

// storedPage: a login page that was stored as the go.mod of a module. Only the
// first of its lines names the module; the user's own go.mod names none.
func storedPage(o *output, at int, f *Finding) bool {
	for at > 0 && strings.HasPrefix(o.lines[at].text, "go.mod:") && strings.Contains(o.lines[at-1].text, "go.mod:") {
		at--
	}
	t := o.lines[at].text
	if !strings.Contains(t, "@v") && !strings.Contains(t, "/cache/download/") {
		f.set(ModfileInvalid)
	}
	return true
}

// heldOnWindows: a scanner holds what go has just written into a cache or a
// work directory; a program that runs holds its own file, for as long as it runs.
func heldOnWindows(o *output, at int, f *Finding) bool {
	t := o.lines[at].text
	if !containsAny(t, "go-build", `\mod\`, `\Temp\`, `/Temp/`) {
		f.Decision = Fail
	}
	return true
}

// ancientStd are packages that every Go since 1.0 has: "not in std" then
// means that the index of the build cache or the installation is damaged
// (modindex/read.go), and not that the program wants a newer Go.
var ancientStd = []string{
	"bufio", "bytes", "errors", "flag", "fmt", "io", "log", "math", "net", "net/http", "os", "path", "path/filepath",
	"reflect", "regexp", "runtime", "sort", "strconv", "strings", "sync", "sync/atomic", "syscall", "testing", "time", "unicode", "unicode/utf8",
}

func stdlibGone(o *output, at int, f *Finding) bool {
	_, name, _ := strings.Cut(o.lines[at].text, "package ")
	name, _, _ = strings.Cut(name, " ")
	for _, s := range ancientStd {
		if name == s {
			f.set(BuildcacheCorrupt)
		}
	}
	// A file of GOROOT that imports a package that GOROOT lacks.
	_, root, _ := strings.Cut(o.lines[at].text, "(")
	if i := strings.Index(root, "/src/"); i > 0 && strings.HasPrefix(o.lines[at].text, root[:i+len("/src/")]) {
		f.set(BuildcacheCorrupt)
	}
	return true
}

// cannotFindPackage: with a vendor directory, the one place looked at.
func cannotFindPackage(o *output, at int, f *Finding) bool {
	t := o.lines[at].text
	if strings.HasSuffix(t, " in:") && at+1 < len(o.lines) && strings.Contains(o.lines[at+1].text, "/vendor/") {
		f.set(VendorInconsistent)
	}
	return true
}

// vetWords open the messages of the analyzers that go test runs (atomic,
// bool, buildtags, directive, errorsas, ifaceassert, nilfunc, printf,
// stringintconv, tests); the compiler has no such words.
var vetWords = []string{
	" format %", "formatting directive", " call has arguments but", " call needs ", " arg list ends with redundant newline", "wrong type",
	"non-constant format string", "direct assignment to atomic value", "redundant or:", "suspect or:", "suspect and:", "redundant and:",
	"build constraint", "//go:", "second argument to errors.As", "impossible interface conversion", "comparison of function",
	"conversion from ", "has malformed name", "refers to unknown", "copies lock", "passes lock by value", "unreachable code", "struct field tag", "unusedresult", "result of ",
	"possible misuse of", "composite literal uses unkeyed", "self-assignment", "should have signature", "the cancel function", "loop variable ",
}

// compilerWords are the compiler's and the type checker's: under go vet they
// come from a dependency that does not compile.
var compilerWords = []string{
	": undefined: ", " undefined (type ", "imported and not used", "declared and not used", ": cannot use ", ": syntax error: ", " redeclared in this block",
	": missing return", "not enough arguments in call", "too many arguments in call", ": invalid operation: ", "could not import ", ": expected ", "does not implement ",
}

// compileOrVet: an error at a position is the compiler's, or the analysis's.
func compileOrVet(o *output, at int, f *Finding) bool {
	t := o.lines[at].said()
	if containsAny(t, ": warning: ", ": note: ", ": remark: ") {
		return false // gcc goes on after these
	}
	switch {
	case strings.HasPrefix(t, "vet: "):
	case o.verb.Name == "vet" && !containsAny(t, compilerWords...):
		f.set(VetFailure)
	case o.verb.Name == "test" && containsAny(t, vetWords...) && !strings.Contains(t, "cannot use "):
		f.set(VetFailure)
	}
	return true
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
