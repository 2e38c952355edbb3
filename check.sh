#!/bin/sh
# check.sh runs everything that must hold before a commit, and stops at the first thing that does not.
# It needs go, gcc (for the race detector) and shellcheck; every other tool is a Go program, built at the version named here.
set -eu

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
deadcode=golang.org/x/tools/cmd/deadcode@v0.52.0
shfmt=mvdan.cc/sh/v3/cmd/shfmt@v3.14.1
platforms='linux darwin windows'
scripts='install.sh check.sh .ci/run'

cd -- "$(dirname -- "$0")"
unset GOOS GOARCH

section() { printf '== %s\n' "$*"; }

fail() {
	printf 'check.sh: %s\n' "$*" >&2
	exit 1
}

# nothing fails with what it was given on standard input, if that is anything.
nothing() {
	found=$(cat)
	[ -z "$found" ] || fail "$1:
$found"
}

# tool runs a Go program at its pinned version, untouched by the caller's GOFLAGS (-mod=vendor would break it) and go.work.
tool() { GOFLAGS=-buildvcs=false GOWORK=off go run "$@"; }

section gofmt
unformatted=$(gofmt -l .)
printf '%s' "$unformatted" | nothing 'these files need gofmt -w'

for os in $platforms; do
	section "go vet ($os)"
	GOOS=$os go vet ./...
done

section "staticcheck ($staticcheck)"
for os in $platforms; do printf '%s: GOOS=%s\n' "$os" "$os"; done | tool "$staticcheck" -matrix ./...

section 'go mod tidy'
go mod tidy -diff

# A function is dead if linux does not reach it, or, in a file that linux does not build, if its own platform does not.
section "deadcode ($deadcode)"
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
GOBIN=$bin GOFLAGS=-buildvcs=false GOWORK=off go install "$deadcode"
dead=$("$bin/deadcode" -test ./...)
printf '%s' "$dead" | nothing 'unreachable functions'
go list -f '{{range .IgnoredGoFiles}}{{.}}{{"\n"}}{{end}}' ./... | sed '/^$/d' >"$bin/elsewhere"
if [ -s "$bin/elsewhere" ]; then
	for os in $platforms; do
		dead=$(GOOS=$os "$bin/deadcode" -test ./...)
		printf '%s' "$dead" | grep -F -f "$bin/elsewhere" | nothing "unreachable functions ($os)"
	done
fi

section "shfmt ($shfmt)"
# shellcheck disable=SC2086 # a list of names
tool "$shfmt" -d $scripts

section shellcheck
command -v shellcheck >/dev/null || fail 'shellcheck is not installed: apt-get install shellcheck, brew install shellcheck'
# shellcheck disable=SC2086 # a list of names
shellcheck $scripts

section 'go test -race'
go test -race -timeout 30m ./...

section 'all checks passed'
