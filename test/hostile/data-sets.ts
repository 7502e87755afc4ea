import { gzipSync } from 'node:zlib'
import { either as E } from 'fp-ts'
import { readRecords, resolveMedia } from 'kinograd/dataset'
import { brackets, type Hostile, hole, outcomeOf, outcomeOfAll, put } from './case.ts'

const row = (fields: object = {}): string =>
  JSON.stringify({
    ...{ problem_id: 1, problem: 'How many?', data_type: 'video', problem_type: 'numerical', options: [] },
    ...{ solution: '<answer>3</answer>', path: './1.mp4', ...fields },
  })
const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000)

/** A file of records with something between two good ones. */
const between = (name: string, bad: string, form: 'lines' | 'array', tag: string): Hostile => ({
  name: `${name}, in ${form}`,
  tag,
  read: 2,
  run: async folder => {
    const parts = [row(), bad, row({ problem_id: 2 })]
    const text = form === 'lines' ? parts.join('\n') : `[${parts.join(',')}]`
    return outcomeOfAll(readRecords(await put(folder, 'data.json', text)))
  },
})

const file = (name: string, tag: string, content: () => string | Uint8Array, read?: number): Hostile => ({
  name,
  tag,
  ...(read === undefined ? {} : { read }),
  run: async folder => outcomeOfAll(readRecords(await put(folder, 'data.json', content()))),
})

const forms = ['lines', 'array'] as const
/** A beginning, and 80 MB of the same letter, packed. */
const long = (beginning: string) => {
  const member = gzipSync(Buffer.alloc(1e6, 'a'), { level: 1 })
  return Buffer.concat([gzipSync(beginning), ...Array.from({ length: 80 }, () => member)])
}
/** A beginning, and 640 MB of empty lines, packed. */
const bomb = (lineEnd: string, beginning = '') => {
  const member = gzipSync(Buffer.alloc(1e6, lineEnd))
  return Buffer.concat([gzipSync(beginning), ...Array.from({ length: 640 }, () => member)])
}

export const dataSets: readonly Hostile[] = [
  ...forms.flatMap(form => [
    between('100,000 lists in one another', deep('[', ']'), form, 'BadJson'),
    between('100,000 objects in one another', `${deep('{"a":', '}').replace('}', '1}')}`, form, 'BadJson'),
    between('a field of 10 MB', row({ problem_type: 'x'.repeat(1e7) }), form, 'BadRecord'),
    between('10,000 wrong fields', row({ options: Array.from({ length: 1e4 }, (_, i) => i) }), form, 'BadRecord'),
    between(
      'escapes of a terminal',
      row({ problem_id: '\u001b[2J\u202e'.repeat(1000), solution: '' }),
      form,
      'BadRecord',
    ),
    between('a list of 200,000 brackets in a text', row({ options: brackets }), form, 'BadRecord'),
    between('a Python list that ends nowhere', row({ options: `['${'\\\\'.repeat(5e5)}` }), form, 'BadRecord'),
    between('fields of every object', '{"__proto__": {"problem": "x"}, "constructor": 1}', form, 'BadRecord'),
    between('a number beyond all', '{"problem_id": 1e999}', form, 'BadRecord'),
    between('a quote that is missing', row().replace('"How many?"', '"How many?'), form, 'BadJson'),
    between('a brace that is missing', row().slice(0, -1), form, 'BadJson'),
  ]),
  file('200,000 open brackets', 'BadJson', () => brackets),
  file('2 million commas', 'BadJson', () => `[${','.repeat(2e6)}${row()}]`, 1),
  file('a megabyte of quotes', 'BadJson', () => `[${'"'.repeat(1e6)}`),
  file('an array that is cut', 'BadJson', () => `[${row()},${row().slice(0, 40)}`, 1),
  file('a line of 80 MB, packed', 'BadJson', () => long(`${row()}\n`), 1),
  file('an element of 80 MB, packed', 'BadJson', () => long(`[${row()},"`), 1),
  file('640 MB of empty lines in 640 kB', 'BadFile', () => bomb('\n')),
  file('640 MB of empty lines behind a record', 'BadFile', () => bomb('\n', `${row()}\n`), 1),
  file('640 MB of empty lines of another system', 'BadFile', () => bomb('\r\n', `${row()}\r\n`), 1),
  file('640 MB of blanks between two elements', 'BadFile', () => bomb(' \n', `[${row()},`), 1),
  file('gzip that is cut', 'BadFile', () => gzipSync(`${row()}\n`.repeat(1000)).subarray(0, -9)),
  file('gzip of nothing known', 'BadFile', () =>
    Buffer.from([0x1f, 0x8b, 8, 0, ...Array.from({ length: 100 }, () => 0xff)]),
  ),
  file(
    'a byte that is no UTF-8',
    'BadFile',
    () => Buffer.concat([Buffer.from(`${row()}\n`), Buffer.of(0xff, 0x0a), Buffer.from(row())]),
    2,
  ),
  {
    name: 'a gigabyte of nothing',
    tag: 'BadJson',
    run: async folder => outcomeOfAll(readRecords(await hole(folder, 'data.json', 1e9, row()))),
  },
  { name: 'a device without end', tag: 'BadFile', run: () => outcomeOfAll(readRecords('/dev/zero')) },
  {
    name: 'paths that leave their root',
    tag: 'OutsideRoot',
    run: async folder => ({
      faults: ['../../etc/passwd', '/etc/passwd', 'a/\0', `${'../'.repeat(1e5)}x`].flatMap(path =>
        E.isLeft(resolveMedia(folder, { id: '\u001b', path }))
          ? outcomeOf(resolveMedia(folder, { id: '1', path })).faults
          : [],
      ),
    }),
  },
]
