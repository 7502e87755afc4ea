"""Prints positions that Hugging Face transformers gives prompts of clips and pictures: what positions.json has of one layout.

usage: python make-positions.py
Needs: torch and transformers, 4.51 for `qwen`, 4.57 for `transformers4`, 5.18 or later for `transformers5`. No weights.
"""
import inspect, json
import torch, transformers
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel

IMAGE, VIDEO, START, END = 62, 63, 60, 61
config = Qwen2_5_VLConfig(
    text_config=dict(hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2, vocab_size=64,
                     rope_scaling=dict(type='mrope', mrope_section=[1, 1, 2]), rope_parameters=dict(rope_type='default', mrope_section=[1, 1, 2], rope_theta=1e6)),
    vision_config=dict(depth=1, hidden_size=16, intermediate_size=24, num_heads=2, out_hidden_size=32, tokens_per_second=2),
    image_token_id=IMAGE, video_token_id=VIDEO, vision_start_token_id=START, vision_end_token_id=END)
with torch.device('meta'):
    model = Qwen2_5_VLModel(config)

cases = [
    [('video', (3, 4, 6), 0.5)],
    [('video', (4, 2, 4), 0.75)],
    [('video', (5, 4, 4), 1.5)],
    [('video', (3, 2, 2), 3.75), ('image', (1, 6, 4), 1), ('video', (2, 4, 4), 1)],
    [('image', (1, 4, 8), 1), ('video', (6, 2, 4), 2.9)],
]
out = []
for media in cases:
    ids = [5, 7]
    for kind, (t, h, w), _ in media:
        ids += [START] + [IMAGE if kind == 'image' else VIDEO] * (t * h * w // 4) + [END, 9]
    given = torch.tensor([ids])
    grids = lambda want: torch.tensor([g for k, g, _ in media if k == want]) if any(k == want for k, *_ in media) else None
    more = {}
    if 'mm_token_type_ids' in inspect.signature(model.get_rope_index).parameters:
        more['mm_token_type_ids'] = (given == IMAGE).int() + 2 * (given == VIDEO).int()
    positions, delta = model.get_rope_index(given, image_grid_thw=grids('image'), video_grid_thw=grids('video'),
                                            second_per_grid_ts=torch.tensor([float(s) for k, _, s in media if k == 'video']),
                                            attention_mask=torch.ones_like(given), **more)
    out.append(dict(media=[dict(kind=k, grid=list(g), secondsPerGrid=s) for k, g, s in media], ids=ids,
                    positions=positions[:, 0].reshape(-1).tolist(), delta=delta.item()))
print(json.dumps(dict(transformers=transformers.__version__, cases=out)))
