"""Writes processor.json: what the processor of Hugging Face transformers makes of some questions about made-up pictures and clips.

usage: python make-processor.py CHECKPOINT OUT.json
CHECKPOINT is a folder that `tinyPolicy({ texts: ['What moves?'] }).write(folder)` wrote.
Needs: transformers 4.49 (its processors of pictures need no torch), numpy, pillow.
"""
import json, sys
import numpy as np
from PIL import Image
import transformers
from transformers import AutoProcessor

processor = AutoProcessor.from_pretrained(sys.argv[1])

def noise(seed, *shape):
    """Smooth enough that resizing by PIL and by torchvision's formula round alike, and no two pictures are the same."""
    *count, height, width, _ = shape
    t = np.arange(count[0] if count else 1)[:, None, None, None]
    y, x, c = np.arange(height)[:, None, None], np.arange(width)[:, None], np.arange(3)
    return ((3 * y + 2 * x + 17 * c + 11 * t + 5 * seed) % 200 + 20).astype(np.uint8).reshape(shape)

def case(name, parts, images, videos, fps):
    text = processor.apply_chat_template([{'role': 'user', 'content': parts}], tokenize=False, add_generation_prompt=True)
    media = {**({'images': [Image.fromarray(noise(*i)) for i in images]} if images else {}),
             **({'videos': [noise(*v) for v in videos], 'fps': fps} if videos else {})}
    out = processor(text=[text], return_tensors='np', **media)
    kinds = [(k, out.get(p), out.get(g)) for k, p, g in [('image', 'pixel_values', 'image_grid_thw'), ('video', 'pixel_values_videos', 'video_grid_thw')] if p in out]
    rows = {}
    for kind, values, grids in kinds:
        at, rows[kind] = 0, []
        for grid in np.asarray(grids).tolist():
            part = np.asarray(values, np.float64)[at:at + int(np.prod(grid))]; at += int(np.prod(grid))
            flat = part.reshape(-1)
            rows[kind].append({'grid': grid, 'numbers': flat.size, 'mean': round(flat.mean(), 6), 'every997th': [round(v, 4) for v in flat[::997].tolist()][:60]})
    return {'name': name, 'parts': [p.get('text', {'kind': p['type']}) for p in parts], 'images': images, 'videos': videos, 'fps': fps,
            'ids': out['input_ids'][0].tolist(), 'rows': rows, 'secondsPerGrid': [float(s) for s in out.get('second_per_grid_ts', [])]}

V, I = {'type': 'video'}, {'type': 'image'}
T = lambda text: {'type': 'text', 'text': text}
cases = [
    case('a clip that is resized, with an odd number of frames', [V, T('What moves?')], [], [[1, 5, 60, 100, 3]], 4),
    case('a clip that is not resized', [V, T('q')], [], [[3, 4, 84, 112, 3]], 8),
    case('an image', [I, T('Was ist das?')], [[2, 90, 50, 3]], [], None),
    case('an image that is made larger', [I, T('tiny')], [[7, 40, 31, 3]], [], None),
    case('images and a clip in order', [T('First '), I, T(' then '), V, T(' and '), I, T(' 東京?')], [[4, 56, 84, 3], [5, 200, 300, 3]], [[6, 3, 56, 56, 3]], 2),
]
json.dump({'transformers': transformers.__version__, 'cases': cases}, open(sys.argv[2], 'w'), indent=1, ensure_ascii=False)
