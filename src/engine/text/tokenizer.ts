import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { qwenTemplate } from './chat-template.ts'
import { byteLevelBytes, textsOf } from './pieces.ts'

/** The special tokens that a prompt of Qwen2.5-VL is made of (PAPER §4.6). */
const specialTokens = {
  start: '<|im_start|>',
  end: '<|im_end|>',
  visionStart: '<|vision_start|>',
  visionEnd: '<|vision_end|>',
  image: '<|image_pad|>',
  video: '<|video_pad|>',
} as const

/** Text to token ids and back, exactly as the model's own files say. */
export interface Tokenizer {
  /** Largest id plus 1. A model's vocabulary may have more rows. */
  readonly size: number
  /** `eos_token` of tokenizer_config.json: ends a completion. */
  readonly eos: number
  readonly ids: Readonly<Record<keyof typeof specialTokens, number>>
  /** Texts of all special tokens. */
  readonly special: readonly string[]
  readonly idOf: (token: string) => number | undefined
  /** Ids of a text; special tokens written out in it become their ids. A word without a token is `Left('BadTokenizer')`. */
  readonly encode: (text: string) => E.Either<EngineFault, Int32Array>
  /** Text of ids, special tokens included unless left out. An id without a token is no text. */
  readonly decode: (ids: Iterable<number>, options?: { readonly skipSpecial?: boolean }) => string
  /** Text of each token; their concatenation is `decode(ids)`. A character split over tokens goes to the one that completes it. */
  readonly pieces: (ids: Iterable<number>) => readonly string[]
  /** UTF-8 bytes of each token: exact where tokens split characters. For `assignTokenBytes`. */
  readonly bytePieces: (ids: Iterable<number>) => readonly Uint8Array[]
  /** Jinja source of the chat template: the folder's, or Qwen2.5-VL's. */
  readonly template: string
}

interface Files {
  readonly tokenizer: Readonly<Record<string, unknown>>
  readonly config: Readonly<Record<string, unknown>>
  readonly template?: string
}

const bad = (cause: string): EngineFault =>
  fault('BadTokenizer', cause, 'Give a folder with the tokenizer.json and tokenizer_config.json of the model.')

const textOf = (token: unknown): string | undefined =>
  typeof token === 'string' ? token : (token as { content?: string } | null | undefined)?.content

const utf8 = new TextEncoder()

/** Bytes of a token by the decoder of tokenizer.json: byte-level, or none (tokens joined by spaces). */
const bytesReader = (
  decoder: unknown,
  tokenOf: (id: number) => string | undefined,
  added: ReadonlySet<number>,
): E.Either<EngineFault, (id: number, first: boolean) => Uint8Array> => {
  const type = (decoder as { type?: unknown } | null)?.type
  const known = new Map<number, Uint8Array>()
  if (type === undefined)
    return E.right((id: number, first: boolean) => {
      const token = tokenOf(id)
      return token === undefined ? new Uint8Array() : utf8.encode(first ? token : ` ${token}`)
    })
  if (type !== 'ByteLevel')
    return E.left(bad(`tokenizer.json has decoder ${JSON.stringify(type)}, this library reads "ByteLevel" and none`))
  return E.right((id: number) => {
    const before = known.get(id)
    if (before !== undefined) return before
    const token = tokenOf(id)
    const bytes =
      token === undefined
        ? new Uint8Array()
        : ((added.has(id) ? undefined : byteLevelBytes(token)) ?? utf8.encode(token))
    known.set(id, bytes)
    return bytes
  })
}

/**
 * A tokeniser from the parsed files of a Hugging Face folder. `Left('BadTokenizer')` names what is missing: a special token of
 * Qwen2.5-VL, `eos_token`, a decoder that this library knows.
 */
