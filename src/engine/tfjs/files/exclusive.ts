import { resolve } from 'node:path'

/** The last work on each folder that is under way. Emptied as it ends. */
const underWay = new Map<string, Promise<unknown>>()

/**
 * Has this process do one thing with a folder at a time, in the order of the calls, whichever engines ask: two that save into one folder
 * do not remove each other's files, and who loads from it meanwhile waits. `work` must not reject.
 */
export const exclusively = async <A>(directory: string, work: () => Promise<A>): Promise<A> => {
  const folder = resolve(directory)
  const before = underWay.get(folder)
  const now = before === undefined ? work() : before.then(work)
  underWay.set(folder, now)
  try {
    return await now
  } finally {
    if (underWay.get(folder) === now) underWay.delete(folder)
  }
}
