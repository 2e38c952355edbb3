#!/bin/sh
# install.sh installs gosafe, and a `go` that leads to it, in a directory of their own. See usage below.
#
# It writes four files, and stages them first so that a failure leaves nothing behind: gosafe itself; gosafe-doctor, which
# `gosafe doctor` runs and finds beside gosafe; go, a link to gosafe; and gosafe.realgo, one line with the path of the real
# go, where gosafe looks when PATH leads it nowhere (wrapper/find.go).
# It runs under dash, bash and busybox sh, all of which have test -ef and readlink.
# shellcheck disable=SC3013
set -eu
umask 022
LC_ALL=C
export LC_ALL

usage() {
	cat <<'END'
usage: install.sh [--bin DIR] [--from FILE]
       install.sh [--bin DIR] --uninstall

Builds gosafe and gosafe-doctor with the go at hand and installs them in DIR,
with a link named go that leads to gosafe. Put DIR first on PATH (the line to do
so is printed; on GitHub Actions it is done), and every go command is run by
gosafe. No file outside DIR is changed. Running it again upgrades.

  --bin DIR    default: /usr/local/gosafe/bin for root, else $HOME/.gosafe/bin
  --from FILE  install this gosafe binary instead of building one, and the
               gosafe-doctor beside it, if there is one
  --uninstall  remove what install.sh has put in DIR, and nothing else
  --help       print this

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
	gosafe | "$bin/gosafe") return 0 ;;
	esac
	return 1
}

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
	for name in gosafe gosafe-doctor gosafe.realgo; do
		if [ -d "$bin/$name" ]; then fail "$bin/$name is a directory"; fi
	done
}

check_from() {
	[ -f "$from" ] || fail "$from: no such file"
	[ -s "$from" ] || fail "$from is empty"
	if [ "$from" -ef "$(goroot "$from")/bin/go" ]; then fail "$from is the go command itself"; fi
	grep -q gosafe -- "$from" || fail "$from is not a gosafe binary"
}

# make_bin creates DIR and a staging directory in it, and sees to it that a failure from here on leaves nothing new.
make_bin() {
	made=
	dir=$bin
	while ! exists "$dir"; do
		made=$dir
		dir=$(dirname -- "$dir")
	done
	fresh=
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
	for path in "$bin/gosafe" "$bin/gosafe-doctor" "$bin/gosafe.realgo"; do
		if [ -d "$path" ]; then continue; fi
		rm -f -- "$path" || return 1
	done
}

# build builds both programs for this machine, whatever the environment says of others. A checkout that git does not trust
# (owned by somebody else) builds too, without a revision in its version.
build() {
	src=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
	grep -qs '^module .*gosafe$' "$src/go.mod" || fail "$src does not hold the source of gosafe; give a built one with --from FILE"
	go=$(gos_on_path | head -n 1)
	[ -n "$go" ] || go=$realgo
	[ -n "$go" ] || fail 'no go on PATH to build with; install Go first, or give a built gosafe with --from FILE'
	fetch
	vcs=false
	if git -C "$src" status >/dev/null 2>&1; then vcs=auto; fi
	for name in gosafe gosafe-doctor; do
		package=./$name
		[ "$name" != gosafe ] || package=.
		(
			cd -- "$src" &&
				GOOS=$("$go" env GOHOSTOS) GOARCH=$("$go" env GOHOSTARCH) GOFLAGS=-mod=readonly GO111MODULE=on GOWORK=off CGO_ENABLED=0 \
					"$go" build -buildvcs=$vcs -trimpath -ldflags '-s -w' -o "$stage/$name" "$package"
		) || fail "cannot build $name with $go"
	done
}

# fetch loads what the build needs. It is tried again, since it is the one step that no gosafe watches yet; a compile error
# is not: that is the build's.
fetch() {
	wait=1
	until (cd -- "$src" && GOFLAGS=-mod=readonly GO111MODULE=on GOWORK=off "$go" list -deps . ./gosafe-doctor >/dev/null); do
		[ "$wait" -le 8 ] || fail "cannot fetch what gosafe is built from"
		sleep "$wait"
		wait=$((wait * 2))
	done
}

# put renames the staged files into place: a gosafe that is running keeps the file that it was started from.
put() {
	for name in gosafe-doctor gosafe; do
		[ -f "$stage/$name" ] || continue # --from a place without a doctor
		chmod 755 "$stage/$name"
		mv -f -- "$stage/$name" "$bin/$name" || fail "cannot replace $bin/$name"
	done
	if [ -n "$realgo" ]; then
		printf '%s\n' "$realgo" >"$stage/gosafe.realgo"
		mv -f -- "$stage/gosafe.realgo" "$bin/gosafe.realgo" || fail "cannot replace $bin/gosafe.realgo"
	fi
	if ! is_ours; then
		ln -s gosafe "$bin/go" || fail "cannot create $bin/go"
	fi
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

install() {
	check_bin
	[ -z "$from" ] || check_from
	github_path=
	if [ "${GITHUB_ACTIONS:-}" = true ] && [ -n "${GITHUB_PATH:-}" ]; then
		github_path=$GITHUB_PATH
		(: >>"$github_path") 2>/dev/null || fail "cannot write to $github_path (GITHUB_PATH)"
	fi
	realgo=$(find_real_go)
	make_bin
	if [ -n "$from" ]; then
		cp -- "$from" "$stage/gosafe" || fail "cannot copy $from"
		doctor=$(dirname -- "$from")/gosafe-doctor
		if [ -f "$doctor" ]; then
			cp -- "$doctor" "$stage/gosafe-doctor" || fail "cannot copy $doctor"
		fi
	else
		build
	fi
	put
	made='' fresh=''
	bin=$(cd -- "$bin" && pwd)
	report
}

# uninstall removes the files, what a killed install.sh has left, and the directories made for them if they are empty now.
uninstall() {
	had=
	if exists "$bin/gosafe" || exists "$bin/gosafe-doctor" || exists "$bin/gosafe.realgo" || is_ours; then had=yes; fi
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

bin='' from='' action=install
while [ $# -gt 0 ]; do
	case $1 in
	--bin | --from)
		[ -n "${2:-}" ] || misuse "$1 needs a value"
		if [ "$1" = --bin ]; then bin=$2; else from=$2; fi
		shift
		;;
	--bin=?*) bin=${1#*=} ;;
	--from=?*) from=${1#*=} ;;
	--uninstall) action=uninstall ;;
	-h | --help)
		usage
		exit 0
		;;
	*) misuse "unknown argument: $1" ;;
	esac
	shift
done

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
$action
