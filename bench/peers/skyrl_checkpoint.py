"""Puts an adapter of PEFT into a checkpoint that SkyRL's JAX backend wrote: skyrl_checkpoint.py CHECKPOINT ADAPTER.

SkyRL loads checkpoints of its own alone. Its matrices are those of PEFT turned over, all layers of a kind in one array.
"""

import json
import pathlib
import shutil
import sys

import jax
import numpy as np
from flax.training import checkpoints
from safetensors.numpy import load_file

checkpoint, adapter = map(pathlib.Path, sys.argv[1:3])
given = load_file(adapter / "adapter_model.safetensors")
state = checkpoints.restore_checkpoint(ckpt_dir=checkpoint, target=None, prefix="checkpoint_")
placed = 0


def path_of(path):
    return [str(getattr(p, "key", getattr(p, "name", getattr(p, "idx", p)))) for p in path]


def matrix(path, value):
    global placed
    names = path_of(path)
    kind = next((n for n in names if n in ("lora_A", "lora_B")), None)
    module = next((n for n in names if n.endswith("_proj")), None)
    if kind is None or module is None:
        return value
    room = "mlp" if module in ("gate_proj", "up_proj", "down_proj") else "self_attn"
    layers = [given[f"base_model.model.model.layers.{i}.{room}.{module}.{kind}.weight"].T for i in range(value.shape[0])]
    made = np.stack(layers).astype(value.dtype)
    if made.shape != value.shape:
        raise SystemExit(f"{'/'.join(names)} has shape {value.shape}, the adapter's is {made.shape}")
    placed += 1
    return made


state["lora_weights"] = jax.tree_util.tree_map_with_path(matrix, state["lora_weights"])
if placed != 14:
    raise SystemExit(f"{placed} matrices were placed, not 14")
shutil.rmtree(checkpoint)
checkpoints.save_checkpoint_multiprocess(ckpt_dir=checkpoint.absolute(), target=state, step=0, prefix="checkpoint_", overwrite=True)
print(json.dumps({"placed": placed}))
