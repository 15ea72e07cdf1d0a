#!/usr/bin/env bash
# npm run rehearse:recovery -- [IMAGES]: labels images in a local stack, makes a backup, restores it into an empty stack, sweeps, and
# compares every document. Needs Java and the emulators. 2,000 images if no number is given.
set -euo pipefail
images=${1:-2000}
[ "$images" != --help ] || { echo 'Usage: npm run rehearse:recovery -- [IMAGES]'; exit 0; }
[[ $# -le 1 && $images =~ ^[1-9][0-9]*$ ]] || { echo "Expected a number of images but received $*. Usage: npm run rehearse:recovery -- [IMAGES]" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
port=${PORT_BASE:-9700}
stack=
stop() { [ -z "$stack" ] || { kill -INT "$stack" 2> /dev/null || true; wait "$stack" || true; stack=; }; }
trap 'stop; rm -rf "$work"' EXIT
cd "$work"

pictures=("$root"/models/fashion-mobilenetv2/golden/*.png)
mkdir pictures
for ((i = 0; i < images; i++)); do cp "${pictures[i % ${#pictures[@]}]}" "pictures/$i.png"; done

tool() { node "$root/tools/dist/$1.js" "${@:2}" --port-base "$port"; }
run_stack() {
  node "$root/emulators/dist/start/main.js" --data "$1" --count 0 --port-base "$port" > "$1.log" 2>&1 & stack=$!
  for _ in $(seq 240); do [ -z "$(ls .hangtag/stacks 2> /dev/null)" ] || return 0; kill -0 "$stack" || break; sleep 0.5; done
  cat "$1.log" >&2; exit 1
}
# Wall time, and processor time of the command and of the programs that it started; not of the stack that runs beside it.
timed() { local TIMEFORMAT="$1: %0R s; processor time %0U s and %0S s in the kernel"; time "${@:2}"; }
label() { node "$root/emulators/dist/start/main.js" --data lost --images pictures --once --port-base "$port" > label.log 2>&1 || { tail -20 label.log >&2; exit 1; }; }

timed "label $images images" label
run_stack lost
timed backup tool backup-command --to saved
stop
run_stack empty
timed restore tool restore-command --from saved
timed sweep tool sweep-command --reason all
tool backup-command --to again
timed smoke tool smoke-command
stop
node -e '
  const { readFileSync } = require("node:fs");
  const read = (folder) => new Map(readFileSync(`${folder}/documents.ndjson`, "utf8").trim().split("\n").map(JSON.parse)
    .filter(({ path }) => path.includes("/images/")).map(({ path, fields: { generation, check, writeId, ...others } }) => [path, JSON.stringify(others)]));
  const [saved, again] = [read("saved"), read("again")];
  const changed = [...saved].filter(([path, fields]) => again.get(path) !== fields);
  console.log(`${saved.size} records saved, ${again.size} restored, ${changed.length} different`);
  for (const [path, fields] of changed.slice(0, 3)) console.log(path, fields, again.get(path));
  process.exitCode = changed.length === 0 && saved.size === again.size ? 0 : 1;
'
