#!/bin/sh
# install.sh installs gosafe, and a `go` that leads to it, in a directory of their own. See usage below.
#
# It writes these files, and stages them first so that a failure leaves nothing behind: gosafe itself; gosafe-shim, a small
# program that starts quickly and becomes the gosafe beside it when there is need; gosafe-doctor, which `gosafe doctor` runs
# and finds beside gosafe; go, a link to gosafe-shim; and gosafe.realgo, one line with the path of the real go, where gosafe
# looks when PATH leads it nowhere (wrapper/find.go). With --divert it also writes into GOROOT/bin, and keeps a list of the
# places in gosafe.diverted; see divert below.
# It runs under dash, bash and busybox sh, all of which have test -ef and readlink.
# shellcheck disable=SC3013
set -eu
umask 022
LC_ALL=C
export LC_ALL

usage() {
	cat <<'END'
usage: install.sh [--bin DIR] [--from FILE] [--divert [--goroot ROOT]]
       install.sh [--bin DIR] --undivert [--goroot ROOT]
       install.sh [--bin DIR] --uninstall

Builds gosafe, gosafe-shim and gosafe-doctor with the go at hand and installs
them in DIR, with a link named go that leads to gosafe-shim. Put DIR first on
PATH (the line to do so is printed; on GitHub Actions it is done, in the file
that GITHUB_PATH names), and every go command is run by gosafe. Outside DIR
nothing else is written, but for GOROOT/bin with --divert, and for what go keeps
in its own caches while it builds. Running it again upgrades.

  --bin DIR      default: /usr/local/gosafe/bin for root, else $HOME/.gosafe/bin
  --from FILE    install this gosafe instead of building one, and the
                 gosafe-shim and gosafe-doctor beside it, where there are
  --divert       also put gosafe in the place of GOROOT/bin/go, which is kept
                 beside it as go.gosafe-diverted: for the go commands that
                 go test, go run, go generate and go tool start, and those of
                 programs that call go by its path
  --undivert     put the go command back in its place: with --goroot in that
                 place, else wherever --divert was done from DIR
  --goroot ROOT  the Go installation that is meant; default: that of the go
                 command on PATH
  --uninstall    remove what install.sh has put in DIR, and undo every --divert
  --help         print this

On Windows, in a checkout: go build -o DIR\go.exe
                           go build -o DIR\ .\gosafe-doctor
END
}

fail() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

misuse() {
	printf 'install.sh: %s; see install.sh --help\n' "$*" >&2
	exit 2
}

