import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { teacherFault } from '../fault.ts'
import { jpegFrames } from '../jpeg.ts'
import { halfOf, listedPrices, type Price, type PriceList, priceOf } from '../prices.ts'
import { costOf } from '../spent.ts'
import type { Question, TeacherFault } from '../types.ts'
import { anthropicLimits, batchHours, type ServerLimits } from './limits.ts'
import { questionTokens } from './tokens.ts'

/** What is to be asked: how often, of whom, and some of the questions. */
export interface Planned {
  /** What it is for, as a person reads it: `annotate`, `judge`. */
  readonly name: string
  /** The teacher's name, as `claude:claude-haiku-5-5`: the price list goes by it. */
  readonly teacher: string
  /** How many questions there will be. */
  readonly requests: number
  /** Some of them, drawn at random, with their frames; 20 tell enough. */
  readonly sample: readonly Question[]
  /** Tokens of an answer, thinking included; 500 by default, which is an assumption: a few live answers tell better. */
  readonly answerTokens?: number
  /** The longest answer that is asked for; 2048 by default. */
  readonly maxTokens?: number
}

/** How it will be asked. */
export interface EstimateOptions {
  /** In batches: half the price, and a day at most instead of limits by the minute; false by default. */
  readonly batch?: boolean
  /** Bytes of one batch; 16 MB by default, as `claudeBatches` has it. */
  readonly batchBytes?: number
  /** `listedPrices` by default. */
  readonly prices?: PriceList
  /** `anthropicLimits` for teachers whose name begins with `claude:`, none for others. */
  readonly limits?: ServerLimits
  /** How long one answer takes, and how many are asked for at the same time: for servers without limits. */
  readonly speed?: { readonly secondsAnAnswer: number; readonly inFlight: number }
  /** Counts the tokens of a question exactly (`claudeTokens`); `questionTokens`, an approximation, by default. */
  readonly count?: (question: Question) => TE.TaskEither<TeacherFault, number>
}

/** What asking will take. Numbers are sums over all requests. */
export interface Estimate {
  readonly name: string
  readonly teacher: string
  readonly requests: number
  /** On how many questions it stands, and whether the provider counted their tokens. */
  readonly sampled: number
  readonly counted: boolean
  readonly inputTokens: number
  /** By the assumption about an answer's length. */
  readonly outputTokens: number
  /** Undefined where the price list does not have the teacher. */
  readonly dollars: number | undefined
  /** Every question as large as the largest of the sample, every answer as long as may be. */
  readonly dollarsAtMost: number | undefined
  /** Of the price list. */
  readonly pricesOf: string
  /** At least so many, by what bounds it; in batches at most so many. Undefined where nothing is known. */
  readonly hours: number | undefined
  readonly boundBy: string | undefined
  /** Bytes to send, images in base64. */
  readonly uploadBytes: number
  /** How many batches; 0 where it is asked live. */
  readonly batches: number
}

interface Measured {
  readonly tokens: number
  readonly bytes: number
}

const measured =
  (count: EstimateOptions['count']) =>
  (question: Question): TE.TaskEither<TeacherFault, Measured> =>
    F.pipe(
      count === undefined ? TE.right(questionTokens(question)) : count(question),
      TE.flatMap(tokens =>
        TE.tryCatch(
          async () => {
            const images = question.frames === undefined ? [] : await jpegFrames(question.frames)
            const text = Buffer.byteLength(question.prompt)
            return { tokens, bytes: 400 + text + images.reduce((sum, image) => sum + image.length + 100, 0) }
          },
          error => teacherFault('BadRequest', `the frames cannot be encoded: ${error}`, 'Look at the frames.'),
        ),
      ),
    )

/** The most requests of one batch. */
const batchRequests = 100_000

interface Bound {
  readonly hours: number
  readonly by: string
}

/** The longest of what bounds it. */
const slowest = (bounds: readonly (Bound | undefined)[]): Bound | undefined =>
  bounds.reduce((worst, one) => (one !== undefined && !(one.hours <= (worst?.hours ?? -1)) ? one : worst), undefined)

const perMinute = (amount: number, limit: number | undefined, by: string): Bound | undefined =>
  limit === undefined ? undefined : { hours: amount / limit / 60, by }

