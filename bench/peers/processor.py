"""What the processor of Qwen2.5-VL in transformers makes of drawn pictures and clips, and which positions its model gives them.

usage: python processor.py FOLDER CASES.json OUT
FOLDER: a checkpoint with tokenizer and preprocessor. CASES: [{"turns": messages, "images": [[seed, h, w]], "videos": [[seed, t, h, w]], "fps"}],
where a picture's byte is (3y + 2x + 17c + 11t + 5 seed) mod 200 + 20. Patches go to OUT one after the other, in the order of the turns: float32.
Prints one line of JSON: for each case ids, positions [3, L], grids and seconds between two temporal patches of each medium in that order.
"""
import json, sys
import numpy as np, torch, transformers
from PIL import Image
from transformers import AutoConfig, AutoProcessor
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLModel

folder, cases, out = sys.argv[1:4]
processor, config = AutoProcessor.from_pretrained(folder), AutoConfig.from_pretrained(folder)
model = Qwen2_5_VLModel(config)
five = int(transformers.__version__.split(".")[0]) > 4


def drawn(seed, t, h, w):
    k, y, x, c = np.ogrid[:t, :h, :w, :3]
    return ((3 * y + 2 * x + 17 * c + 11 * k + 5 * seed) % 200 + 20).astype(np.uint8)


def processed(case):
    text = processor.apply_chat_template(case["turns"], tokenize=False, add_generation_prompt=True)
    images, videos, fps = [Image.fromarray(drawn(s, 1, h, w)[0]) for s, h, w in case["images"]], [drawn(*v) for v in case["videos"]], case["fps"]
    given = dict(text=[text], return_tensors="pt")
    if images:
        given["images"] = images
    if videos:
        given["videos"] = videos
        # Since 5.0 `fps` asks for frames to be sampled, and what a clip's rate is stands beside it.
        given.update(dict(video_metadata=[dict(fps=fps, total_num_frames=len(v), frames_indices=list(range(len(v)))) for v in videos]) if five else dict(fps=fps))
    return processor(**given)


def positions(made):
    ids = made["input_ids"]
    seconds = made.get("second_per_grid_ts")
    common = dict(image_grid_thw=made.get("image_grid_thw"), video_grid_thw=made.get("video_grid_thw"), attention_mask=torch.ones_like(ids),
                  second_per_grid_ts=None if seconds is None else torch.tensor([float(s) for s in seconds]))
    kinds = dict(mm_token_type_ids=(ids == config.video_token_id).int() * 2 + (ids == config.image_token_id).int()) if five else {}
    return model.get_rope_index(ids, **kinds, **common)[0][:, 0].tolist()


def media(case, made):
    """Grid, seconds and patches of each medium as the turns have them."""
    found = dict(image=[], video=[])
    for kind, values, grids in (("image", "pixel_values", "image_grid_thw"), ("video", "pixel_values_videos", "video_grid_thw")):
        at = 0
        for i, grid in enumerate(made[grids].tolist() if grids in made else []):
            rows = int(np.prod(grid))
            seconds = float(made["second_per_grid_ts"][i]) if kind == "video" else 1.0
            found[kind].append((grid, seconds, made[values][at:at + rows].numpy().astype("<f4")))
            at += rows
    kinds = [part["type"] for turn in case["turns"] if not isinstance(turn["content"], str) for part in turn["content"] if part["type"] != "text"]
    return [found[kind].pop(0) for kind in kinds]


told = []
with open(out, "wb") as file:
    for case in json.load(open(cases)):
        made = processed(case)
        seen = media(case, made)
        for _, _, patches in seen:
            file.write(patches.tobytes())
        told.append(dict(ids=made["input_ids"][0].tolist(), positions=positions(made), grids=[g for g, _, _ in seen], seconds=[s for _, s, _ in seen]))
print(json.dumps(dict(transformers=transformers.__version__, cases=told)))
