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
PATH (the line to do so is printed; on GitHub Actions it is done), and every go
command is run by gosafe. No file outside DIR is changed, unless you ask for
--divert. Running it again upgrades.

  --bin DIR      default: /usr/local/gosafe/bin for root, else $HOME/.gosafe/bin
  --from FILE    install this gosafe binary instead of building one, and the
                 gosafe-shim and gosafe-doctor beside it, where there are
  --divert       also put gosafe in the place of GOROOT/bin/go, which is kept
                 beside it as go.gosafe-diverted: for the go commands that
                 go test, go run, go generate and go tool start, and those of
                 programs that call go by its path
  --undivert     put the go command back in its place, there or everywhere
  --goroot ROOT  the Go installation that is meant; default: that of the go
                 command on PATH
  --uninstall    remove what install.sh has put in DIR, and undo every --divert
  --help         print this

On Windows, use: go build -o DIR\go.exe
END
}

fail() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

misuse() {
	printf 'install.sh: %s\n' "$*" >&2
	usage >&2
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

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# is_ours reports whether DIR/go is the link that an earlier run made. It may dangle, if gosafe was removed by hand.
is_ours() {
	[ -L "$bin/go" ] || return 1
	case $(readlink "$bin/go") in
	gosafe-shim | gosafe | "$bin/gosafe") return 0 ;; # to gosafe itself where there was no gosafe-shim yet
	esac
	return 1
}

# is_gosafe reports whether a program is one of ours: it holds the names of its packages. No go command holds that word.
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
	[ -f "$from" ] || fail "$from: no such file"
	[ -s "$from" ] || fail "$from is empty"
	if [ "$from" -ef "$(goroot "$from")/bin/go" ]; then fail "$from is the go command itself"; fi
	is_gosafe "$from" || fail "$from is not a gosafe binary"
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
	mkdir -p -- "$bin" || fail "cannot create $bin"
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

# build builds the programs for this machine, whatever the environment says of others. A checkout that git does not trust
# (owned by somebody else) builds too, without a revision in its version.
build() {
	src=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
	grep -qs '^module .*gosafe$' "$src/go.mod" || fail "$src does not hold the source of gosafe; give a built one with --from FILE"
	go=$(gos_on_path | head -n 1)
	[ -n "$go" ] || go=$realgo
	[ -n "$go" ] || fail 'no go on PATH to build with; install Go first, or give a built gosafe with --from FILE'
	if ! os=$("$go" env GOHOSTOS) || ! arch=$("$go" env GOHOSTARCH); then fail "cannot build gosafe with $go"; fi
	fetch
	vcs=false
	if git -C "$src" status >/dev/null 2>&1; then vcs=auto; fi
	for name in gosafe gosafe-shim gosafe-doctor; do
		package=./$name
		[ "$name" != gosafe ] || package=.
		(
			cd -- "$src" &&
				GOOS=$os GOARCH=$arch GOFLAGS=-mod=readonly GO111MODULE=on GOWORK=off CGO_ENABLED=0 \
					"$go" build -buildvcs=$vcs -trimpath -ldflags '-s -w' -o "$stage/$name" "$package"
		) || fail "cannot build $name with $go"
	done
}

# fetch loads what the build needs. It is tried again, since it is the one step that no gosafe watches yet; a compile error
# is not: that is the build's.
fetch() {
	wait=1
	until (cd -- "$src" && GOOS=$os GOARCH=$arch GOFLAGS=-mod=readonly GO111MODULE=on GOWORK=off "$go" list -buildvcs=false -deps . ./gosafe-shim ./gosafe-doctor >/dev/null); do
		[ "$wait" -le 8 ] || fail "cannot fetch what gosafe is built from"
		sleep "$wait"
		wait=$((wait * 2))
	done
}

# put renames the staged files into place: a gosafe that is running keeps the file that it was started from. A gosafe-shim
# fits the gosafe that it came with: where there is none, that of an earlier installation goes, once no link leads to it.
put() {
	target=gosafe
	[ ! -f "$stage/gosafe-shim" ] || target=gosafe-shim
	for name in gosafe-doctor gosafe gosafe-shim; do
		[ -f "$stage/$name" ] || continue # --from a place without
		chmod 755 "$stage/$name"
		mv -f -- "$stage/$name" "$bin/$name" || fail "cannot replace $bin/$name"
	done
	if [ -n "$realgo" ]; then
		printf '%s\n' "$realgo" >"$stage/gosafe.realgo"
		mv -f -- "$stage/gosafe.realgo" "$bin/gosafe.realgo" || fail "cannot replace $bin/gosafe.realgo"
	fi
	if ! is_ours || [ "$(readlink "$bin/go")" != $target ]; then
		if ! ln -s $target "$stage/go" || ! mv -f -- "$stage/go" "$bin/go"; then fail "cannot create $bin/go"; fi
	fi
	if [ $target = gosafe ]; then rm -f -- "$bin/gosafe-shim"; fi
}

