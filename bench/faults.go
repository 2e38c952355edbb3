package main

import "time"

// stallSetting makes gosafe give up waiting sooner than anybody would choose
// in earnest, so that a benchmark ends.
const stallSetting = "GOSAFE_STALL=3s"

var build = []string{"build", "./..."}

// faults is the table of what goes wrong. The shares and the lengths are chosen
// so that a loop of three attempts has a chance.
var faults = []fault{
	// What a proxy in trouble answers.
	{name: "502 with a load balancer's page", rule: "=status-html:502,times=12", within: 24},
	{name: "503", rule: "=503,chance=0.08"},
	{name: "503 while the proxy restarts", rule: "=503", lasts: 5 * time.Second, everywhere: true},
	{name: "500 or 504, without a body", rule: "=status-bare:500|status-bare:504,chance=0.15", everywhere: true},
	{name: "429, Retry-After: 1", rule: "=status:429/1", lasts: 5 * time.Second, everywhere: true},

	// What a bad network does.
	{name: "connection reset before the answer", rule: "=reset,chance=0.2", everywhere: true},
	{name: "connection closed before the answer", rule: "=close,times=12", within: 24, everywhere: true},
	{name: "connection reset in the body", rule: "=reset-body,chance=0.08", everywhere: true},
	{name: "body cut short", rule: "=cut,chance=0.15", everywhere: true},
	{name: "HTTP/2: stream reset", rule: "=abort,chance=0.15", everywhere: true, tls: true},
	{name: "HTTP/2: GOAWAY in the body", rule: "=goaway,chance=0.08", everywhere: true, tls: true},
	{name: "an answer that is not HTTP", rule: "=garbage,times=8", within: 24, everywhere: true},
	{name: "every connection reset", rule: "=conn-reset", lasts: 5 * time.Second, everywhere: true},
	{name: "TLS: closed in the handshake", rule: "=conn-close", lasts: 5 * time.Second, everywhere: true, tls: true},
	{name: "TLS: silence in the handshake", rule: "=conn-stall", lasts: 5 * time.Second, everywhere: true, tls: true},
	{name: "connection refused", down: 5 * time.Second, everywhere: true},
	{name: "connection refused for longer", down: 15 * time.Second, everywhere: true},

	// What never ends.
	{name: "no answer, for ever", rule: "=stall,times=1", within: 24, everywhere: true, hangs: true, settings: []string{stallSetting}},
	{name: "a body that stops, for ever", rule: "=stall-body,times=1", within: 24, everywhere: true, hangs: true, settings: []string{stallSetting}},

	// What arrives in good order, but is not the module.
	{name: "a zip cut short with a matching length", rule: `\.zip$=truncate,times=3`, within: 8, everywhere: true},

	{name: "one source dead", dead: true, settings: []string{"GOSAFE_FALLBACK=all"}},

	// What is damaged on this side, or comes from git.
	{name: "a damaged zip in the module cache", setUp: damageZip, command: build, strikes: "before the command"},
	{name: "git: the pack cut short", setUp: serveGit, modules: 1, strikes: "the first 3 fetches", command: []string{"mod", "download", gitModule}},

	// What no second run survives.
	{name: "404 of a module", rule: `/demo\.test/m03/=404`, everywhere: true, hopeless: true},
	{name: "401 of a module", rule: `/demo\.test/m03/=401`, everywhere: true, hopeless: true},
	{name: "a zip that is damaged at its source", rule: `/m03/@v/.*\.zip$=flip`, everywhere: true, hopeless: true},
	{name: "a checksum mismatch", setUp: changeSum, hopeless: true, strikes: "go.sum against both sources"},
	{name: "a compile error", setUp: breakCode, command: build, hopeless: true, strikes: "the code"},
}

// largeGraphs is the table of the second part: spoiled requests of all sorts,
// but for changed contents, which go refuses for good.
var largeGraphs = []fault{
	{name: "100 modules, 20 % spoiled", rule: mixture + ",chance=0.2", everywhere: true, modules: 100},
	{name: "100 modules, 40 % spoiled", rule: mixture + ",chance=0.4", everywhere: true, modules: 100},
}

const mixture = "=500|502|503|504|429|reset|close|reset-body|cut|abort"
