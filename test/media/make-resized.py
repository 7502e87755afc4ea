"""Writes resized.json: what torchvision makes of drawn pictures on uint8, bicubic and antialiased, as transforms.v2 does it.

usage: python make-resized.py OUT.json
A picture's byte is (3y + 2x + 17c + 5 seed) mod 200 + 20. Needs torch and torchvision.
"""
import hashlib, json, sys
import numpy as np, torch, torchvision
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

sizes = [(0, 31, 45, 28, 56), (1, 45, 31, 140, 28), (2, 100, 64, 28, 28), (3, 28, 90, 84, 84), (4, 57, 57, 56, 112), (5, 300, 40, 84, 28), (6, 28, 30, 28, 28)]


def drawn(seed, h, w):
    y, x, c = np.ogrid[:h, :w, :3]
    return torch.from_numpy(((3 * y + 2 * x + 17 * c + 5 * seed) % 200 + 20).astype(np.uint8)).permute(2, 0, 1)


def hashed(picture, size):
    out = functional.resize(picture, list(size), interpolation=InterpolationMode.BICUBIC, antialias=True)
    return hashlib.sha256(out.permute(1, 2, 0).contiguous().numpy().tobytes()).hexdigest()


cases = [dict(seed=s, size=[h, w], to=[a, b], sha256=hashed(drawn(s, h, w), (a, b))) for s, h, w, a, b in sizes]
json.dump(dict(torchvision=torchvision.__version__, cases=cases), open(sys.argv[1], "w"), indent=1)
