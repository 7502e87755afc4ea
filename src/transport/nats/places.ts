import { queueName } from '../names.ts'
import type { Address, Kind } from '../transport.ts'

/** The stream of a run that holds messages of a kind. */
export const streamOf = (run: string, kind: Kind): string => `kinograd_${run}_${kind}`

/** Where a message is published: names and a hash, never what it is about. */
export const subjectOf = (kind: Kind, address: Address): string =>
  `kinograd.${kind}.${address.run}.${queueName(address)}.${address.key}`

/** All messages of a run of a kind. */
export const subjectsOf = (run: string, kind: Kind): string => `kinograd.${kind}.${run}.>`

/** All tasks of a queue. */
export const tasksOf = (run: string, queue: string): string => `kinograd.task.${run}.${queue}.>`

/** The key of a message by its subject. */
export const keyIn = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1)

/** The stream of a run's blobs. */
export const blobsOf = (run: string): string => `kinograd_${run}_blob`

/** All blobs of a run. */
export const blobSubjectsOf = (run: string): string => `kinograd.blob.${run}.>`

/** Where a piece of a blob is published, or all of them (`*`). A dot in a name would end it. */
export const pieceOf = (run: string, name: string, piece: number | '*'): string =>
  `kinograd.blob.${run}.${name.replaceAll('.', '_')}.${piece}`
