import { defect, fault } from './fault.ts'

/**
 * Refuses a Node.js that is older than `engines` in package.json, in one line instead of whatever fails first. Every room
 * imports this one, so it is asked whichever entry is imported. Bun and Deno, which name a Node of their own choice, and
 * browsers, which name none, are let through.
 */
const oldest = [20, 19] as const
const versions: Readonly<Record<string, string | undefined>> = globalThis.process?.versions ?? {}
const [major = 0, minor = 0] = (versions.node ?? '').split('.').map(Number)

if (
  versions.node !== undefined &&
  versions.bun === undefined &&
  versions.deno === undefined &&
  (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
)
  throw defect(
    fault(
      'OldNode',
      `kinograd needs Node.js ${oldest.join('.')} or later, and this is Node.js ${versions.node}`,
      'Install a newer Node.js (https://nodejs.org)',
    ),
  )
