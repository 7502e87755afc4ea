import { createRequire } from 'node:module'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Finding } from './checks.ts'

/** The file and the version of a library as somebody finds it; nothing where there is none. */
const copyOf = (name: string, from: string): { readonly file: string; readonly version: string } | undefined => {
  const found = E.tryCatch(
    () => {
      const require = createRequire(from)
      const { version }: { readonly version: unknown } = require(`${name}/package.json`)
      return { file: require.resolve(name), version: String(version) }
    },
    () => undefined,
  )
  return E.isRight(found) ? found.right : undefined
}

/**
 * Whether the project in a folder and this package share one copy of the libraries whose values pass between them. Two copies
 * work together, but the compiler tells their classes apart, in errors of many lines that do not say why.
 */
export const copyFindings = (
  folder: string,
  names: readonly string[] = ['rxjs', 'fp-ts'],
  here: string = import.meta.url,
): readonly Finding[] =>
  names.flatMap((name): readonly Finding[] => {
    const ours = copyOf(name, here)
    const theirs = copyOf(name, join(folder, 'package.json'))
    if (ours === undefined || theirs === undefined || ours.file === theirs.file) return []
    const says = `two copies, ${theirs.version} of the project and ${ours.version} of kinograd: they work together, but not for the compiler`
    const todo = `npm dedupe leaves one; npm ls ${name} says who asks for which.`
    return [{ name, state: 'slow', says, todo }]
  })
