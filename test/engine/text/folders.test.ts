import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { loadPolicy } from 'kinograd'
import { checkpointFolder, loadPreprocessor, loadTokenizer } from 'kinograd/engine'
import { readConfig, readWeights, tinyPolicy } from 'kinograd/engine/tfjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { right } from '../golden.ts'

let room = ''
const at = (...names: readonly string[]) => join(room, ...names)
const put = async (name: string, value: unknown) =>
  writeFile(at('model', name), typeof value === 'string' ? value : JSON.stringify(value))
const json = async (name: string) => JSON.parse(await readFile(at('model', name), 'utf8'))
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), 'kinograd-folders-'))
  const { engine, write } = tinyPolicy({ texts: ['What moves?'] })
  right(await write(at('model'))())
  engine.dispose()
})
afterEach(() => rm(room, { recursive: true }))

const model = 'models--org--a--tiny-name'
/** A cache as huggingface_hub lays it out: files in blobs, a snapshot of links to them, a reference to it. */
const cached = async (names: readonly string[] = ['0123abcd'], main: string | undefined = names[0]) => {
  await cp(at('model'), at('hub', model, 'blobs'), { recursive: true })
  for (const name of names) {
    await mkdir(at('hub', model, 'snapshots', name), { recursive: true })
    for (const file of [
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'generation_config.json',
      'preprocessor_config.json',
    ])
      await symlink(join('..', '..', 'blobs', file), at('hub', model, 'snapshots', name, file))
  }
  await mkdir(at('hub', model, 'refs'))
  if (main !== undefined) await writeFile(at('hub', model, 'refs', 'main'), `${main}\n`)
}

describe("a hub's cache", () => {
  test.each([
    [[]],
    [['hub']],
    [['hub', model]],
    [['hub', model, 'snapshots']],
    [['hub', model, 'snapshots', '0123abcd']],
  ])('is read where it is given as %j', async names => {
    await cached()
    await rm(at('model'), { recursive: true })
    const path = at(...names)
    expect(await checkpointFolder(path)()).toEqual(E.right(at('hub', model, 'snapshots', '0123abcd')))
    const config = right(await readConfig(path)())
    expect(right(await readWeights(path, config)()).parameters.size).toBeGreaterThan(10)
    right(await loadTokenizer(path)())
    right(await loadPreprocessor(path)())
  })

  test('through a link, with or without refs/main, becomes a policy whose adapter names org and model', async () => {
    await cached()
    await symlink(at('hub', model, 'snapshots', '0123abcd'), at('link'))
    right(await loadPolicy(at('link'), { backend: 'cpu' })()).engine.dispose()
    await rm(at('hub', model, 'refs'), { recursive: true })
    const adapter = { rank: 2, alpha: 4, targets: ['q_proj'] }
    const { engine } = right(await loadPolicy(at('hub'), { backend: 'cpu', adapter })())
    right(await engine.save(at('adapter'))())
    const saved = JSON.parse(await readFile(at('adapter', 'adapter_config.json'), 'utf8'))
    expect(saved.base_model_name_or_path).toBe('org/a--tiny-name')
    engine.dispose()
  })

  test('that is not clear is a Left with what there is', async () => {
    await cached(['b1', 'a2'], 'c3')
    const refused = (cause: string) =>
      E.left(expect.objectContaining({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) }))
    expect(await checkpointFolder(at('hub'))()).toEqual(refused('refs/main names c3, snapshots has a2, b1'))
    await rm(at('hub', model, 'refs'), { recursive: true })
    expect(await readConfig(at('hub'))()).toEqual(refused('there is no refs/main, snapshots has a2, b1'))
    await mkdir(at('hub', 'models--org--other', 'snapshots'), { recursive: true })
    expect(await checkpointFolder(at('hub', 'models--org--other'))()).toEqual(refused('snapshots has none'))
    expect(await checkpointFolder(at('hub'))()).toEqual(refused(`is a cache of 2 models: ${model}, models--org--other`))
  })

  test('whose download was broken off is a Left that names the link', async () => {
    await cached()
    await rm(at('hub', model, 'blobs', 'model.safetensors'))
    const cause = expect.stringMatching(
      /model\.safetensors is a link to .*blobs.model\.safetensors, which is not there/,
    )
    expect(await loadPolicy(at('hub'), { backend: 'cpu' })()).toMatchObject(E.left({ _tag: 'BadCheckpoint', cause }))
  })
})

