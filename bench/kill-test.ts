import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { flagsHelp, parseFlags } from 'kinograd/run'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { differing } from './kill-test/compare.ts'
import { type Ended, type Job, type Kill, runJob, savedSeconds } from './kill-test/process.ts'

/*
 * Kills the main job at random instants, resumes it, and compares what it comes to with a run that nobody disturbed. Half of the kills are
 * drawn over the whole of the work, half over the first moments of a process that resumes.
 */

const flags = {
  kills: { kind: 'integer', value: '40', min: 1, help: 'how often (40)' },
  seed: { kind: 'integer', value: '1', min: 0, help: 'seed of the instants, and of the job (1)' },
  size: {
    kind: 'text',
    value: 'quick',
    choices: ['quick', 'tiny'],
    help: 'the preset quick of the main job, or its phases at a size of seconds (quick)',
  },
  backend: {
    kind: 'text',
    value: 'native',
    choices: ['native', 'wasm', 'cpu'],
    help: 'the best that works; for tiny, wasm',
  },
  help: { kind: 'switch', help: 'this text' },
} as const

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What the kills came to: the JSON line. */
interface Told {
  kills: number
  /** Kills after which the run was resumed. */
  resumed: number
  /** Kills of runs that ended as the one that nobody disturbed. */
  equal: number
  secondsLostMax: number
}

const failed = (what: string, { code, said }: Ended): Error => new Error(`${what} ended with ${code}: ${said.trim()}`)

/** Runs the job in one folder with kills at instants of its work, each second one followed by one while it resumes. */
const broken = async (
  job: Job,
  folder: string,
  { works, resumes, starting }: { works: readonly number[]; resumes: number; starting: number },
  random: () => number,
  say: (line: string) => void,
): Promise<{ readonly work: number; readonly resume: number; readonly resumed: number; readonly lost: number }> => {
  const count = { work: 0, resume: 0, resumed: 0, lost: 0 }
  let inResume = false
  for (let processes = 0; ; processes++) {
    const next = works[count.work]
    const kill: Kill | undefined =
      inResume && count.resume < resumes
        ? { after: random() * 1.3 * starting, from: 'start' }
        : next === undefined
          ? undefined
          : { after: next, from: 'work' }
    const ended = await runJob(job, folder, { resume: processes > 0, ...(kill === undefined ? {} : { kill }) })
    if (processes > 0) count.resumed += 1
    if (!ended.killed) {
      if (ended.code !== 0) throw failed(`process ${processes}`, ended)
      return count
    }
    count[kill?.from === 'start' ? 'resume' : 'work'] += 1
    count.lost = Math.max(count.lost, ended.lost)
    say(
      `killed after ${ended.worked.toFixed(1)} s of work, ${ended.lost.toFixed(1)} s lost${kill?.from === 'start' ? ', while it resumed' : ''}`,
    )
    // What is left over of kills during a resume follows each other.
    inResume = kill?.from === 'work' || resumes - count.resume > works.length - count.work
  }
}

const killTest = async (job: Job, kills: number, seed: number, say: (line: string) => void): Promise<Told> => {
  const root = await mkdtemp(join(tmpdir(), 'kinograd-kills-'))
  const generator = xoroshiro128plus(seed)
  const random = (): number => uniformFloat64(generator)
  const told: Told = { kills: 0, resumed: 0, equal: 0, secondsLostMax: 0 }
  try {
    const whole = join(root, 'unbroken')
    const unbroken = await runJob(job, whole, { resume: false })
    if (unbroken.code !== 0) throw failed('the unbroken run', unbroken)
    const length = savedSeconds(whole)
    say(`unbroken: ${length.toFixed(1)} s, of which a start takes ${unbroken.starting.toFixed(1)} s`)
    const all = { work: Math.ceil(kills / 2), resume: Math.floor(kills / 2) }
    const left = { ...all }
    for (let n = 0; left.work + left.resume > 0; n++) {
      const folder = join(root, `broken-${n}`)
      const parts = Math.max(1, left.work)
      // One instant in each part of the work, so that all phases are met.
      const works = Array.from({ length: parts }, (_, i) => ((i + random()) * length) / parts)
      const came = await broken(job, folder, { works, resumes: left.resume, starting: unbroken.starting }, random, say)
      const different = differing(whole, folder)
      const mine = came.work + came.resume
      if (different.length > 0) say(`differs in ${different.join(', ')}`)
      told.kills += mine
      told.resumed += Math.min(came.resumed, mine)
      told.equal += different.length === 0 ? mine : 0
      told.secondsLostMax = Math.max(told.secondsLostMax, Number(came.lost.toFixed(2)))
      left.work = Math.max(0, left.work - came.work)
      left.resume = Math.max(0, left.resume - came.resume)
      await rm(folder, { recursive: true })
    }
    return told
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const main = async (args: readonly string[]): Promise<number> => {
  const parsed = parseFlags(flags, [], args)
  if (E.isLeft(parsed)) {
    process.stderr.write(`kill-test: ${parsed.left.cause}. ${parsed.left.remedy}\n`)
    return 2
  }
  const { kills = 40, seed = 1, size = 'quick', backend, help } = parsed.right.flags
  if (help) {
    process.stdout.write(`npm run kill-test -- [flags]\n\n${flagsHelp(flags)}\n`)
    return 0
  }
  const quick = (folder: string) => [
    at('../examples/videop2r/main.js'),
    ...['--preset', 'quick', '--seed', String(seed), '--out', folder],
    ...(backend === undefined ? [] : ['--backend', backend]),
  ]
  const tiny = (folder: string) => [at('kill-test/job.js'), folder, String(seed), backend ?? 'wasm']
  try {
    const told = await killTest({ args: size === 'quick' ? quick : tiny }, kills, seed, line =>
      process.stderr.write(`${line}\n`),
    )
    process.stdout.write(`${JSON.stringify(told)}\n`)
    return told.equal === told.kills && told.resumed === told.kills ? 0 : 1
  } catch (error) {
    process.stderr.write(`kill-test: ${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
