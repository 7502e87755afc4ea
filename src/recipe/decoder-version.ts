import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'

const packageJson = t.type({ version: t.string })

/** The version of the package that decodes video in process; `its own` of a program of ffmpeg, which is installed apart. */
export const decoderVersion = (decoder: string): string =>
  decoder === 'node-av'
    ? F.pipe(
        E.tryCatch((): unknown => {
          const entry = createRequire(import.meta.url).resolve('node-av')
          return JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'))
        }, String),
        E.flatMap(packageJson.decode),
        E.match(
          () => 'unknown',
          ({ version }) => version,
        ),
      )
    : 'its own'
