import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { loadPolicy } from 'kinograd'
import { loadTokenizer } from 'kinograd/engine'
import {
  parseConfig,
  readAdapter,
  readConfig,
  readSafetensors,
  readWeights,
  tinyPolicy,
  writeAdapter,
  writeSafetensors,
} from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fitsMemory } from '../../src/engine/tfjs/files/fits-memory.ts'
import { parameterShapes } from '../../src/engine/tfjs/model/shapes.ts'
import { use } from './backends.ts'
import { right } from './golden.ts'
import { livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'

let room = ''
let folder = ''
beforeAll(async () => {
  await use('cpu')
  room = await mkdtemp(join(tmpdir(), 'kinograd-foreign-'))
  const { engine, write } = tinyPolicy({ texts: ['What moves?'] })
  right(await write(join(room, 'whole'))())
  engine.dispose()
})
beforeEach(async () => {
  folder = join(room, 'taken')
  await rm(folder, { recursive: true, force: true })
  await cp(join(room, 'whole'), folder, { recursive: true })
})
afterAll(() => rm(room, { recursive: true }))

const refused = (...parts: readonly string[]) =>
  E.left(
    expect.objectContaining({
      _tag: 'BadCheckpoint',
      cause: expect.stringMatching(
        new RegExp(parts.map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')),
      ),
    }),
  )
const at = (name: string) => join(folder, name)
const settings = async (name: string) => JSON.parse(await readFile(at(name), 'utf8'))
const load = () => loadPolicy(folder, { backend: 'cpu' })()
/** How a file that torch.save writes begins. */
const zip = 'PK\x03\x04 archive/data.pkl'
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 3991\n`

describe('weights in fewer bits are refused by name', () => {
  test.each<readonly [object, string, string]>([
    [{ quant_method: 'awq', bits: 4 }, 'weights of AWQ, 4 bits in groups', 'take the checkpoint in BF16'],
    [{ quant_method: 'gptq', bits: 4 }, 'weights of GPTQ', 'take the checkpoint in BF16'],
    [{ quant_method: 'fp8' }, 'weights in FP8', 'FineGrainedFP8Config(dequantize=True)'],
    [{ quant_method: 'fbgemm_fp8' }, 'weights in FP8', 'save_pretrained'],
    [{ quant_method: 'bitsandbytes', load_in_4bit: true }, 'weights of bitsandbytes', 'call dequantize()'],
    [{ load_in_8bit: true }, 'weights of bitsandbytes', 'call dequantize()'],
    [{ quant_method: 'compressed-tensors' }, 'by the method "compressed-tensors"', 'take the checkpoint in BF16'],
    [{}, 'by the method', 'take the checkpoint'],
  ])('quantization_config %j', async (quantization_config, what, how) => {
    const config = await settings('config.json')
    await writeFile(at('config.json'), JSON.stringify({ ...config, quantization_config }))
    expect(await load()).toEqual(refused('quantization_config says', what, how))
    expect(parseConfig({ ...config, text_config: { quantization_config } })).toEqual(refused(what))
    expect(E.isRight(parseConfig({ ...config, quantization_config: null }))).toBe(true)
  })

  const q = 'model.layers.0.self_attn.q_proj'
  test.each([
    [`${q}.qweight`, 'weights of AWQ or GPTQ'],
    [`${q}.g_idx`, 'weights of GPTQ'],
    [`${q}.weight_scale_inv`, 'weights in FP8'],
    [`${q}.weight.quant_state.bitsandbytes__nf4`, 'weights of bitsandbytes'],
    [`${q}.weight.absmax`, 'weights of bitsandbytes'],
  ])('a tensor %s', async (name, what) => {
    const { tensors } = right(await readSafetensors(at('model.safetensors'))())
    right(
      await writeSafetensors(
        at('model.safetensors'),
        new Map([...tensors, [name, { dtype: 'I32', shape: [1], data: Int32Array.of(1) }]]),
      )(),
    )
    expect(await load()).toEqual(refused(`${name} is there: these are ${what}`))
  })

  test('a tensor of type F8_E4M3', async () => {
    const header = JSON.stringify({ [`${q}.weight`]: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] } }).padEnd(
      104,
    )
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(104n)
    await writeFile(at('model.safetensors'), Buffer.concat([length, Buffer.from(header), Buffer.alloc(2)]))
    expect(await load()).toEqual(refused(`${q}.weight has dtype "F8_E4M3": weights in FP8`, 'dequantize=True'))
  })
})

describe('names of wrapped models are refused by what wraps them', () => {
  test.each<readonly [(name: string) => string, string, string]>([
    [
      name => `_fsdp_wrapped_module.${name}`,
      'names of a model that FSDP wraps',
      "name.replace('_fsdp_wrapped_module.', '')",
    ],
    [
      name => name.replace('layers.0.', 'layers.0._fsdp_wrapped_module.'),
      'names of a model that FSDP wraps',
      'full_state_dict',
    ],
    [name => name.replace('layers.0.', 'layers.0._checkpoint_wrapped_module.'), 'activations are checkpointed', ''],
    [name => `_orig_mod.${name}`, 'names of a model that torch.compile wraps', 'model._orig_mod'],
    [name => `_forward_module.${name}`, 'names of a model that Lightning wraps', ''],
    [name => `module.${name}`, 'DistributedDataParallel or DeepSpeed', 'model.module'],
    [name => `base_model.model.${name}`, 'weights under the adapter of a PEFT model', 'merge_and_unload()'],
    [name => name.replace('q_proj.', 'q_proj.base_layer.'), 'weights under the adapter of a PEFT model', ''],
    [name => name.replace('q_proj.', 'qkv_proj.'), "names of vLLM's own model", 'the checkpoint that vLLM had loaded'],
    [name => name.replace(/^model\./, 'language_model.model.'), "names of vLLM's own model", ''],
  ])('%s', async (named, what, how) => {
    const { tensors } = right(await readSafetensors(at('model.safetensors'))())
    right(await writeSafetensors(at('model.safetensors'), new Map([...tensors].map(([name, x]) => [named(name), x])))())
    expect(await load()).toEqual(refused(what, how))
  })
})

describe('files of another kind are refused by what they are', () => {
  const pickled = Buffer.from([0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8])
  test.each<readonly [string, Buffer | string, string, string]>([
    ['model-Q4_K_M.gguf', 'GGUF\x03\0\0\0', 'a GGUF file of llama.cpp', 'gguf_file='],
    ['pytorch_model.bin', zip, 'a pickle of PyTorch', 'save_pretrained'],
    ['pytorch_model-00001-of-00002.bin', zip, 'a pickle of PyTorch', 'safetensors.torch.save_file'],
    ['consolidated.00.pth', pickled, 'a pickle of PyTorch', ''],
    ['__0_0.distcp', '', 'a distributed checkpoint of PyTorch', 'format_utils'],
    ['mp_rank_00_model_states.pt', pickled, 'a distributed checkpoint of PyTorch', 'zero_to_fp32.py'],
    ['flax_model.msgpack', '', 'weights of Flax', ''],
    ['tf_model.h5', '\x89HDF\r\n\x1a\n and more', 'weights of TensorFlow', ''],
    ['weights.npz', zip, 'weights of MLX or numpy', ''],
  ])('%s', async (name, bytes, what, how) => {
    await rm(at('model.safetensors'))
    await writeFile(at('optimizer.pt'), pickled)
    await writeFile(at('training_args.bin'), pickled)
    const config = right(await readConfig(folder)())
    expect(await readWeights(folder, config)()).toEqual(refused('neither model.safetensors nor'))
    await writeFile(at(name), bytes, 'latin1')
    expect(await load()).toEqual(refused(`${name} is ${what}`, how))
    await rm(at('config.json'))
    expect(await load()).toEqual(refused('config.json', `${name} is ${what}`))
    // Under the name that is looked for.
    if (bytes.length === 0 || name.endsWith('npz')) return
    await rename(at(name), at('model.safetensors'))
    expect(await readWeights(folder, config)()).toEqual(refused('model.safetensors: this is a'))
  })

  test.each(['model.safetensors', 'config.json', 'tokenizer.json', 'preprocessor_config.json'])(
    '%s that is a Git LFS pointer',
    async name => {
      await writeFile(at(name), pointer)
      const cause = expect.stringMatching(
        /is a Git LFS pointer, a few lines that stand for the file: run `git lfs pull`/,
      )
      expect(await load()).toEqual(E.left(expect.objectContaining({ cause })))
    },
  )

  test('a header whose length looks like a pickle is none', async () => {
    const header = JSON.stringify({ x: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }).padEnd(0x280)
    await writeFile(
      at('x.safetensors'),
      Buffer.concat([Buffer.from([0x80, 2, 0, 0, 0, 0, 0, 0]), Buffer.from(header), Buffer.alloc(1)]),
    )
    expect(right(await readSafetensors(at('x.safetensors'))()).tensors.size).toBe(1)
  })
})

describe('adapters of another kind are refused by what they are', () => {
  const bad = (cause: string) =>
    E.left(expect.objectContaining({ _tag: 'BadAdapter', cause: expect.stringContaining(cause) }))
  const file = () => at('adapter_model.safetensors')
  beforeEach(async () => right(await writeAdapter(folder, livelyAdapter())()))
  test.each<readonly [(name: string) => string, string]>([
    [name => name.replace('.weight', '.default.weight'), "a state_dict of a PEFT model, with the adapter's name"],
    [name => name.replace('lora_A.weight', 'lora_magnitude_vector'), 'a DoRA adapter'],
    [name => `_fsdp_wrapped_module.${name}`, 'FSDP, torch.compile, DistributedDataParallel or Lightning'],
    [name => `_orig_mod.${name}`, 'save it with save_pretrained'],
    [name => `module.${name}`, 'accelerator.unwrap_model'],
    [
      name => name.replace('q_proj.lora_A.weight', 'q_proj.modules_to_save.weight'),
      'an adapter with whole modules beside it',
    ],
  ])('%s', async (named, what) => {
    const { tensors } = right(await readSafetensors(file())())
    right(await writeSafetensors(file(), new Map([...tensors].map(([name, x]) => [named(name), x])))())
    expect(await readAdapter(folder, tinyConfig)()).toEqual(bad(what))
  })

  test('adapter_model.bin', async () => {
    await rename(file(), at('adapter_model.bin'))
    await writeFile(at('adapter_model.bin'), zip, 'latin1')
    expect(await readAdapter(folder, tinyConfig)()).toEqual(refused('adapter_model.bin: this is a pickle of PyTorch'))
  })
})

describe('what does not belong together', () => {
  test('a config that promises more layers than the files hold: the first weight that is missing', async () => {
    const config = await settings('config.json')
    await writeFile(at('config.json'), JSON.stringify({ ...config, num_hidden_layers: 3 }))
    expect(await load()).toEqual(
      refused('model.layers.2.input_layernorm.weight is missing, the files hold 57 of 69 weights'),
    )
  })

  test('a tokenizer of another vocabulary: both numbers', async () => {
    const { engine, write } = tinyPolicy({ texts: ['Quite other words, and many more of them than there were before'] })
    right(await write(join(room, 'other'))())
    engine.dispose()
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) await cp(join(room, 'other', name), at(name))
    expect(await load()).toEqual(
      E.left(
        expect.objectContaining({
          _tag: 'BadTokenizer',
          cause: expect.stringMatching(/<\|image_pad\|> is \d+, image_token_id of config\.json is \d+/),
        }),
      ),
    )
  })

  test('a template that loops is stopped', async () => {
    await writeFile(
      at('chat_template.jinja'),
      '{% for i in range(9999) %}{% for j in range(9999) %}{{ i }}{% endfor %}{% endfor %}',
    )
    const tokenizer = right(await loadTokenizer(folder)())
    const { promptOf } = await import('kinograd/engine')
    expect(promptOf(tokenizer, [{ role: 'user', content: 'a' }])).toEqual(
      E.left(
        expect.objectContaining({
          _tag: 'BadTokenizer',
          cause: expect.stringMatching(/it takes more than|took more than/),
        }),
      ),
    )
  })

  test('weights that are larger than the memory are refused before any is read', async () => {
    const config = right(await readConfig(folder)())
    const vast = {
      ...config,
      text: { ...config.text, vocabSize: 2 ** 22, hiddenSize: 2 ** 17, tied: true },
      vision: { ...config.vision, outHiddenSize: 2 ** 17 },
    }
    let end = 0
    const entries = [...parameterShapes(vast)].map(([name, shape]) => {
      const begin = end
      end += 2 * shape.reduce((a, b) => a * b, 1)
      return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }] as const
    })
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    const file = await open(at('model.safetensors'), 'w')
    await file.writeFile(Buffer.concat([length, header]))
    // A hole: the disk holds none of it.
    await file.truncate(8 + header.length + end)
    await file.close()
    expect(await readWeights(folder, vast)()).toEqual(
      refused(`the weights take ${2 * end} bytes as they are kept, this machine has`),
    )
    // Vectors are float32 always.
    const vectors = [...parameterShapes(vast).values()].reduce(
      (sum, shape) => sum + (shape.length > 1 ? 0 : shape[0]!),
      0,
    )
    for (const storage of ['auto', 'bfloat16'] as const)
      expect(await readWeights(folder, vast, { storage })()).toEqual(
        refused(`the weights take ${end + 2 * vectors} bytes as they are kept, this machine has`),
      )
    expect(fitsMemory(68, 68)).toEqual(E.right(undefined))
    expect(fitsMemory(68, 67)).toEqual(refused('take 68 bytes as they are kept, this machine has 67'))
  })
})

const built = fileURLToPath(new URL('../../dist/engine/tfjs/index.js', import.meta.url))
const mounting = (place: string) => ['-rm', 'sh', '-c', `mount -t tmpfs -o size=4m none ${place} && exec "$@"`, 'sh']
const canMount = spawnSync('unshare', [...mounting(tmpdir()), 'true'], { timeout: 10_000 }).status === 0

test.skipIf(!canMount || !existsSync(built))(
  'a disk that fills while a shard is written leaves the save before (skipped: not built, or no mounts of one’s own)',
  { timeout: 120_000 },
  async () => {
    const [place, script] = [join(room, 'disk'), join(room, 'script.mjs')]
    await mkdir(place)
    await writeFile(
      script,
      `
import { readdirSync } from 'node:fs'
import { initialise, adamw, selectBackend, tfjsEngine, tinyPolicy } from ${JSON.stringify(built)}
await selectBackend({ backend: 'cpu' })()
const { config } = tinyPolicy()
const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
const engine = tfjsEngine({ config, parameters: initialise(config, 1), optimiser, format: { dtype: 'BF16', shardBytes: 100_000 } })
const large = tfjsEngine({ config, parameters: initialise(config, 2), optimiser, format: { shardBytes: 100_000 } })
const kept = ${JSON.stringify(place)} + '/kept'
const first = await engine.save(kept, { merged: true })()
const files = readdirSync(kept)
const saves = []
for (const to of [kept, ${JSON.stringify(place)} + '/other']) saves.push((await large.save(to)()).left?._tag)
const loaded = await engine.load(kept, { weightsOnly: true })()
console.log(JSON.stringify({ first: first._tag, shards: files.length > 5, saves, same: readdirSync(kept).join() === files.join(), there: readdirSync(${JSON.stringify(place)}), loaded: loaded._tag }))
`,
    )
    const out = await new Promise<string>((resolve, reject) =>
      execFile(
        'unshare',
        [...mounting(place), process.execPath, script],
        { timeout: 100_000 },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`)),
      ),
    )
    expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toEqual({
      first: 'Right',
      shards: true,
      saves: ['NoSpace', 'NoSpace'],
      same: true,
      there: ['kept'],
      loaded: 'Right',
    })
  },
)
