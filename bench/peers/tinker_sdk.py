"""Trains on a server of the Tinker protocol with the official SDK: python tinker_sdk.py ADDRESS MODEL [--pictures IMAGE_TOKEN].

Prints one JSON object: what each step came to. Ends with 1 where a step did not do what it should.
"""

import asyncio
import io
import json
import sys

import tinker
from tinker import types


def picture(colour, size=56):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, format="PNG")
    return types.ImageChunk(data=out.getvalue(), format="png", expected_tokens=(size // 28) ** 2)


def prompt_of(colour):
    """Text, or text around a picture. The last chunk is text."""
    head, tail = [72, 101, 108], [108, 111, 32, 119]
    text = lambda tokens: types.EncodedTextChunk(tokens=tokens)
    if colour is None:
        return types.ModelInput(chunks=[text(head + tail)])
    return types.ModelInput(chunks=[text(head), picture(colour), text(tail)])


def datum(prompt, tokens, logprobs, advantages):
    size = prompt.length
    chunks = list(prompt.chunks[:-1]) + [types.EncodedTextChunk(tokens=prompt.chunks[-1].tokens + tokens[:-1])]
    last = prompt.chunks[-1].tokens
    pads = size - len(last)
    head = [] if len(prompt.chunks) == 1 else prompt.chunks[0].tokens
    full = head + [0] * (pads - len(head)) + last + tokens
    row = lambda values: types.TensorData(data=[0.0] * (size - 1) + values, dtype="float32", shape=[size - 1 + len(tokens)])
    return types.Datum(
        model_input=types.ModelInput(chunks=chunks),
        loss_fn_inputs={
            "target_tokens": types.TensorData(data=full[1:], dtype="int64", shape=[len(full) - 1]),
            "logprobs": row(logprobs),
            "advantages": row(advantages),
        },
    )


async def main(address, model, colours):
    client = tinker.ServiceClient(base_url=address, api_key="tml-not-a-secret-key")
    training = await client.create_lora_training_client(base_model=model, rank=4, seed=1)
    said = {"sdk": tinker.__version__}
    params = types.SamplingParams(max_tokens=6, temperature=1.0, seed=7)
    for colour in colours:
        prompt = prompt_of(colour)
        name = "text" if colour is None else "pictures"
        sampler = await training.save_weights_and_get_sampling_client()
        before = (await sampler.sample(prompt, 4, params)).sequences
        data = [datum(prompt, s.tokens, s.logprobs, [1.0 if i % 2 == 0 else -1.0] * len(s.tokens)) for i, s in enumerate(before)]
        passed = training.forward_backward(data, "importance_sampling")
        stepped = training.optim_step(types.AdamParams(learning_rate=1e-2))
        outputs = (await passed).loss_fn_outputs
        scored = [o["logprobs"].data[prompt.length - 1 :] for o in outputs]
        gap = max(abs(a - b) for s, row in zip(before, scored) for a, b in zip(s.logprobs, row))
        metrics = (await stepped).metrics
        saved = (await training.save_state(f"{name}-1")).path
        sampler = await training.save_weights_and_get_sampling_client()
        after = (await sampler.sample(prompt, 4, params)).sequences
        again = (await training.forward(data, "cross_entropy")).loss_fn_outputs
        moved = [sum(o["logprobs"].data[prompt.length - 1 :]) - sum(s.logprobs) for s, o in zip(before, again)]
        said[name] = {
            "tokens": [len(s.tokens) for s in before],
            "logprobs a sequence": [len(o["logprobs"].data) for o in outputs],
            "sampler to trainer": gap,
            "gradient norm": metrics["grad_norm"],
            "saved": saved,
            "praised rose, blamed fell": moved[0] > moved[1],
            "samples after": [len(s.tokens) for s in after],
        }
        assert gap < 1e-4, gap
        assert moved[0] > moved[1], moved
        assert all(len(o["logprobs"].data) == prompt.length - 1 + len(s.tokens) for s, o in zip(before, outputs))
    if len(colours) > 1:
        first = []
        for colour in ("red", "blue", None):
            sampler = await training.save_weights_and_get_sampling_client()
            scored = await sampler.sample(prompt_of(colour), 1, types.SamplingParams(max_tokens=1, seed=1), include_prompt_logprobs=True)
            first.append(scored.prompt_logprobs[-1])
        said["red, blue, none"] = first
        assert len(set(first)) == 3, first
    print(json.dumps(said, indent=2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], [None, "red"] if "--pictures" in sys.argv else [None]))
