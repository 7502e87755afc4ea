"""Reads or writes a low-rank adapter with PEFT, and prints the logits under it as one line of JSON.

usage: python lora.py read|write CHECKPOINT CASE ADAPTER
CHECKPOINT: a folder with config.json and model.safetensors. CASE: a folder with case.json and pixels.safetensors, written by qwen25vl.ts, with one
  prompt, one completion and "lora", the arguments of LoraConfig.
read:  loads ADAPTER with PeftModel.from_pretrained; every tensor of the file must be in the model, every lora tensor of the model in the file.
write: a fresh LoraConfig(**lora) whose A and B are both drawn, saved into ADAPTER with save_pretrained.
"""
import inspect, json, os, sys
import peft, torch, transformers
from safetensors.torch import load_file
from transformers import Qwen2_5_VLForConditionalGeneration

kind, checkpoint, folder, adapter = sys.argv[1:5]
case = json.load(open(os.path.join(folder, "case.json")))
pixels = load_file(os.path.join(folder, "pixels.safetensors"))
torch.manual_seed(case["seed"])
base = Qwen2_5_VLForConditionalGeneration.from_pretrained(checkpoint, attn_implementation="eager").float().eval()


def inputs():
    prompt = case["prompts"][0]
    ids = torch.tensor([prompt["ids"] + case["completions"][0][0]])
    kinds = (ids == base.config.image_token_id).int() + 2 * (ids == base.config.video_token_id).int()
    out = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if "mm_token_type_ids" in inspect.signature(base.forward).parameters:
        out["mm_token_type_ids"] = kinds
    for want, values, grid in (("image", "pixel_values", "image_grid_thw"), ("video", "pixel_values_videos", "video_grid_thw")):
        media = [m for m in prompt["media"] if m["kind"] == want]
        if media:
            out[values] = torch.cat([pixels[m["pixels"]] for m in media])
            out[grid] = torch.tensor([m["grid"] for m in media])
            if want == "video":
                out["second_per_grid_ts"] = torch.tensor([float(m["secondsPerGrid"]) for m in media])
    return out


given = inputs()
if kind == "write":
    model = peft.get_peft_model(base, peft.LoraConfig(**case["lora"])).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.copy_(torch.randn_like(p) * 0.1)
    model.save_pretrained(adapter)
elif kind == "read":
    model = peft.PeftModel.from_pretrained(base, adapter)
    ours, file = peft.get_peft_model_state_dict(model), load_file(os.path.join(adapter, "adapter_model.safetensors"))
    if set(ours) != set(file):
        sys.exit("not in both the model and the file: " + json.dumps(sorted(set(ours) ^ set(file))))
    wrong = [name for name in file if not torch.equal(file[name], ours[name])]
    if wrong:
        sys.exit("loaded otherwise than written: " + json.dumps(wrong))
else:
    sys.exit(f"unknown direction {kind}")
with torch.no_grad():
    logits = model.eval()(**given, use_cache=False).logits[0]
adapted = sum(name.endswith("lora_A.default.weight") for name, _ in model.named_parameters())
print(json.dumps(dict(peft=peft.__version__, torch=torch.__version__, transformers=transformers.__version__, modules=adapted, logits=logits.flatten().tolist())))
