#!/usr/bin/env bash
# Build the image without a container daemon or registry, and run it: the command line, the settings,
# the health command, a worker against a real Kafka and its end on SIGTERM. Needs root and Debian.
#   VARIANT=full deploy/check/image.sh     # the variant with torch: several GB
set -euo pipefail
cd "$(dirname "$0")/../.."
variant=${VARIANT:-slim}
work=${IMAGE_WORK:-out/image}
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
export CONTAINERS_STORAGE_CONF=$PWD/$work/storage.conf
step() { echo "== $*"; }

step "Tools"
command -v buildah debootstrap >/dev/null || {
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends buildah debootstrap >/dev/null
}
mkdir -p "$work"
cat >"$CONTAINERS_STORAGE_CONF" <<STORAGE
[storage]
driver = "vfs"
graphroot = "$PWD/$work/storage"
runroot = "$PWD/$work/run"
STORAGE

step "A base that stands in for the public Python image"
if ! test -f "$work/base.tar"; then
	debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv bookworm "$work/base" >"$work/base.log"
	# This machine's own certificates: a proxy may stand between the build and the packages.
	cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"
	tar -C "$work/base" -cf "$work/base.tar" . && rm -rf "$work/base"
fi
buildah inspect localhost/squall-base >/dev/null 2>&1 || {
	container=$(buildah from scratch)
	buildah add -q "$container" "$work/base.tar" / >/dev/null
	buildah config --env PATH=/usr/local/bin:/usr/bin:/bin "$container"
	buildah commit -q --rm "$container" localhost/squall-base >/dev/null
}

step "The image, variant $variant"
buildah bud -q --format docker --network host -f deploy/Containerfile -t "localhost/squall:$variant" \
	--ignorefile .containerignore --build-arg BASE=localhost/squall-base --build-arg "VARIANT=$variant" \
	--build-arg "REVISION=$(git rev-parse HEAD)" \
	${TORCH_INDEX_URL:+--build-arg "TORCH_INDEX_URL=$TORCH_INDEX_URL"} \
	--build-arg SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt . >"$work/build-$variant.log" 2>&1 ||
	{ tail -40 "$work/build-$variant.log" && exit 1; }

step "Run"
.venv/bin/python -m deploy.check.image "$variant" "$work"
