import { join } from 'node:path'

/** What is done beside a run in a process of its own: a run of an arm, or a policy of the evaluation on all questions. */
export interface Task {
  readonly kind: 'arm' | 'policy'
  readonly name: string
}

/** A task in words. */
export const taskInWords = ({ kind, name }: Task): string => (kind === 'arm' ? name : `evaluation of ${name}`)

/** The folder of what is done beside a run, inside of the run's: it is there while that goes on. */
export const folderBeside = (directory: string): string => join(directory, 'beside')

/** The folder of one task, a run of its own as long as it goes on. A policy may have any name. */
export const folderOf = (directory: string, { kind, name }: Task): string =>
  kind === 'arm'
    ? join(folderBeside(directory), 'arms', name)
    : join(folderBeside(directory), 'policies', encodeURIComponent(name).replaceAll('.', '%2E'))