# absolute prints a path that does not depend on the current directory, without a slash at its end.
absolute() {
	case $1 in
	/*) path=$1 ;;
	*) path=$PWD/${1#./} ;;
	esac
	while [ "${path%/}" != "$path" ] && [ "$path" != / ]; do path=${path%/}; done
	printf '%s\n' "$path"
}

# quoted prints a word as a shell reads it.
quoted() {
	case $1 in
	*[!A-Za-z0-9_./+@%,:=-]*) printf "'%s'\n" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# hint prints the command line that does something, with these further arguments, to the installation in DIR.
hint() {
	printf 'install.sh --bin %s' "$(quoted "$bin")"
	for word in "$@"; do printf ' %s' "$(quoted "$word")"; done
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# is_ours reports whether DIR/go is the link that an earlier run made. It may dangle, if gosafe was removed by hand.
is_ours() {
	[ -L "$bin/go" ] || return 1
	case $(readlink "$bin/go") in
	gosafe-shim | gosafe | "$bin/gosafe") return 0 ;; # to gosafe itself where there was no gosafe-shim yet
	esac
	return 1
}

# is_gosafe reports whether the go in a GOROOT/bin, or what stands beside it, is one of ours: it holds the names of its
# packages. No go command holds that word.
is_gosafe() { grep -q gosafe -- "$1"; }

# same reports whether two paths lead to one file, or to files with the same content (a copy of gosafe under another name).
same() { [ -f "$2" ] && { [ "$1" -ef "$2" ] || cmp -s -- "$1" "$2"; }; }

# goroot prints the GOROOT that a go found itself, without asking the network or the user's settings for another one.
goroot() {
	(
		unset GOROOT
		cd / && GOENV=off GOFLAGS='' GOTOOLCHAIN=local "$1" env GOROOT
	) 2>/dev/null || true
}

# ask prints what a program answers, with the go at hand on PATH and nothing of ours, and ends it after ten seconds: it may
# be anything. It asks neither the network nor the user's settings for another Go.
ask() {
	(
		unset GOROOT
		cd /
		path=${realgo:+$(dirname -- "$realgo"):}/usr/bin:/bin
		PATH=$path GOENV=off GOFLAGS='' GOTOOLCHAIN=local "$@" </dev/null >"$stage/answer" &
		asked=$!
		(
			for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done
			kill -KILL "$asked"
		) >/dev/null &
		bound=$!
		wait "$asked"
		kill "$bound"
	) 2>/dev/null || true
	cat -- "$stage/answer"
	rm -f -- "$stage/answer"
}

# gos_on_path prints every go on PATH, in its order. Like the shim it never looks in the current directory.
gos_on_path() {
	rest=${PATH-}:
	while [ -n "$rest" ]; do
		dir=${rest%%:*}
		rest=${rest#*:}
		case $dir in /*) ;; *) continue ;; esac
		if [ -f "$dir/go" ] && [ -x "$dir/go" ]; then printf '%s\n' "$dir/go"; fi
	done
}

# find_real_go prints the first go on PATH that is not gosafe. A go that is itself a shim (asdf, another gosafe) is asked
# for its GOROOT, and the go in there is meant; else the path is left as PATH has it, since what a link of a package
# manager leads to is gone after the next upgrade.
find_real_go() {
	{
		gos_on_path
		if [ -x /usr/local/go/bin/go ]; then echo /usr/local/go/bin/go; fi
	} | while IFS= read -r found; do
		if [ "$found" -ef "$bin/go" ] || same "$found" "$bin/gosafe" || same "$found" "$from"; then continue; fi
		root=$(goroot "$found")
		if [ -x "$root/bin/go" ] && ! [ "$found" -ef "$root/bin/go" ]; then found=$root/bin/go; fi
		printf '%s\n' "$found"
		break
	done
}

# check_bin refuses the directories that gosafe must not be installed in, before anything is written.
check_bin() {
	case $bin in
	*:*) fail "$bin: a directory with a colon in its name cannot be on PATH" ;;
	*"
"*) fail "$bin: a directory with a line break in its name cannot be on PATH" ;;
	esac
	if [ -d "$bin/../pkg/tool" ] || [ -d "$bin/../src/runtime" ]; then
		fail "$bin is the bin directory of a Go installation; gosafe needs a directory of its own (--bin DIR)"
	fi
	if exists "$bin/go" && ! is_ours; then
		fail "$bin/go exists and is not a link to gosafe; choose another directory (--bin DIR)"
	fi
	for name in gosafe gosafe-shim gosafe-doctor gosafe.realgo gosafe.diverted; do
		if [ -d "$bin/$name" ]; then fail "$bin/$name is a directory"; fi
	done
}

check_from() {
	[ ! -d "$from" ] || fail "$from is a directory; name the gosafe in it"
	[ -f "$from" ] || fail "$from: no such file"
	[ -s "$from" ] || fail "$from is empty"
	is_program "$from" || fail "$from is not gosafe"
	if [ "${from##*/}" = go ] && [ -d "$(dirname -- "$from")/../pkg/tool" ]; then fail "$from is the go command itself"; fi
}

# is_program reports whether a file begins as what the system runs: ELF, Mach-O, or a script that names its interpreter. A
# shell takes any other file for a script of its own.
is_program() {
	case $(od -An -tx1 -N4 <"$1" | tr -d ' ') in
	7f454c46 | cffaedfe | cafebabe | 2321*) ;;
	*) return 1 ;;
	esac
}

# check_stage refuses programs that are not ours, or do not run here, before they replace anything: gosafe must know what it
# is, and what go will lead to must answer as the real go does.
check_stage() {
	case $(ask "$stage/gosafe" about) in
	'gosafe '*'Settings, from the environment only'*) ;;
	*)
		[ -n "$from" ] || fail "the gosafe just built does not run in $bin"
		case ${from##*/} in gosafe-shim | gosafe-doctor) fail "$from is not gosafe (name the gosafe beside it)" ;; esac
		fail "$from is not gosafe, or none that runs here ($(uname -sm))"
		;;
	esac
	[ -n "$realgo" ] || return 0
	want=$(ask "$realgo" version)
	if [ -n "$want" ] && [ "$(ask "$stage/go" version)" != "$want" ]; then
		what="the $target just built"
		case $from-$target in ?*-gosafe-shim) what="the gosafe-shim beside $from" ;; ?*-gosafe) what=$from ;; esac
		fail "$what does not run as go: go version does not answer as $realgo version does"
	fi
}

