import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { either as E } from 'fp-ts'
import { fault, messageOf } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'
import type { EngineFault } from '../engine.ts'
import { type AddedToken, addedTokens, type Section, splitterOf } from './added-tokens.ts'
import { qwenTemplate } from './chat-template.ts'
import { inTime } from './in-time.ts'
import { isJsonObject, type JsonObject } from './json-file.ts'
import { hasKnownPatterns } from './known-patterns.ts'
import { byteLevelBytes, textsOf } from './pieces.ts'
import { stopTokens } from './stop-tokens.ts'

/** The special tokens that a prompt of Qwen2.5-VL is made of (processing_qwen2_5_vl.py of transformers, and its chat template). */
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
  /** `eos_token` of tokenizer_config.json: ends a turn. */
  readonly eos: number
  /** What ends a completion: `eos`, and what generation_config.json has as `eos_token_id` (of Qwen2.5-VL also `<|endoftext|>`). */
  readonly stop: readonly number[]
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

/** The parsed files of a tokenizer. */
export interface TokenizerFiles {
  /** tokenizer.json. */
  readonly tokenizer: JsonObject
  /** tokenizer_config.json. */
  readonly config: JsonObject
  /** Jinja source of the chat template; Qwen2.5-VL's when not given. */
  readonly template?: string
  /** generation_config.json, for `stop`. */
  readonly generation?: JsonObject
}

/** A `BadTokenizer`. */
export const badTokenizer = (
  cause: string,
  remedy = 'Give a folder with the tokenizer.json and tokenizer_config.json of the model.',
): EngineFault => fault('BadTokenizer', cause, remedy)

/** A token of tokenizer_config.json: its text, or an object that holds it. */
const contentOf = (token: unknown): unknown => (isJsonObject(token) ? token.content : token)

/**
 * Milliseconds in which so many characters are split: fifty times what is usual. The patterns by which a text is
 * split come with the checkpoint, and some never end.
 */
const millisecondsFor = (count: number): number => Math.ceil(500 + count / 50)

/** Longer texts are split under a time limit whatever the patterns; for shorter ones with known patterns it would cost more than splitting. */
const shortText = 20_000

const utf8 = new TextEncoder()

/** Ids of the special tokens, each of which is known to have one. */
const specialIds = (idOf: Tokenizer['idOf']): Tokenizer['ids'] => {
  const id = (name: keyof typeof specialTokens): number => idOf(specialTokens[name])!
  return {
    start: id('start'),
    end: id('end'),
    visionStart: id('visionStart'),
    visionEnd: id('visionEnd'),
    image: id('image'),
    video: id('video'),
  }
}

