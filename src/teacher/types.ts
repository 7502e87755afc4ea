import type { taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Frames } from '../media/index.ts'

/** What can go wrong with a teacher, by name. */
export const teacherFaults = [
  'Refused',
  'Truncated',
  'Unreadable',
  'RateLimited',
  'SpendLimit',
  'Unreachable',
  'TimedOut',
  'Cancelled',
  'BadRequest',
  'NoModel',
  'NoKey',
  'BadCache',
  'BadJournal',
  'NoSpace',
  'NoBatch',
  'Locked',
] as const

/**
 * `Refused`: the model or its filter declined · `Truncated`: the answer ended before it was done · `Unreadable`: it
 * answered, but not what was asked · `RateLimited`, `Unreachable`, `TimedOut`: still so after the retries ·
 * `SpendLimit`: the account's money, or one's own budget, is at its end · `BadRequest`: the server will never accept
 * this question · `NoModel`: no such model at this address · `NoKey`: no key, or not accepted · `BadCache`: the cache
 * folder cannot be read or written · `BadJournal`: neither can the journal of batches, or it is another teacher's ·
 * `NoSpace`: the disk is full · `NoBatch`: the server does not have a batch that the journal names · `Locked`: another
 * process works with that journal.
 */
export interface TeacherFault extends Fault<(typeof teacherFaults)[number]> {
  /** What the answer cost that was refused, cut or unreadable. */
  readonly usage?: Usage
}

/** Writes a chain of thought for one question about one clip. */
export interface Annotator<in R extends VideoRecord = VideoRecord> {
  /** Recorded with every annotation: scripted, or the model's id. */
  readonly name: string
  /** One that declares the request as its only parameter is given no signal of its own, as `Work` of `kinograd/flow`. */
  readonly annotate: (
    request: { readonly record: R; readonly prompt: string; readonly frames: Frames },
    signal: AbortSignal,
  ) => TE.TaskEither<TeacherFault, string>
}

/** What a judge finds, and in its words why, where those were asked for. */
export interface Judged {
  readonly sufficient: boolean
  readonly reason?: string
}

/**
 * Says whether an observation alone supports the correct answer. Reads text only (VideoP2R, equation 3).
 * An answer that stays unreadable is the fault `Unreadable`: the rollout is then unscored for its process, never a silent No.
 */
export interface Judge<in R extends VideoRecord = VideoRecord> {
  readonly name: string
  /** One that declares the request as its only parameter is given no signal of its own, as `Work` of `kinograd/flow`. */
  readonly judge: (
    request: {
      readonly record: R
      readonly observation: string
      /** Which of several votes this is, from 0: a cache must not answer the second with the first. */
      readonly voter?: number
    },
    signal: AbortSignal,
  ) => TE.TaskEither<TeacherFault, Judged>
}

/** One question to a language model. */
export interface Question {
  readonly prompt: string
  /** Shown before the text, in order. */
  readonly frames?: Frames
  /** The address of a video that is shown before the text, for servers that take one: `file:`, `http(s):` or `data:`. */
  readonly video?: string
  /** Which time this question is asked, from 0: a cache must not answer the second time with the first answer. */
  readonly attempt?: number
}

/** A teacher's answer and the tokens it took. */
export interface Answer {
  readonly text: string
  readonly usage: Usage
  /** What the model thought before it answered, where the server tells it apart from the text. */
  readonly reasoning?: string
}

/** Tokens billed. */
export interface Usage {
  /** At the full price: without what a prompt cache gave or took. */
  readonly inputTokens: number
  /** Thinking counts. */
  readonly outputTokens: number
  /** Read from the provider's prompt cache, at a fraction of the price. */
  readonly cacheReadTokens?: number
  /** Written to the provider's prompt cache. */
  readonly cacheWriteTokens?: number
  /** The server did not say what it billed. */
  readonly untold?: true
}

/** A language model that answers one question at a time: what annotators and judges are made from. */
export interface Teacher {
  /** Provider and model id. */
  readonly name: string
  /** Whatever else changes its answers (address, settings), as text: part of a cache's key. */
  readonly settings?: string
  readonly ask: (question: Question, signal: AbortSignal) => TE.TaskEither<TeacherFault, Answer>
}