export const tokenizerOf = ({
  tokenizer,
  config,
  template = qwenTemplate,
}: Files): E.Either<EngineFault, Tokenizer> => {
  const made = E.tryCatch(
    () => new HuggingFaceTokenizer(tokenizer, config),
    error => bad(`tokenizer.json: ${error instanceof Error ? error.message : error}`),
  )
  if (E.isLeft(made)) return made
  const inner = made.right
  const idOf = (token: string) => inner.token_to_id(token)
  const added = inner.get_added_tokens_decoder()
  const missing = Object.values(specialTokens).filter(token => !added.has(idOf(token) ?? -1))
  if (missing.length > 0)
    return E.left(
      bad(
        `tokenizer.json lacks ${missing.length} of ${Object.keys(specialTokens).length} special tokens: ${missing.join(' ')}`,
      ),
    )
  const ids = Object.fromEntries(
    Object.entries(specialTokens).map(([name, token]) => [name, idOf(token)]),
  ) as Tokenizer['ids']
  const eosText = textOf(config.eos_token)
  const eos = eosText === undefined ? undefined : idOf(eosText)
  if (eos === undefined)
    return E.left(bad(`tokenizer_config.json has eos_token ${JSON.stringify(config.eos_token)}, not a token`))
  const bytes = bytesReader(tokenizer.decoder, (id: number) => inner.id_to_token(id), new Set(added.keys()))
  if (E.isLeft(bytes)) return bytes
  const special = new Set([...added].flatMap(([id, token]) => (token.special ? [id] : [])))
  const bytePieces = (list: Iterable<number>) => Array.from(list, (id, i) => bytes.right(id, i === 0))
  const pieces = (list: Iterable<number>) => textsOf(bytePieces(list))
  return E.right({
    size: [...inner.get_vocab(true).values()].reduce((a, b) => Math.max(a, b), -1) + 1,
    eos,
    ids,
    special: [...special].flatMap(id => inner.id_to_token(id) ?? []),
    idOf,
    encode: text => {
      const { ids: found, tokens } = inner.encode(text, { add_special_tokens: false })
      const unknown = (found as readonly unknown[]).findIndex(id => !Number.isInteger(id))
      return unknown < 0
        ? E.right(Int32Array.from(found))
        : E.left(bad(`the text's token ${unknown}, ${JSON.stringify(tokens[unknown])}, is none of the vocabulary's`))
    },
    decode: (list, { skipSpecial = false } = {}) =>
      pieces(skipSpecial ? Array.from(list).filter(id => !special.has(id)) : list).join(''),
    pieces,
    bytePieces,
    template,
  })
}

const readJson = async (path: string): Promise<Record<string, unknown>> => {
  const json = JSON.parse(await readFile(path, 'utf8')) as unknown
  if (typeof json !== 'object' || json === null) throw new Error(`${path} holds no object`)
  return json as Record<string, unknown>
}

/** Nothing where the file is not there; all else that goes wrong is thrown. */
const ifThere = async <A>(read: Promise<A>): Promise<A | undefined> =>
  read.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

/**
 * Reads `tokenizer.json` and `tokenizer_config.json` of a folder; the chat template from `chat_template.jinja`, `chat_template.json`
 * or the config, else Qwen2.5-VL's. Memory: the vocabulary, about 100 MB for Qwen2.5's 151,665 tokens. `Left('BadTokenizer')` where
 * a file is missing or not what it should be.
 */
export const loadTokenizer = (directory: string): TE.TaskEither<EngineFault, Tokenizer> =>
  TE.flatMapEither(
    TE.tryCatch(
      async (): Promise<Files> => {
        const tokenizer = await readJson(join(directory, 'tokenizer.json'))
        const config = await readJson(join(directory, 'tokenizer_config.json'))
        const template =
          (await ifThere(readFile(join(directory, 'chat_template.jinja'), 'utf8'))) ??
          (await ifThere(readJson(join(directory, 'chat_template.json'))))?.chat_template ??
          config.chat_template
        return { tokenizer, config, ...(typeof template === 'string' ? { template } : {}) }
      },
      error => bad(`${directory}: ${error instanceof Error ? error.message : error}`),
    ),
    tokenizerOf,
  )
