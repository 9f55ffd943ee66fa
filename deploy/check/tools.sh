#!/usr/bin/env bash
# Put the tools of make deploy-check into a folder of their own, once, and print that folder.
# Nothing is installed on the machine: Debian's packages are only unpacked, so no daemon starts.
#   deploy/check/tools.sh [packages|go]    # all of them when not said
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=${DEPLOY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/squall-deploy}
helm=v3.19.0
compose=v2.9.0
mkdir -p "$tools/bin"

debian() { # package, its programs: from the PATH if they are there, else unpacked from the package
	local package=$1 program
	shift
	for program in "$@"; do
		test -x "$tools/bin/$program" && continue
		if command -v "$program" >/dev/null; then
			ln -sf "$(command -v "$program")" "$tools/bin/$program"
			continue
		fi
		apt-cache show "$package" >/dev/null 2>&1 || apt-get update -qq
		rm -rf "$tools/deb" && mkdir -p "$tools/deb"
		(cd "$tools/deb" && apt-get download -qq "$package" 2>/dev/null)
		dpkg-deb -x "$tools"/deb/*.deb "$tools/deb/root"
		for program in "$@"; do cp "$tools/deb/root/usr/bin/$program" "$tools/bin/"; done
		rm -rf "$tools/deb"
	done
}

go_program() { # name, module with version, file that go makes of it
	test -x "$tools/bin/$1-${2##*@}" && return
	GOBIN="$tools/go" go install "$2"
	mv "$tools/go/$3" "$tools/bin/$1-${2##*@}"
	ln -sf "$1-${2##*@}" "$tools/bin/$1"
}

python_programs() {
	local lock=deploy/check/requirements.lock
	cmp -s "$lock" "$tools/python/requirements.lock" && return
	rm -rf "$tools/python"
	.venv/bin/uv venv --quiet --python .venv/bin/python "$tools/python"
	.venv/bin/uv pip sync --quiet --python "$tools/python/bin/python" --require-hashes "$lock"
	cp "$lock" "$tools/python/requirements.lock"
}

for group in "${@:-packages go}"; do
	case $group in
	*packages*)
		debian prometheus promtool prometheus
		debian prometheus-alertmanager amtool
		python_programs
		;;&
	*go*)
		go_program compose-go "github.com/compose-spec/compose-go/v2/cmd@$compose" cmd
		go_program helm "helm.sh/helm/v3/cmd/helm@$helm" helm
		;;
	esac
done >&2
echo "$tools"
