"""Reads policies that kinograd saved as others read them, and writes what they give.

usage: python folder.py CASE.json
CASE: {"weights": [folder], "adapter": folder, "base": folder, "question", "conversations": [messages], "media": {"images": [[seed, h, w]], "videos": [[seed, t, h, w]],
  "fps"}, "texts": [text], "most"}; a picture's byte is (3y + 2x + 17c + 11t + 5 seed) mod 200 + 20.
Prints one line of JSON: ids of the texts, the conversations rendered, ids and pixels of the first conversation with its media (for each folder alike,
  or it fails), and for each way of loading what `generate` gives after the question, greedily, with nothing said about where to stop.
"""
import json, os, sys
import numpy as np, peft, torch, transformers
from PIL import Image
from transformers import AutoProcessor, AutoTokenizer, GenerationConfig, Qwen2_5_VLForConditionalGeneration as Model

case = json.load(open(sys.argv[1]))


def drawn(seed, t, h, w):
    k, y, x, c = np.ogrid[:t, :h, :w, :3]
    return ((3 * y + 2 * x + 17 * c + 11 * k + 5 * seed) % 200 + 20).astype(np.uint8)


def read(folder):
    """What tokenizer, template and processors of a folder give."""
    processor, tokenizer = AutoProcessor.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    rendered = [processor.apply_chat_template(c, tokenize=False, add_generation_prompt=True) for c in case["conversations"]]
    media = case["media"]
    clips = [drawn(*v) for v in media["videos"]]
    # Since 5.0 `fps` asks for frames to be sampled, and what a clip's rate is stands beside it.
    rate = dict(fps=media["fps"])
    if int(transformers.__version__.split(".")[0]) > 4:
        rate = dict(video_metadata=[dict(fps=media["fps"], total_num_frames=len(c), frames_indices=list(range(len(c)))) for c in clips])
    out = processor(text=[rendered[0]], images=[Image.fromarray(drawn(s, 1, h, w)[0]) for s, h, w in media["images"]],
                    videos=clips, return_tensors="pt", **rate)
    seconds = out.get("second_per_grid_ts", [])
    return dict(texts=[tokenizer(t, add_special_tokens=False)["input_ids"] for t in case["texts"]], rendered=rendered,
                ids=out["input_ids"][0].tolist(), images=out["pixel_values"].flatten().tolist(), videos=out["pixel_values_videos"].flatten().tolist(),
                grids=out["image_grid_thw"].tolist() + out["video_grid_thw"].tolist(), seconds=[float(s) for s in seconds])


def generated(model, folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = tokenizer.apply_chat_template([dict(role="user", content=case["question"])], tokenize=False, add_generation_prompt=True)
    given = tokenizer(text, add_special_tokens=False, return_tensors="pt")
    with torch.no_grad():
        out = model.eval().generate(**given, max_new_tokens=case["most"], do_sample=False, temperature=None)
    return out[0, given["input_ids"].shape[1]:].tolist()


def config_of(folder):
    got = transformers.AutoConfig.from_pretrained(folder)
    text = getattr(got, "text_config", got)
    ids = dict(image=got.image_token_id, video=got.video_token_id, start=got.vision_start_token_id, end=got.vision_end_token_id)
    return dict(ids, eos=text.eos_token_id if got.to_dict().get("eos_token_id") is None else got.eos_token_id)


folders = case["weights"] + [case["adapter"]]
reads = [read(f) for f in folders]
for folder, one in zip(folders, reads):
    if one != reads[0]:
        sys.exit(f"{folder} is read otherwise than {folders[0]}")
base = lambda: Model.from_pretrained(case["base"])
ways = {f"weights {i}": (lambda f=f: Model.from_pretrained(f)) for i, f in enumerate(case["weights"])}
ways["PeftModel"] = lambda: peft.PeftModel.from_pretrained(base(), case["adapter"])
ways["the adapter's folder alone"] = lambda: Model.from_pretrained(case["adapter"])
ways["AutoPeftModel"] = lambda: peft.AutoPeftModel.from_pretrained(case["adapter"])
answers = {name: generated(way(), folders[-1] if "weights" not in name else case["weights"][int(name[-1])]) for name, way in ways.items()}
print(json.dumps(dict(torch=torch.__version__, transformers=transformers.__version__, peft=peft.__version__, **reads[0], answers=answers,
                      stops=[GenerationConfig.from_pretrained(f).eos_token_id for f in folders], configs=[config_of(f) for f in case["weights"]])))
