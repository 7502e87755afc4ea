#!/bin/sh
# Starts SkyRL's server of the Tinker protocol on the CPU (JAX): serve_skyrl.sh CHECKPOINT PORT STATE.
# KINOGRAD_SKYRL is a Python 3.12 environment of its own, about 6 GB, with uv in its bin, as the server starts its engine by `uv run`:
#   uv venv --python 3.12 ~/.venv-skyrl
#   uv pip install --python ~/.venv-skyrl/bin/python "skyrl[tinker,jax]==0.3.0" "tinker<=0.24.1" zstandard xxhash uv
set -eu
mkdir -p "$3"
cd "$3"
export VIRTUAL_ENV="$KINOGRAD_SKYRL" PATH="$KINOGRAD_SKYRL/bin:$PATH"
export JAX_PLATFORMS=cpu HF_HUB_OFFLINE=1 XLA_FLAGS=--xla_backend_optimization_level=0
exec uv run --no-project -m skyrl.tinker.api --host 127.0.0.1 --port "$2" --base-model "$1" --backend jax \
  --backend-config '{"max_lora_adapters":4,"max_lora_rank":16}' \
  --database-url "sqlite:///$3/skyrl.db" --checkpoints-base "$3/checkpoints"
