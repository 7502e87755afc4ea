"""Loads all tensors of a folder's safetensors into memory of their own; prints processor time and the peak above what was there before."""

import glob
import json
import os
import resource
import sys

import torch
from safetensors.torch import load_file

torch.zeros(1)


def resident():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return 1024 * int(fields["VmRSS"].split()[0])


before = resident()
start = os.times()
tensors = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.safetensors"))):
    for name, tensor in load_file(path).items():
        # A file that is mapped has been read when its numbers have been copied or looked at.
        tensors[name] = tensor.clone()
end = os.times()
peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seconds = end.user + end.system - start.user - start.system
print(json.dumps({"seconds": seconds, "bytes": peak - before}))