# make_bin creates DIR and a staging directory in it, and sees to it that a failure from here on leaves nothing new.
make_bin() {
	made=
	dir=$bin
	while ! exists "$dir"; do
		made=$dir
		dir=$(dirname -- "$dir")
	done
	fresh='' undo=''
	exists "$bin/gosafe" || fresh=yes
	stage=$bin/.gosafe-install.$$
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir -p -- "$bin" || fail "cannot create $bin${default:+; say where with --bin DIR}"
	mkdir -- "$stage" || fail "cannot write in $bin"
}

clean_up() {
	trap '' HUP INT TERM
	if [ -n "$undo" ] && undivert_in "$undo"; then spots "$undo" | note_spots; fi
	if [ -n "$spot" ]; then rm -rf -- "$spot/.gosafe-install.$$"; fi
	rm -rf -- "$stage"
	if [ -n "$fresh" ]; then remove_ours; fi
	dir=$bin
	while [ -n "$made" ]; do
		if [ -d "$dir" ]; then rmdir -- "$dir" || break; fi
		[ "$dir" != "$made" ] || break
		dir=$(dirname -- "$dir")
	done
}

# remove_ours removes the files of an installation, however many of them there are; it fails if one stays.
remove_ours() {
	if is_ours; then rm -f -- "$bin/go" || return 1; fi
	for path in "$bin/gosafe" "$bin/gosafe-shim" "$bin/gosafe-doctor" "$bin/gosafe.realgo" "$bin/gosafe.diverted"; do
		if [ -d "$path" ]; then continue; fi
		rm -f -- "$path" || return 1
	done
}

# build builds the programs for this machine, whatever the environment says of others.
build() {
	src=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
	grep -qs '^module .*gosafe$' "$src/go.mod" || fail "$src does not hold the source of gosafe; give a built one with --from FILE"
	go=$(gos_on_path | head -n 1)
	[ -n "$go" ] || go=$realgo
	[ -n "$go" ] || fail 'no go on PATH to build with; install Go first, or give a built gosafe with --from FILE'
	printf 'building gosafe with %s ...\n' "$go"
	os='' arch=''
	patiently version || fail "cannot build gosafe with $go (see above)"
	check_version "$(cat "$stage/answer")"
	patiently env GOHOSTOS GOHOSTARCH || fail "cannot build gosafe with $go (see above)"
	{ read -r os && read -r arch; } <"$stage/answer" || fail "cannot build gosafe with $go: it does not say for what system"
	patiently list -buildvcs=false -deps . ./gosafe-shim ./gosafe-doctor ||
		fail 'cannot fetch the modules that gosafe is built from (see above); check go env GOPROXY, or give a built gosafe with --from FILE'
	stamp
	for name in gosafe gosafe-shim gosafe-doctor; do
		package=./$name
		[ "$name" != gosafe ] || package=.
		in_source build "-buildvcs=$vcs" -trimpath -ldflags "$flags" -o "$stage/$name" "$package" || fail "cannot build $name with $go"
	done
}

# in_source runs go in the source of gosafe.
in_source() {
	(cd -- "$src" && GOOS=$os GOARCH=$arch GOFLAGS=-mod=readonly GO111MODULE=on GOWORK=off CGO_ENABLED=0 "$go" "$@")
}

