#!/bin/sh
# The pipeline of `kinograd init` on one machine, as it would run on many: a NATS server, an engine, two workers and the run itself, each
# a process. Its annotation and its policy are two settings; nothing else differs from the run that does all by itself.
#
#   npm run build && sh examples/cluster/processes.sh [FOLDER]      needs nats-server (apt-get install nats-server)
set -eu

work=${1:-$(mktemp -d)}
kinograd=${KINOGRAD:-npx kinograd}
nats_port=${NATS_PORT:-4222}
engine_port=${ENGINE_PORT:-8765}
updates=${UPDATES:-2}

command -v nats-server > /dev/null || { echo "nats-server is missing: apt-get install nats-server"; exit 3; }

# Whatever ends this script ends what it started.
started=""
trap 'for one in $started; do kill "$one" 2> /dev/null || true; done; wait' EXIT
start() {
  "$@" &
  started="$started $!"
}

echo "== data, and a run that does all by itself, in $work"
mkdir -p "$work"
cd "$work"
[ -e first ] || $kinograd init first
small="--set rl.updates=$updates --set sft.steps=10"
$kinograd run first/config.yaml --out first/alone $small
cp -r first/alone/checkpoints/tiny first/model

echo "== the cluster: a NATS server, an engine, two workers"
start nats-server -a 127.0.0.1 -p "$nats_port" -js -sd "$work/jetstream" -l "$work/nats.log"
start $kinograd serve --checkpoint first/model --port "$engine_port"
nats="nats://127.0.0.1:$nats_port"
start $kinograd worker --config first/config.yaml --stage decode,annotate --nats "$nats"
start $kinograd worker --config first/config.yaml --stage decode,annotate,judge --nats "$nats"

echo "== the same run, with two settings changed"
optimiser="{ beta2: 0.95, weightDecay: 0, clip: 1 }"
$kinograd run first/config.yaml --out first/cluster $small \
  --set annotation.workers="$nats" \
  --set policy="{ engine: http://127.0.0.1:$engine_port, tokenizer: model, optimiser: $optimiser }"

cmp first/alone/cot.jsonl first/cluster/cot.jsonl
echo "== both runs have the same chains of thought: first/alone/report.html, first/cluster/report.html"
