import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { messageOf } from '../../../flow/index.ts'
import { parseJson } from '../../../untrusted/index.ts'
import type { Engine } from '../../engine.ts'
import { decodeWith, whole } from '../wire/chunk.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { ModelShape } from './served.ts'

/** Weights that were saved, by names such as `tinker://MODEL/weights/NAME`. */
export interface Store {
  readonly save: (
    engine: Engine,
    shape: ModelShape,
    place: { readonly model: string; readonly kind: 'weights' | 'sampler_weights'; readonly name: string },
  ) => TE.TaskEither<Refusal, string>
  /** Where saved weights lie, and of which shape the model was. */
  readonly find: (path: string) => TE.TaskEither<Refusal, { readonly folder: string; readonly shape: ModelShape }>
}

const shapeCodec = t.intersection([
  t.type({ rank: whole, seed: whole }),
  t.partial({ alpha: t.union([t.number, t.undefined]) }),
])
const shapeFile = 'shape.json'

const word = /^[A-Za-z0-9_][\w.-]{0,127}$/
const pathPattern = /^tinker:\/\/([^/]+)\/(weights|sampler_weights)\/([^/]+)$/

const failed =
  (what: string) =>
  (error: unknown): Refusal => ({ status: 500, detail: `${what}: ${messageOf(error)}` })

/** Saves below a folder; names lead nowhere else. */
export const store = (directory: string): Store => ({
  save: (engine, shape, { model, kind, name }) => {
    if (!word.test(name))
      return TE.fromEither(refuse(400, `path ${name} must be one name of letters, digits, "_", "-" and "."`))
    const folder = join(directory, model, kind, name)
    return F.pipe(
      TE.tryCatch(async () => {
        await rm(folder, { recursive: true, force: true })
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, shapeFile), JSON.stringify(shape))
      }, failed('weights cannot be saved')),
      TE.flatMap(() =>
        F.pipe(
          engine.save(folder),
          TE.mapLeft((why): Refusal => ({ status: 500, detail: why.cause })),
        ),
      ),
      TE.map(() => `tinker://${model}/${kind}/${name}`),
    )
  },
  find: path => {
    const [, model = '', kind = '', name = ''] = pathPattern.exec(path) ?? []
    if (!(word.test(model) && word.test(name))) return TE.fromEither(refuse(404, `there are no weights ${path}`))
    const folder = join(directory, model, kind, name)
    return F.pipe(
      TE.tryCatch(
        () => readFile(join(folder, shapeFile), 'utf8'),
        () => ({ status: 404, detail: `there are no weights ${path}` }) as const,
      ),
      TE.flatMapEither(text =>
        F.pipe(
          parseJson(text),
          E.flatMap(decodeWith(shapeCodec)),
          E.map(shape => ({ folder, shape })),
          E.mapLeft((why): Refusal => ({ status: 500, detail: why })),
        ),
      ),
    )
  },
})
