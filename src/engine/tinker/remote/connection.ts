import { either as E } from 'fp-ts'
import type { EngineFault, Prompt, TrainGroup } from '../../engine.ts'
import type { Row } from './datum.ts'
import { encodePrompt } from './encode.ts'
import type { Link } from './link.ts'
import type { TinkerOptions } from './options.ts'
import type { Capabilities } from './server.ts'
import type { ClientSession } from './session.ts'
import type { Trainee } from './trainee.ts'
import type { Uploads } from './upload.ts'

/** All that the verbs of an engine elsewhere share. */
export interface Connection {
  readonly link: Link
  readonly options: TinkerOptions
  readonly capabilities: Capabilities
  /** Another one after it was lost. */
  readonly session: () => ClientSession
  readonly uploads: Uploads
  /** The model that is trained now; another one after a load. */
  readonly trainee: () => Trainee
  /** Next number of a sampling session that is made without a model. */
  readonly nextSampler: () => number
}

/** Sequences as rows, prompts encoded once each and their media sent. `inputs` gives the numbers of the s-th sequence. */
export const rowsOf = async (
  { capabilities, uploads }: Connection,
  groups: readonly TrainGroup[],
  inputs: (s: number, completion: Int32Array) => Row['inputs'],
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, readonly Row[]>> => {
  const rows: Row[] = []
  const sent = await uploads.bring(
    groups.map(({ prompt }) => prompt),
    signal,
  )
  if (E.isLeft(sent)) return sent
  for (const { prompt, completions } of groups) {
    const encoded = await encodePrompt(prompt, capabilities)
    if (E.isLeft(encoded)) return encoded
    for (const completion of completions)
      rows.push({ prompt: encoded.right, completion, inputs: inputs(rows.length, completion) })
  }
  return E.right(rows)
}

/** Prompts of groups. */
export const promptsOf = (groups: readonly TrainGroup[]): readonly Prompt[] => groups.map(({ prompt }) => prompt)
