"""Loads checkpoints that kinograd wrote into Hugging Face, and writes them again as Hugging Face does.

usage: python roundtrip.py FOLDER
FOLDER holds case.json and pixels.safetensors of one prompt (written by qwen25vl.ts), and in case.json "checkpoints", names of folders.
For each it writes into the folder: theirs.safetensors with logits [1, L, V] in float32; saved/ by save_pretrained (in shards where the
checkpoint has them), state/ with the tensors of state_dict under the names of the modules. Fails when a weight is missing or left over.
"""
import inspect, json, os, sys
import torch, transformers
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration

folder = sys.argv[1]
case = json.load(open(os.path.join(folder, "case.json")))
pixels = load_file(os.path.join(folder, "pixels.safetensors"))
prompt = case["prompts"][0]
dtypes = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}


def load(checkpoint):
    options = dict(attn_implementation="eager", output_loading_info=True)
    try:
        model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32, **options)
    except TypeError:
        model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(checkpoint, torch_dtype=torch.float32, **options)
    model = model.float().eval()
    tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
    wrong = {k: sorted(set(map(str, info.get(k) or [])) - tied) for k in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    if any(wrong.values()):
        sys.exit(f"{checkpoint} does not fit: " + json.dumps(wrong))
    return model


def inputs(model):
    ids = torch.tensor([prompt["ids"]])
    out = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if "mm_token_type_ids" in inspect.signature(model.forward).parameters:
        out["mm_token_type_ids"] = (ids == model.config.image_token_id).int() + 2 * (ids == model.config.video_token_id).int()
    for want, values, grid in (("image", "pixel_values", "image_grid_thw"), ("video", "pixel_values_videos", "video_grid_thw")):
        media = [m for m in prompt["media"] if m["kind"] == want]
        if media:
            out[values] = torch.cat([pixels[m["pixels"]] for m in media])
            out[grid] = torch.tensor([m["grid"] for m in media])
        if media and want == "video":
            out["second_per_grid_ts"] = torch.tensor([float(m["secondsPerGrid"]) for m in media])
    return out


for name in case["checkpoints"]:
    at = os.path.join(folder, name)
    model = load(at)
    with torch.no_grad():
        logits = model(**inputs(model)).logits.float()
    save_file({"logits": logits.contiguous()}, os.path.join(at, "theirs.safetensors"))
    sharded = os.path.exists(os.path.join(at, "model.safetensors.index.json"))
    model = model.to(dtypes[name.split("-")[2]])
    model.save_pretrained(os.path.join(at, "saved"), max_shard_size="60KB" if sharded else "5GB")
    tied = model.config.tie_word_embeddings
    os.makedirs(os.path.join(at, "state"), exist_ok=True)
    state = {k: w.contiguous() for k, w in model.state_dict().items() if not (tied and k == "lm_head.weight")}
    save_file(state, os.path.join(at, "state", "model.safetensors"))
print(json.dumps(dict(torch=torch.__version__, transformers=transformers.__version__)))
