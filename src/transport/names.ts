import { createHash } from 'node:crypto'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'
import type { Queue } from './transport.ts'

const form = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** A name of a run or a stage that every transport can carry. Left: `BadName`. */
export const checkName = (what: 'run' | 'stage', name: string): E.Either<Fault, string> =>
  form.test(name)
    ? E.right(name)
    : E.left(
        fault(
          'BadName',
          `the name of a ${what} is ${brief(name, 80)}`,
          'Take letters, digits, - and _, 64 at most, a letter or digit first.',
        ),
      )

/** SHA-256 of a text or bytes, in hexadecimal. */
export const sha256 = (of: string | Uint8Array): string => createHash('sha256').update(of).digest('hex')

/** A name of a blob: who owns it, and what it holds. */
export const blobName = (owner: string, hash: string): string => `${owner}.${hash.slice(0, 32)}`

/** The queue's name beside others of its run: the stage, and the beginning of its version's hash. */
export const queueName = ({ stage, version }: Pick<Queue, 'stage' | 'version'>): string =>
  `${stage}-${sha256(version).slice(0, 8)}`

/** Whether a queue's name is of that stage, in whatever version. */
export const isOfStage = (stage: string, name: string): boolean =>
  name.length === stage.length + 9 && name.startsWith(`${stage}-`)

/** What a worker says that waits for a queue. */
export const waitingFor = ({ run, stage, version }: Queue, others: readonly string[]): string =>
  others.length === 0
    ? `waiting for run ${run}: nobody has asked for ${stage} yet`
    : `waiting for run ${run}: it asks for ${others.join(', ')}, and this worker has ${queueName({ stage, version })}: give both the same configuration`
