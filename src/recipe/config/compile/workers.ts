import { createHash } from 'node:crypto'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../../flow/index.ts'
import { type NatsOptions, nats, type Transport } from '../../../transport/index.ts'
import type { Workers } from '../../workers.ts'
import type { AnnotationSetting } from '../settings/phases.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { type Place, pathAt } from './place.ts'

type WorkersSetting = Exclude<NonNullable<AnnotationSetting['workers']>, string>

const longForm = (given: NonNullable<AnnotationSetting['workers']>): WorkersSetting =>
  typeof given === 'string' ? { nats: given } : given

/** What a run is called among its workers: its name, in letters that every transport can carry. */
export const runNameOf = (name: string, { annotation }: RunSettings): string => {
  const { workers } = annotation ?? {}
  const own = workers === undefined ? undefined : longForm(workers).run
  return own ?? name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64)
}

/**
 * The version of the data pipeline: the hash of all settings that change what it makes of a record. Where media lie, how many records are
 * under way, and who does the work are another matter, and may differ between this process and the workers.
 */
export const versionOf = ({ media, teacher, judge, template, prompt, annotation, module }: RunSettings): string => {
  const { root: _, cache: __, ...looked } = media ?? {}
  const { tags, threshold } = annotation ?? {}
  const what = [looked, teacher, judge, template, prompt, tags, threshold, module]
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16)
}

const optionsOf = (place: Place, { nats: url, credentials, ca, cert, key }: WorkersSetting): NatsOptions => {
  const files = Object.entries({ credentials, ca, cert, key }).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, pathAt(place, path)] as const],
  )
  return { url, ...Object.fromEntries(files) }
}

/** The workers of a configuration; nothing where it names none. */
export const workersOf = (place: Place, name: string, settings: RunSettings): Workers | undefined => {
  const given = settings.annotation?.workers
  if (given === undefined) return undefined
  const transport: TE.TaskEither<Fault, Transport> = F.pipe(TE.of(optionsOf(place, longForm(given))), TE.flatMap(nats))
  return { transport, run: runNameOf(name, settings), version: versionOf(settings) }
}