const timeOf = (
  { requests }: Planned,
  [input, output]: readonly [number, number],
  { batch = false, speed }: EstimateOptions,
  limits: ServerLimits | undefined,
): Bound | undefined => {
  if (batch) {
    const rounds = Math.ceil(requests / (limits?.waitingInBatches ?? Number.POSITIVE_INFINITY))
    return requests === 0 ? undefined : { hours: batchHours * Math.max(1, rounds), by: 'the time limit of batches' }
  }
  const name = limits?.name ?? ''
  return slowest([
    perMinute(requests, limits?.requestsPerMinute, `requests a minute (${name})`),
    perMinute(input, limits?.inputTokensPerMinute, `input tokens a minute (${name})`),
    perMinute(output, limits?.outputTokensPerMinute, `output tokens a minute (${name})`),
    speed === undefined
      ? undefined
      : {
          hours: (requests * speed.secondsAnAnswer) / speed.inFlight / 3600,
          by: `${speed.secondsAnAnswer} s an answer, ${speed.inFlight} at a time`,
        },
  ])
}

/** The sums that a sample of measures stands for. */
const summed = (planned: Planned, options: EstimateOptions, sample: readonly Measured[]): Estimate => {
  const { name, teacher, requests, answerTokens = 500, maxTokens = 2048 } = planned
  const { batch = false, batchBytes = 16e6, prices = listedPrices, count } = options
  const mean = (of: (one: Measured) => number) => sample.reduce((sum, one) => sum + of(one), 0) / sample.length
  const listed = priceOf(teacher, prices)
  const price: Price | undefined = listed === undefined || !batch ? listed : halfOf(listed)
  const cost = (inputTokens: number, outputTokens: number) =>
    price === undefined ? undefined : requests * costOf({ inputTokens, outputTokens }, price)
  const tokens = mean(one => one.tokens)
  const input = Math.round(requests * tokens)
  const output = Math.round(requests * Math.min(answerTokens, maxTokens))
  const uploadBytes = Math.round(requests * mean(one => one.bytes))
  const limits = options.limits ?? (teacher.startsWith('claude:') ? anthropicLimits : undefined)
  const time = timeOf(planned, [input, output], options, limits)
  return {
    name,
    teacher,
    requests,
    sampled: sample.length,
    counted: count !== undefined,
    inputTokens: input,
    outputTokens: output,
    dollars: cost(tokens, Math.min(answerTokens, maxTokens)),
    dollarsAtMost: cost(Math.max(...sample.map(one => one.tokens)), maxTokens),
    pricesOf: prices.date,
    hours: time?.hours,
    boundBy: time?.by,
    uploadBytes,
    batches: batch ? Math.max(Math.ceil(uploadBytes / batchBytes), Math.ceil(requests / batchRequests)) : 0,
  }
}

/**
 * What asking will take in tokens, dollars and hours, before anything is sent: a sample is measured and stands for all.
 * Images count by Claude's rule (`imageTokens`), text by a third of its bytes unless `count` asks the provider. Holds the
 * JPEGs of one question at a time. Left: `BadRequest` for an empty sample, for numbers that are none and for frames that
 * cannot be encoded; faults of `count`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { estimate } from 'kinograd/teacher'
 *
 * const frames = { data: new Uint8Array(16 * 448 * 252 * 3), count: 16, height: 252, width: 448, times: [] }
 * const sample = [{ prompt: 'x'.repeat(2100), frames }]
 * const work = { name: 'annotate', teacher: 'claude:claude-haiku-5-5', requests: 162_000, sample }
 * const found = await estimate(work, { batch: true })()
 * assert(E.isRight(found))
 * assert.equal(found.right.dollars?.toFixed(0), '45')
 * assert.equal(found.right.hours, 24)
 * ```
 */
export const estimate = (planned: Planned, options: EstimateOptions = {}): TE.TaskEither<TeacherFault, Estimate> => {
  const { sample, requests, answerTokens = 500, maxTokens = 2048 } = planned
  const wrong = (cause: string, remedy: string) => TE.left(teacherFault('BadRequest', cause, remedy))
  if (sample.length === 0) return wrong(`${planned.name}: the sample is empty`, 'Give at least one question.')
  if (![requests, answerTokens, maxTokens].every(number => Number.isFinite(number) && number >= 0))
    return wrong(
      `${planned.name}: ${requests} requests, ${answerTokens} of at most ${maxTokens} tokens an answer`,
      'Give numbers of at least 0.',
    )
  return F.pipe(
    sample,
    TE.traverseSeqArray(measured(options.count)),
    TE.flatMapEither(measures => E.right(summed(planned, options, measures))),
  )
}