describe('chat templates', () => {
  const several = [
    { name: 'default', template: 'D{{ messages[0].content }}' },
    { name: 'tool_use', template: 'T' },
  ]
  const template = async (options?: { readonly template: string }) =>
    E.map(({ template: found }: { readonly template: string }) => found)(await loadTokenizer(at('model'), options)())
  beforeEach(() => rm(at('model', 'chat_template.jinja')))

  test('of a list of named ones: "default", or the one that is asked for', async () => {
    await put('tokenizer_config.json', { ...(await json('tokenizer_config.json')), chat_template: several })
    expect(await template()).toEqual(E.right('D{{ messages[0].content }}'))
    expect(await template({ template: 'tool_use' })).toEqual(E.right('T'))
    const cause = expect.stringContaining('has the chat templates "default", "tool_use", not "rag"')
    expect(await template({ template: 'rag' })).toMatchObject(E.left({ _tag: 'BadTokenizer', cause }))
  })

  test('of which none is the default: a Left with their names', async () => {
    await put('chat_template.json', { chat_template: { a: 'A', b: 'B' } })
    const cause = expect.stringContaining('has the chat templates "a", "b", not "default"')
    expect(await template()).toMatchObject(
      E.left({ _tag: 'BadTokenizer', cause, remedy: expect.stringContaining('template: name') }),
    )
    expect(await template({ template: 'b' })).toEqual(E.right('B'))
  })

  test('in files: chat_template.jinja goes before chat_template.json, that before tokenizer_config.json; others have names', async () => {
    await put('tokenizer_config.json', { ...(await json('tokenizer_config.json')), chat_template: 'C' })
    expect(await template()).toEqual(E.right('C'))
    await put('chat_template.json', { chat_template: 'J' })
    expect(await template()).toEqual(E.right('J'))
    await put('chat_template.jinja', 'F')
    await mkdir(at('model', 'additional_chat_templates'))
    await put('additional_chat_templates/short.jinja', 'S')
    expect(await template()).toEqual(E.right('F'))
    expect(await template({ template: 'short' })).toEqual(E.right('S'))
  })
})

describe('preprocessors', () => {
  test('in processor_config.json, as transformers 5 writes them, go before the others', async () => {
    const [image, video] = [await json('preprocessor_config.json'), await json('video_preprocessor_config.json')]
    const size = { shortest_edge: 1568, longest_edge: 50176 }
    await put('processor_config.json', {
      image_processor: { ...image, min_pixels: undefined, max_pixels: undefined, size },
      video_processor: { ...video, min_pixels: undefined, max_pixels: undefined },
    })
    for (const name of ['preprocessor_config.json', 'video_preprocessor_config.json']) await rm(at('model', name))
    expect(right(await loadPreprocessor(at('model'))()).pixels).toEqual({
      image: { minPixels: 1568, maxPixels: 50176 },
      video: { minPixels: 3136, maxPixels: 12544 },
    })
  })
})

describe('stop tokens', () => {
  test.each([
    [{ eos_token_id: [3, 5] }, [3, 5]],
    [{ eos_token_id: 9 }, [9]],
    [{ eos_token_id: null }, []],
    [{}, []],
  ])('of %j come after the tokenizer’s own', async (generation, more) => {
    await put('generation_config.json', generation)
    const { stop, eos } = right(await loadTokenizer(at('model'))())
    expect(stop).toEqual([eos, ...more])
  })
})
