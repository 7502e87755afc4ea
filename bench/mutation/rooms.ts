import { readdirSync } from 'node:fs'

/** A room under mutation: the tests that have to notice, and the least share of mutants that they may kill, in percent. */
export interface Room {
  readonly tests: readonly string[]
  readonly least: number
}

const testsOf = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter(file => file.endsWith('.test.ts'))
    .map(file => `${folder}/${file}`)

export const rooms = {
  // Without test/laws, which notice much of it too, in seconds a mutant.
  advantage: { tests: testsOf('test/advantage'), least: 93 },
  process: { tests: testsOf('test/process'), least: 95 },
  // Answers stuffed with everything at once take as long as all other tests together, and notice what those do.
  reward: { tests: testsOf('test/reward').filter(file => !file.includes('stuffing')), least: 93 },
  // Laws for other programs start children, which never see a mutant. The seeded faults and all families take minutes a
  // mutant: `npm run mutants` and `npm test` try them.
  laws: { tests: testsOf('test/laws').filter(file => !/subprocess|faults|families/.test(file)), least: 50 },
} satisfies Readonly<Record<string, Room>>

/** Tests of a clock are left out: mutated source counts every step, and a slow machine would kill mutants. */
export const timed = /take no time|without end|a megabyte of|ten thousand tags|linear\.test\.ts/
