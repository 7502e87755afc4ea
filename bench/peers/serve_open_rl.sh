#!/bin/sh
# Starts open-rl's server of the Tinker protocol on the CPU (torch): serve_open_rl.sh CHECKPOINT PORT STATE.
# KINOGRAD_OPEN_RL is the folder src of its repository (gke-labs/open-rl, ShubyM/open-rl; tried at 634fa0f), KINOGRAD_OPEN_RL_PYTHON the
# python of an environment with
#   chz fastapi opentelemetry-api opentelemetry-sdk opentelemetry-instrumentation-fastapi opentelemetry-exporter-gcp-trace
#   pydantic redis uvicorn httpx tqdm datasets numpy peft torch transformers
set -eu
mkdir -p "$3"
cd "$KINOGRAD_OPEN_RL"
export BASE_MODEL="$1" SAMPLING_BACKEND=torch OPEN_RL_TMP_DIR="$3" HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1
exec "${KINOGRAD_OPEN_RL_PYTHON:-python3}" -m uvicorn server.gateway:app --host 127.0.0.1 --port "$2" --no-access-log
