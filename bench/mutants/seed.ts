import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

/** Copies a compiled room and seeds a fault into the copy; gives the copy's index. The room itself stays as it is. */
export const seed = (room: string, copy: string, mutant: Mutant | undefined): string => {
  rmSync(copy, { recursive: true, force: true })
  cpSync(room, copy, { recursive: true })
  // The one room above it that it imports.
  cpSync(join(room, '..', 'untrusted'), join(copy, '..', 'untrusted'), { recursive: true })
  if (mutant !== undefined) {
    const path = join(copy, mutant.file)
    const text = readFileSync(path, 'utf8')
    const found = text.match(spaceFree(mutant.find))?.length ?? 0
    if (found !== 1)
      throw new Error(`"${mutant.name}": the text to replace stands ${found} times in ${mutant.file}, not once`)
    writeFileSync(
      path,
      text.replace(spaceFree(mutant.find), () => mutant.put),
    )
  }
  return join(copy, 'index.js')
}

/** Finds a text whatever the white space in it. */
const spaceFree = (text: string): RegExp =>
  new RegExp(
    text
      .trim()
      .split(/\s+/)
      .map(word => word.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
      .join('\\s+'),
    'g',
  )
