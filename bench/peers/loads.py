"""Loads a folder that kinograd saved as transformers' own users do: config, weights, tokenizer with its chat template, processor.

usage: python loads.py FOLDER
Prints a line of JSON: the weights that are missing or left over, whether tokenizer and processor load and the template renders, and the
number of parameters.
"""
import json, sys
import torch, transformers
from transformers import AutoTokenizer, GenerationConfig, Qwen2_5_VLForConditionalGeneration

folder = sys.argv[1]
model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, output_loading_info=True)
tokenizer = AutoTokenizer.from_pretrained(folder)
text = tokenizer.apply_chat_template([{"role": "user", "content": "How many?"}], tokenize=False, add_generation_prompt=True)
GenerationConfig.from_pretrained(folder)
try:
    from transformers import AutoImageProcessor

    processor = AutoImageProcessor.from_pretrained(folder) is not None
except Exception as error:
    processor = str(error)[:200]
ids = torch.tensor([tokenizer(text)["input_ids"]])
with torch.no_grad():
    logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
print(
    json.dumps(
        {
            "transformers": transformers.__version__,
            "missing": sorted(map(str, info["missing_keys"])),
            "unexpected": sorted(map(str, info["unexpected_keys"])),
            "tokenizer": "How many?" in text and tokenizer.decode(ids[0]) == text,
            "processor": processor,
            "finite": bool(torch.isfinite(logits).all()),
            "parameters": sum(p.numel() for p in model.parameters()),
        }
    )
)
