import { readFile } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault, messageOf } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'
import { listedPrices, type PriceList } from './prices.ts'

const dollars = new t.Type<number, number, unknown>(
  'dollars',
  (value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  (value, context) =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0 ? t.success(value) : t.failure(value, context),
  t.identity,
)
const priceList = t.readonly(
  t.type({
    date: t.string,
    prices: t.record(
      t.string,
      t.intersection([
        t.type({ input: dollars, output: dollars }),
        t.partial({ cacheRead: dollars, cacheWrite: dollars }),
      ]),
    ),
  }),
)

/**
 * Reads a price list of one's own, dollars per million tokens by teacher:
 * `{"date": "2026-12-01", "prices": {"openai-compatible:qwen2.5-vl": {"input": 0, "output": 0}}}`. It stands in place of the list
 * that comes along (`listedPrices`), which is given where there is no file. Left: `Usage`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { listedPrices, readPrices } from 'kinograd/teacher'
 *
 * assert.deepEqual(await readPrices(undefined)(), E.right(listedPrices))
 * const missing = await readPrices('nowhere.json')()
 * assert(E.isLeft(missing) && missing.left._tag === 'Usage')
 * ```
 */
export const readPrices = (path: string | undefined): TE.TaskEither<Fault, PriceList> =>
  path === undefined
    ? TE.right(listedPrices)
    : F.pipe(
        TE.tryCatch(
          () => readFile(path, 'utf8'),
          error => fault('Usage', `the price list ${path} cannot be read: ${messageOf(error)}`, 'Name a JSON file.'),
        ),
        TE.flatMapEither(text => {
          const value = parseJson(text)
          const list = E.isRight(value) ? priceList.decode(value.right) : undefined
          return list !== undefined && E.isRight(list)
            ? E.right(list.right)
            : E.left(
                fault(
                  'Usage',
                  `${path} is no price list`,
                  'Write {"date": "2026-12-01", "prices": {"claude:MODEL": {"input": 1, "output": 5}}}, dollars per million tokens.',
                ),
              )
        }),
      )
