import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'
import { type Room, rooms } from './mutation/rooms.ts'
import { compare, type Equivalents, score, survivors } from './mutation/survivors.ts'

/**
 * `npm run mutation -- ROOM [FILE…]`: StrykerJS changes the room's source in one place after the other; tests have to notice. Exit 1 where a
 * mutant survives that bench/mutation/equivalent.json does not name, where that list names one that does not survive, and where the
 * score is below the room's least. With files (`loss/kl.ts`) only those are changed.
 */
const [name = '', ...files] = process.argv.slice(2)
const room: Room | undefined = Object.entries(rooms).find(([known]) => known === name)?.[1]
if (room === undefined) {
  console.error(`"${name}" is no room under mutation. Name one of: ${Object.keys(rooms).join(', ')}`)
  process.exit(2)
}

const mutants = await new Stryker({
  mutate: files.length > 0 ? files.map(file => `src/${name}/${file}`) : [`src/${name}/**/*.ts`],
  testRunner: 'in-process',
  inProcess: room.tests,
  plugins: [fileURLToPath(new URL('./mutation/in-process.js', import.meta.url))],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  disableTypeChecks: false,
  tsconfigFile: 'none',
  ignorePatterns: ['**', '!src/**', '!test/**', '!bench/**', '!package.json'],
  tempDirName: 'build/stryker',
  reporters: ['as-found', 'progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: false },
  jsonReporter: { fileName: `build/mutation/${name}.json` },
  htmlReporter: { fileName: `build/mutation/${name}.html` },
  timeoutMS: 15_000,
  timeoutFactor: 3,
  warnings: { unknownOptions: false, slow: false, preprocessorErrors: true, unserializableOptions: true },
  allowConsoleColors: false,
}).runMutationTest()

const listed: Equivalents = JSON.parse(readFileSync('bench/mutation/equivalent.json', 'utf8'))
const changed = new Set(mutants.map(({ fileName }) => relative('.', fileName)))
const concerned = Object.fromEntries(Object.entries(listed).filter(([file]) => changed.has(file)))
const found = survivors(
  mutants.map(mutant => ({ ...mutant, fileName: relative('.', mutant.fileName) })),
  file => readFileSync(file, 'utf8'),
)
const { unlisted, stale } = compare(found, concerned)
for (const { file, at, line, mutant } of unlisted) console.log(`SURVIVED ${file}:${at}  ${mutant}\n         in ${line}`)
for (const { file, line, mutant } of stale) console.log(`NO SURVIVOR ${file}  ${mutant}\n         in ${line}`)
const reached = score(mutants)
console.log(
  `${name}: ${reached.toFixed(2)} % of ${mutants.length} mutants noticed; ${found.length} survive, ${found.length - unlisted.length} of them equivalent by bench/mutation/equivalent.json`,
)
const low = files.length === 0 && reached < room.least
if (low) console.log(`The least for ${name} is ${room.least} % (bench/mutation/rooms.ts)`)
process.exit(unlisted.length + stale.length === 0 && !low ? 0 : 1)
