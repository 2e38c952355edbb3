package classify

// rulesTest are the traces that user code leaves: the report of go test, the
// line with which go run and go generate say that a program failed, and what
// cmd/go prints of a VCS command whose words no rule knows.
var rulesTest = []rule{
	{cause: Terminated, in: inReport | inUser, has: "signal: ", re: `^signal: (interrupt|terminated|hangup)$`},
	{cause: Terminated, in: inReport | inUser | inGo | inTool, has: "SIGQUIT: quit", judge: byTestTimeout},
	{cause: TestFailure, in: inReport | inUser | inGo | inTool, has: "--- FAIL: "},
	{cause: TestFailure, in: inReport | inUser | inGo | inTool, has: "FAIL", re: `^FAIL\s+\S+\s+(?:\d+(?:\.\d+)?m?s|\(cached\))`, judge: neverStarted},
	{cause: TestFailure, in: inReport | inUser, has: "panic: test timed out after"},
	{cause: TestFailure, in: inReport | inUser, has: "*** Test killed"},
	{cause: TestFailure, in: inReport | inUser, has: "testing: race detected outside of test execution"},
	{cause: ProgramFailure, in: inGo | inUser | inTool, has: ": running \"", re: `^\S+:\d+: running "[^"]+": `},
	{cause: ProgramFailure, in: inGo, has: "go tool ", re: `^go tool \S+: (?:exit status \d+|signal: )`, judge: ofGoTool},
	{cause: Unknown, in: inGo | inTool, has: "exit status ", re: `exit status \d+:$|\b(?:git|hg|svn|bzr|fossil) .*exit status \d+[)"']*$|^package \S+: exit status \d+$|imports \S+: exit status \d+$`, weak: true},
}