/** Gives a function from an id to its bytes of tokenizer.json: byte-level, or none (tokens joined by spaces). */
const bytesReader = (
  decoder: unknown,
  tokenOf: (id: number) => string | undefined,
  added: ReadonlySet<number>,
): E.Either<EngineFault, (id: number, first: boolean) => Uint8Array> => {
  const type = isJsonObject(decoder) ? decoder.type : undefined
  const known = new Map<number, Uint8Array>()
  if (type === undefined)
    return E.right((id: number, first: boolean) => {
      const token = tokenOf(id)
      return token === undefined ? new Uint8Array() : utf8.encode(first ? token : ` ${token}`)
    })
  if (type !== 'ByteLevel')
    return E.left(badTokenizer(`tokenizer.json has decoder ${brief(type)}, this library reads "ByteLevel" and none`))
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

/** A token of a text with its id, which is none where the vocabulary lacks it. */
interface Token {
  readonly id: number
  readonly token: string
}

/**
 * Splits a text: at added tokens, then what is between them at those that are looked for when it is normalised, then by the library. Where
 * one of the latter is found, the text around it is normalised twice, which is once for Unicode's forms.
 */
const tokensOf = (inner: HuggingFaceTokenizer, added: readonly AddedToken[]): ((text: string) => readonly Token[]) => {
  const normalise = (text: string): string => inner.normalizer?.normalize(text) ?? text
  const first = splitterOf(added.filter(({ normalized }) => !normalized))
  const second = splitterOf(
    added.filter(({ normalized }) => normalized),
    normalise,
  )
  const byLibrary = (text: string): readonly Token[] => {
    const { ids, tokens } = inner.encode(text, { add_special_tokens: false })
    return tokens.map((token: string, i: number) => ({ token, id: ids[i]! }))
  }
  const each = (sections: readonly Section[], plain: (text: string) => readonly Token[]): readonly Token[] =>
    sections.flatMap(part => (typeof part === 'string' ? plain(part) : [{ token: part.content, id: part.id }]))
  if (!added.some(({ normalized }) => normalized)) return text => each(first(text), byLibrary)
  return text =>
    each(first(text), between => {
      const sections = second(normalise(between))
      return sections.every(part => typeof part === 'string') ? byLibrary(between) : each(sections, byLibrary)
    })
}

/**
 * A tokenizer from parsed files of a Hugging Face folder, for files that do not lie in one: of a bundle, a data base, or made in
 * memory; `loadTokenizer` reads a folder. Memory: the vocabulary. `Left('BadTokenizer')` names what is missing: a special token of
 * Qwen2.5-VL, `eos_token`, a decoder that this library knows.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { tokenizerOf } from 'kinograd/engine'
 *
 * // A vocabulary of two words, split at white space, and the special tokens that prompts are made of.
 * const special = ['im_start', 'im_end', 'vision_start', 'vision_end', 'image_pad', 'video_pad'].map(name => `<|${name}|>`)
 * const vocab = Object.fromEntries([...special, 'red', 'ball'].map((token, id) => [token, id]))
 * const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
 * const tokenizer = tokenizerOf({
 *   tokenizer: {
 *     added_tokens: special.map((content, id) => ({ id, content, ...plain })),
 *     pre_tokenizer: { type: 'WhitespaceSplit' },
 *     model: { type: 'WordLevel', vocab, unk_token: '<unk>' },
 *     ...{ version: '1.0', normalizer: null, post_processor: null, decoder: null },
 *   },
 *   config: { eos_token: '<|im_end|>' },
 * })
 * assert(E.isRight(tokenizer))
 * assert.deepEqual(tokenizer.right.encode('red ball<|im_end|>'), E.right(Int32Array.of(6, 7, 1)))
 * assert.equal(E.isLeft(tokenizer.right.encode('red cube')), true)
 * ```
 */
export const tokenizerOf = ({
  tokenizer,
  config,
  template = qwenTemplate,
  generation,
}: TokenizerFiles): E.Either<EngineFault, Tokenizer> => {
  const list = E.mapLeft((why: string) => badTokenizer(`tokenizer.json: ${why}`))(addedTokens(tokenizer.added_tokens))
  if (E.isLeft(list)) return list
  const made = E.tryCatch(
    // Added tokens are found here: the library strips white space as JavaScript has it, and finds tokens inside words.
    () => new HuggingFaceTokenizer({ ...tokenizer, added_tokens: [] }, config),
    error => badTokenizer(`tokenizer.json: ${messageOf(error)}`),
  )
  if (E.isLeft(made)) return made
  const inner = made.right
  const ids = new Map(list.right.map(({ content, id }) => [content, id]))
  const added = new Map(list.right.map(token => [token.id, token]))
  const idOf = (token: string) => ids.get(token) ?? inner.token_to_id(token)
  const tokenOf = (id: number) => added.get(id)?.content ?? inner.id_to_token(id)
  const missing = Object.values(specialTokens).filter(token => !ids.has(token))
  if (missing.length > 0)
    return E.left(
      badTokenizer(
        `tokenizer.json lacks ${missing.length} of ${Object.keys(specialTokens).length} special tokens: ${missing.join(' ')}`,
      ),
    )
  const eosText = contentOf(config.eos_token)
  const eos = typeof eosText === 'string' ? idOf(eosText) : undefined
  if (eos === undefined)
    return E.left(badTokenizer(`tokenizer_config.json has eos_token ${brief(config.eos_token)}, not a token`))
  const bytes = bytesReader(tokenizer.decoder, tokenOf, new Set(added.keys()))
  if (E.isLeft(bytes)) return bytes
  const split = tokensOf(inner, list.right)
  const isKnown = hasKnownPatterns(tokenizer)
  const special = new Set([...added].flatMap(([id, token]) => (token.special ? [id] : [])))
  const bytePieces = (list: Iterable<number>) => Array.from(list, (id, i) => bytes.right(id, i === 0))
  const pieces = (list: Iterable<number>) => textsOf(bytePieces(list))
  return E.right({
    size: [...inner.get_vocab(true).values(), ...added.keys()].reduce((a, b) => Math.max(a, b), -1) + 1,
    eos,
    stop: stopTokens(eos, generation),
    ids: specialIds(idOf),
    special: [...special].flatMap(id => tokenOf(id) ?? []),
    idOf,
    encode: text => {
      const encoded =
        isKnown && text.length <= shortText
          ? E.tryCatch(() => split(text), messageOf)
          : inTime(millisecondsFor(text.length), () => split(text))
      if (E.isLeft(encoded))
        return E.left(badTokenizer(`a text of ${text.length} characters cannot be split: ${encoded.left}`))
      const unknown = encoded.right.findIndex(({ id }) => !Number.isInteger(id))
      const token = brief(encoded.right[unknown]?.token)
      return unknown < 0
        ? E.right(Int32Array.from(encoded.right, ({ id }) => id))
        : E.left(badTokenizer(`the text's token ${unknown}, ${token}, is none of the vocabulary's`))
    },
    decode: (list, { skipSpecial = false } = {}) =>
      pieces(skipSpecial ? Array.from(list).filter(id => !special.has(id)) : list).join(''),
    pieces,
    bytePieces,
    template,
  })
}