# check_version refuses a Go that is too old, as it has told what it is in the source, where go.mod may have led it to a
# newer one. What names no version, as a go built from its source may, is left to the build.
check_version() {
	needs=$(sed -n 's/^go 1\.\([0-9]*\).*/\1/p' "$src/go.mod")
	minor=$(printf '%s\n' "$1" | sed -n 's/^go version \(devel \)\{0,1\}go1\.\([0-9][0-9]*\).*/\2/p')
	if [ -n "$minor" ] && [ "$minor" -lt "${needs:-0}" ]; then
		version=${1#go version }
		version=${version#devel }
		fail "gosafe needs Go 1.$needs or later to build; $go is ${version%% *}; give a built one with --from FILE"
	fi
}

# patiently runs go in the source, and again while its words are those of a network, since no gosafe watches it yet. What it
# prints is left in the file answer of the staging directory, each complaint is shown once a try.
patiently() {
	pause=1
	until in_source "$@" >"$stage/answer" 2>"$stage/words"; do
		sed 's/^[^ ]*\.go:[0-9]*:[0-9]*: //' "$stage/words" | awk '!seen[$0]++' >&2
		if ! grep -qiF -e "$network" "$stage/words" || [ "$pause" -gt 8 ]; then return 1; fi
		printf 'install.sh: trying again in %s s\n' "$pause" >&2
		sleep "$pause"
		pause=$((pause * 2))
	done
}

# network are the words, one a line, by which go and git say that it was the network, and may be better soon.
network='timeout
timed out
deadline exceeded
connection
connect:
network is unreachable
no route to host
EOF
broken pipe
stream error
GOAWAY
TLS handshake
no such host
could not resolve host
server misbehaving
temporary failure
408 Request
429 Too Many
500 Internal
502 Bad
503 Service
504 Gateway'

# stamp sees to it that gosafe can tell its version. In a checkout that git does not trust (owned by somebody else) go would
# fail, and git is asked for the revision alone.
stamp() {
	vcs=false flags='-s -w'
	if git -C "$src" status >/dev/null 2>&1; then
		vcs=auto
	elif revision=$(git -C "$src" -c safe.directory="$src" rev-parse --short=12 HEAD 2>/dev/null); then
		flags="$flags -X main.version=devel-$revision"
	fi
}

# lay lays out what DIR will hold in the staging directory.
lay() {
	target=gosafe
	[ ! -f "$stage/gosafe-shim" ] || target=gosafe-shim
	for name in gosafe-doctor gosafe gosafe-shim; do
		if [ -f "$stage/$name" ]; then chmod 755 "$stage/$name"; fi # --from a place without
	done
	if [ -n "$realgo" ]; then printf '%s\n' "$realgo" >"$stage/gosafe.realgo"; fi
	ln -s "$target" "$stage/go" || fail "cannot write in $bin"
}

# put renames the staged files into place: a gosafe that is running keeps the file that it was started from. A gosafe-shim
# fits the gosafe that it came with: where there is none, that of an earlier installation goes, once no link leads to it.
put() {
	for name in gosafe-doctor gosafe gosafe-shim gosafe.realgo; do
		[ -f "$stage/$name" ] || continue
		mv -f -- "$stage/$name" "$bin/$name" || fail "cannot replace $bin/$name"
	done
	if ! is_ours || [ "$(readlink "$bin/go")" != "$target" ]; then
		mv -f -- "$stage/go" "$bin/go" || fail "cannot create $bin/go"
	fi
	if [ "$target" = gosafe ]; then rm -f -- "$bin/gosafe-shim"; fi
}

report() {
	printf 'installed %s\n' "$bin/gosafe"
	if [ -n "$realgo" ]; then
		printf 'the real go is %s\n' "$realgo"
	else
		echo 'install.sh: warning: no real go found; gosafe will look for one on PATH when it runs' >&2
	fi
}

# report_path says, last of all, what is left to do so that go is gosafe.
report_path() {
	first=$(gos_on_path | head -n 1)
	if [ -n "$github_path" ]; then
		if ! grep -qxF -- "$bin" "$github_path"; then
			[ -z "$(tail -c 1 -- "$github_path")" ] || echo >>"$github_path" # a last line without its end
			printf '%s\n' "$bin" >>"$github_path"
		fi
		echo 'added it to PATH for the steps that follow'
	elif [ "$first" -ef "$bin/go" ]; then
		echo 'it is already first on PATH'
	elif stand_in=$(diverted_as "$first") && [ -n "$stand_in" ]; then
		printf '%s is gosafe now; PATH need not change for it\n' "$stand_in"
	else
		# shellcheck disable=SC2016 # $PATH is for the shell that reads this line
		printf 'put it first on PATH:\nexport PATH="%s:$PATH"\n' "$(printf '%s\n' "$bin" | sed 's/[\\"$`]/\\&/g')"
	fi
}

# Diverting
#
# go puts GOROOT/bin first on PATH for what it starts, so gosafe sees the go commands below it only from GOROOT/bin/go
# itself. go finds its GOROOT from the directory that it lies in, whatever its name, so it can stay there under another one
# (wrapper/divert.go says what gosafe makes of it). gosafe-shim is copied into its place, and gosafe and gosafe-doctor
# beside it: what is there does not depend on DIR, and a Go that is installed over it writes into no file of DIR's. Then
# there is a newer go, and the one put aside is stale: it is never run, nor put back.

# find_spot sets spot to the GOROOT/bin that is meant: that of --goroot, else of the go command found.
find_spot() {
	root=$goroot
	[ -n "$root" ] || [ -z "$realgo" ] || root=$(goroot "$realgo")
	[ -n "$root" ] || fail 'no go command found to divert; say which with --goroot ROOT'
	spot=$root/bin
	case $spot in
	*/golang.org/toolchain@*) fail "$spot is in the module cache, where go keeps what it verified; give another one with --goroot ROOT" ;;
	*"
"*) fail "$spot: a directory with a line break in its name cannot be diverted" ;;
	esac
	if ! [ -d "$root/pkg/tool" ] && ! [ -f "$root/VERSION" ]; then fail "$root is not a Go installation"; fi
}

# state prints how matters stand in a GOROOT/bin: plain (the toolchain's own go is there), diverted (ours is, and the
# toolchain's go beside it), stale (the toolchain's is, over what is left of ours: a newer Go has been installed), lost (ours
# is, and the go that it stands before is gone) or none.
state() {
	if [ -e "$1/go" ] && ! is_gosafe "$1/go"; then
		if exists "$1/$kept" || { [ -f "$1/gosafe-shim" ] && is_gosafe "$1/gosafe-shim"; }; then echo stale; else echo plain; fi
	elif exists "$1/$kept"; then
		echo diverted
	elif exists "$1/go"; then
		echo lost
	else
		echo none
	fi
}

# check_spot refuses what cannot be diverted, and makes a staging directory there: nothing has been changed yet.
check_spot() {
	if [ -d "$spot/$kept" ]; then fail "$spot/$kept is a directory"; fi
	case $(state "$spot") in
	none) fail "there is no go command in $spot" ;;
	lost) fail "$spot/go is gosafe, and the go command that it stands before is gone; install Go again" ;;
	plain)
		for name in gosafe gosafe-shim gosafe-doctor; do
			if exists "$spot/$name"; then fail "$spot/$name is in the way; remove it"; fi
		done
		;;
	esac
	if [ -n "$from" ] && ! [ -f "$(dirname -- "$from")/gosafe-shim" ]; then fail "--divert needs a gosafe-shim beside $from"; fi
	mkdir -- "$spot/.gosafe-install.$$" || fail "cannot write in $spot; as its owner run: $(hint ${from:+--from "$from"} --divert --goroot "$root")"
}

# divert_in puts what is installed in DIR in the place of the go command of a GOROOT/bin. There is a go command at any
# moment; the last file to come, gosafe-shim, tells that all is there.
divert_in() {
	part=$1/.gosafe-install.$$
	mkdir -p -- "$part" || return 1
	cp -- "$bin/gosafe" "$part/gosafe" || return 1
	cp -- "$bin/gosafe-shim" "$part/gosafe-shim" || return 1
	cp -- "$bin/gosafe-shim" "$part/go" || return 1
	if [ -f "$bin/gosafe-doctor" ]; then # gosafe looks for it beside itself
		cp -- "$bin/gosafe-doctor" "$part/gosafe-doctor" || return 1
	fi
	case $(state "$1") in
	plain | stale)
		if [ -L "$1/go" ]; then
			cp -P -- "$1/go" "$part/$kept" || return 1
		else
			ln -- "$1/go" "$part/$kept" 2>/dev/null || cp -p -- "$1/go" "$part/$kept" || return 1
		fi
		rm -f -- "$1/$kept" || return 1 # else mv may find that they are one file
		mv -- "$part/$kept" "$1/$kept" || return 1
		;;
	esac
	rm -f -- "$1/gosafe-shim" || return 1
	for name in gosafe-doctor gosafe go gosafe-shim; do
		[ -f "$part/$name" ] || continue
		mv -f -- "$part/$name" "$1/$name" || return 1
	done
	rm -rf -- "$part"
}

# undivert_in gives a GOROOT/bin its own go back, the same file, if no newer one has come. The other name of it goes last:
# who has just looked it up is about to run it. It fails if that cannot be done.
undivert_in() {
	part=$1/.gosafe-install.$$
	case $(state "$1") in
	diverted)
		mkdir -p -- "$part" || return 1
		if [ ! -L "$1/$kept" ] && ln -- "$1/$kept" "$part/go" 2>/dev/null; then
			mv -f -- "$part/go" "$1/go" || return 1
		else
			mv -f -- "$1/$kept" "$1/go" || return 1
		fi
		;;
	stale) ;;
	lost) rm -f -- "$1/go" || return 1 ;;
	*) return 0 ;;
	esac
	rm -f -- "$1/gosafe-shim" || return 1
	rm -f -- "$1/gosafe" "$1/gosafe-doctor" || return 1
	rm -f -- "$1/$kept" || return 1
	rm -rf -- "$1"/.gosafe-install.*
}

# spots prints the places that have been diverted from DIR, but for those that are given.
spots() {
	[ -f "$bin/gosafe.diverted" ] || return 0
	grep -vxF -- "${1-}" "$bin/gosafe.diverted" || true
}

# note_spots replaces the list of these places with standard input.
note_spots() {
	list=$(cat)
	if [ -n "$list" ]; then
		printf '%s\n' "$list" >"$bin/.gosafe.diverted.$$" && mv -f -- "$bin/.gosafe.diverted.$$" "$bin/gosafe.diverted"
	else
		rm -f -- "$bin/gosafe.diverted"
	fi
}

# diverted_as prints the go of the place diverted from DIR that a go leads to, if it does.
diverted_as() {
	spots | while IFS= read -r at; do
		if [ "$1" -ef "$at/go" ] && [ "$(state "$at")" = diverted ]; then printf '%s\n' "$at/go"; fi
	done | head -n 1
}

# divert diverts the place that check_spot has looked at. If go does not run there then as it did before, that is undone.
divert() {
	before=$(goroot "$spot/go")
	case $(state "$spot") in diverted) ;; *) undo=$spot ;; esac
	{ spots "$spot" && printf '%s\n' "$spot"; } | note_spots || fail "cannot write in $bin"
	divert_in "$spot" || fail "cannot divert $spot/go"
	if [ -z "$before" ] || [ "$(goroot "$spot/go")" != "$before" ]; then
		undo=$spot
		fail "$spot/go does not run as gosafe; it has been put back"
	fi
	undo=''
	printf 'diverted %s; the toolchain'"'"'s own is %s\n' "$spot/go" "$spot/$kept"
}

# divert_again brings what was diverted before to the version just installed.
divert_again() {
	[ -f "$bin/gosafe-shim" ] || return 0
	spots "$spot" | while IFS= read -r at; do
		case $(state "$at") in
		diverted)
			if ! divert_in "$at"; then
				rm -rf -- "$at/.gosafe-install.$$"
				printf 'install.sh: warning: cannot upgrade the gosafe in %s; as its owner run: %s\n' "$at" "$(hint --divert --goroot "${at%/bin}")" >&2
			fi
			;;
		stale | plain) printf 'install.sh: warning: another Go has been installed in %s, and is diverted again by: %s\n' "$at" "$(hint --divert --goroot "${at%/bin}")" >&2 ;;
		esac
	done
}

# undivert undoes it in the place that is named, else wherever it was done, else where the go command found is.
undivert() {
	if [ -n "$goroot" ] || ! [ -s "$bin/gosafe.diverted" ]; then
		realgo=$(find_real_go)
		find_spot
		set -- "$spot"
	else
		set --
		while IFS= read -r at; do set -- "$@" "$at"; done <"$bin/gosafe.diverted"
	fi
	for at in "$@"; do
		was=$(state "$at")
		undivert_in "$at" || fail "cannot put $at/go back; as its owner run: $(hint --undivert --goroot "${at%/bin}")"
		if [ -f "$bin/gosafe.diverted" ]; then
			spots "$at" | note_spots || fail "cannot write in $bin"
		fi
		case $was in
		diverted) printf 'put %s back\n' "$at/go" ;;
		stale) printf '%s is the one of Go already; removed what was left of gosafe\n' "$at/go" ;;
		lost) printf 'removed %s, which was gosafe; the go command that it stood before is gone: install Go again\n' "$at/go" ;;
		*) printf '%s is not diverted\n' "$at/go" ;;
		esac
	done
}

install() {
	check_bin
	[ -z "$from" ] || check_from
	github_path=
	if [ "${GITHUB_ACTIONS:-}" = true ] && [ -n "${GITHUB_PATH:-}" ]; then
		github_path=$GITHUB_PATH
		(: >>"$github_path") 2>/dev/null || fail "cannot write to $github_path (GITHUB_PATH)"
	fi
	realgo=$(find_real_go)
	if [ -n "$divert" ]; then find_spot; fi
	make_bin
	if [ -n "$divert" ]; then check_spot; fi
	if [ -n "$from" ]; then
		cp -- "$from" "$stage/gosafe" || fail "cannot copy $from"
		for name in gosafe-shim gosafe-doctor; do
			beside=$(dirname -- "$from")/$name
			if [ -f "$beside" ]; then
				cp -- "$beside" "$stage/$name" || fail "cannot copy $beside"
			fi
		done
	else
		build
	fi
	lay
	check_stage
	put
	made='' fresh=''
	bin=$(cd -- "$bin" && pwd)
	report
	divert_again
	if [ -n "$divert" ]; then divert; fi
	report_path
}

# uninstall undoes every --divert, and removes the files, what a killed install.sh has left, and the directories made for them if they are empty now.
uninstall() {
	had=
	if exists "$bin/$kept"; then fail "$bin belongs to a Go installation; use: install.sh --undivert --goroot $(quoted "${bin%/bin}")"; fi
	if [ -s "$bin/gosafe.diverted" ]; then undivert; fi
	for name in gosafe gosafe-shim gosafe-doctor gosafe.realgo; do
		if exists "$bin/$name"; then had=yes; fi
	done
	if is_ours; then had=yes; fi
	if ! remove_ours || ! rm -rf -- "$bin"/.gosafe-install.*; then fail "cannot remove gosafe from $bin"; fi
	case $bin in
	*/.gosafe/bin | /usr/local/gosafe/bin) set -- "$bin" "${bin%/bin}" ;;
	*) set -- "$bin" ;;
	esac
	for dir in "$@"; do
		rmdir -- "$dir" 2>/dev/null || break
	done
	if [ -n "$had" ]; then
		printf 'removed gosafe from %s\nin shells that are open: hash -r\n' "$bin"
	else
		printf 'gosafe is not installed in %s\n' "$bin"
	fi
}

kept=go.gosafe-diverted
bin='' from='' goroot='' divert='' spot='' default='' action=install
while [ $# -gt 0 ]; do
	case $1 in
	--bin | --from | --goroot)
		[ -n "${2:-}" ] || misuse "$1 needs a value"
		case $1 in --bin) bin=$2 ;; --from) from=$2 ;; --goroot) goroot=$2 ;; esac
		shift
		;;
	--bin=?*) bin=${1#*=} ;;
	--from=?*) from=${1#*=} ;;
	--goroot=?*) goroot=${1#*=} ;;
	--divert) divert=yes ;;
	--undivert | --uninstall) action=${1#--} ;;
	-h | --help)
		usage
		exit 0
		;;
	*) misuse "unknown argument: $1" ;;
	esac
	shift
done

case $action-$divert-$goroot in
install-- | install-yes-* | undivert--* | uninstall--) ;;
*) misuse 'these arguments do not go together' ;;
esac

case $(uname -s) in
MINGW* | MSYS* | CYGWIN*) fail 'not for Windows; see install.sh --help' ;;
esac
if [ -z "$bin" ]; then
	default=yes
	if [ "$(id -u)" -eq 0 ]; then
		bin=/usr/local/gosafe/bin
	else
		[ -n "${HOME:-}" ] || fail 'HOME is not set; say where to install with --bin DIR'
		bin=$HOME/.gosafe/bin
	fi
fi
bin=$(absolute "$bin")
[ -z "$from" ] || from=$(absolute "$from")
[ -z "$goroot" ] || goroot=$(absolute "$goroot")
$action