report() {
	printf 'installed %s\n' "$bin/gosafe"
	if [ -n "$realgo" ]; then
		printf 'the real go is %s\n' "$realgo"
	else
		echo 'install.sh: warning: no real go found; gosafe will look for one on PATH when it runs' >&2
	fi
	if [ -n "$github_path" ]; then
		if ! grep -qxF -- "$bin" "$github_path"; then
			[ -z "$(tail -c 1 -- "$github_path")" ] || echo >>"$github_path" # a last line without its end
			printf '%s\n' "$bin" >>"$github_path"
		fi
		echo 'added it to PATH for the steps that follow'
	elif [ "$(gos_on_path | head -n 1)" -ef "$bin/gosafe" ]; then
		echo 'it is already first on PATH'
	else
		# shellcheck disable=SC2016 # $PATH is for the shell that reads this line
		printf 'put it first on PATH:\nexport PATH="%s:$PATH"\n' "$(printf '%s\n' "$bin" | sed 's/[\\"$`]/\\&/g')"
	fi
}

# Diverting
#
# go puts GOROOT/bin first on PATH for what it starts, so gosafe sees the go commands below it only from GOROOT/bin/go
# itself. go finds its GOROOT from the directory that it lies in, whatever its name, so it can stay there under another one
# (wrapper/divert.go says what gosafe makes of it). gosafe-shim is copied into its place, and gosafe beside it: what is
# there does not depend on DIR, and a Go that is installed over it writes into no file of DIR's. Then there is a newer go,
# and the one put aside is stale: it is never run, nor put back.

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
		for name in gosafe gosafe-shim; do
			if exists "$spot/$name"; then fail "$spot/$name is in the way; remove it"; fi
		done
		;;
	esac
	if [ -n "$from" ] && ! [ -f "$(dirname -- "$from")/gosafe-shim" ]; then fail "--divert needs a gosafe-shim beside $from"; fi
	mkdir -- "$spot/.gosafe-install.$$" || fail "cannot write in $spot; run install.sh as its owner"
}

# divert_in puts what is installed in DIR in the place of the go command of a GOROOT/bin. There is a go command at any
# moment; the last file to come, gosafe-shim, tells that all is there.
divert_in() {
	part=$1/.gosafe-install.$$
	mkdir -p -- "$part" || return 1
	cp -- "$bin/gosafe" "$part/gosafe" || return 1
	cp -- "$bin/gosafe-shim" "$part/gosafe-shim" || return 1
	cp -- "$bin/gosafe-shim" "$part/go" || return 1
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
	for name in gosafe go gosafe-shim; do
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
	rm -f -- "$1/gosafe" || return 1
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
				printf 'install.sh: warning: cannot upgrade the gosafe in %s; run install.sh --divert --goroot %s as its owner\n' "$at" "${at%/bin}" >&2
			fi
			;;
		stale | plain) printf 'install.sh: warning: another Go has been installed in %s; install.sh --divert --goroot %s diverts it again\n' "$at" "${at%/bin}" >&2 ;;
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
		undivert_in "$at" || fail "cannot put $at/go back; run install.sh as its owner"
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
	put
	made='' fresh=''
	bin=$(cd -- "$bin" && pwd)
	report
	divert_again
	if [ -n "$divert" ]; then divert; fi
}

# uninstall undoes every --divert, and removes the files, what a killed install.sh has left, and the directories made for them if they are empty now.
uninstall() {
	had=
	if exists "$bin/$kept"; then fail "$bin belongs to a Go installation; use --undivert --goroot ${bin%/bin}"; fi
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
		printf 'removed gosafe from %s\n' "$bin"
	else
		printf 'gosafe is not installed in %s\n' "$bin"
	fi
}

kept=go.gosafe-diverted
bin='' from='' goroot='' divert='' spot='' action=install
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
MINGW* | MSYS* | CYGWIN*) fail 'not for Windows; there, use: go build -o DIR\go.exe' ;;
esac
if [ -z "$bin" ]; then
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
