import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { bootId } from './living.ts'
import { fingerprint, firstDamage, type Manifest, readManifest } from './manifest.ts'
import { machine, type Proof, proofPath, readProof, writeProof } from './proof.ts'
import { diedStarting, forgetDied } from './starting.ts'
import { byLoader, type Trial, type TrialOptions, tryNative } from './trial.ts'
import { trustedFolder } from './trusted.ts'

/**
 * Why a build is not used. `absent` and `damaged` ones are made anew by an installation; one that is whole and yet does not start
 * here (`unfit`), or that others could have changed (`untrusted`), is for its owner to look at.
 */
export interface NoBuild {
  readonly kind: 'absent' | 'damaged' | 'unfit' | 'untrusted'
  readonly why: string
}

const no = (kind: NoBuild['kind'], why: string): E.Either<NoBuild, never> => E.left({ kind, why })

const damaged = (directory: string, what: string): string =>
  `the build in ${directory} is damaged: ${what}; \`npm run native\` makes it anew`

/**
 * Why a build's files are not those that were installed, by reading all of them; nothing when they are. What to do after a start that
 * failed.
 */
export const damageOf = async (directory: string): Promise<string | undefined> => {
  const listed = await readManifest(directory)
  const damage = E.isLeft(listed) ? listed.left : await firstDamage(directory, listed.right.manifest)
  return damage === undefined ? undefined : damaged(directory, damage)
}

/** What would be known of a build, were its files found to be right now. */
const asItIs = (directory: string, manifest: Manifest, name: string): Omit<Proof, 'trial'> => ({
  boot: bootId(),
  machine: machine(),
  manifest: name,
  fingerprint: fingerprint(directory, manifest),
})

/** Tries a build in a child process, and keeps that it works. */
const prove = async (
  directory: string,
  known: Omit<Proof, 'trial'>,
  options: TrialOptions,
): Promise<E.Either<NoBuild, Trial>> => {
  const died = diedStarting(directory)
  const tried = await tryNative(byLoader, join(directory, 'load.cjs'), options)()
  if (E.isLeft(tried)) {
    const why = `the compiled binding is whole and does not start on this machine (${tried.left})`
    return no('unfit', `${why}; KINOGRAD_NATIVE=off does without it, and where ${directory} is removed it is made anew`)
  }
  forgetDied(directory, died)
  await writeProof(proofPath(directory), { ...known, trial: tried.right })
  return tried
}

/** Tries a build that was just made and listed. */
export const proveBuild =
  (directory: string, options: TrialOptions = {}): TE.TaskEither<NoBuild, Trial> =>
  async () => {
    const listed = await readManifest(directory)
    if (E.isLeft(listed)) return no('damaged', damaged(directory, listed.left))
    return prove(directory, asItIs(directory, listed.right.manifest, listed.right.name), options)
  }

/**
 * What TensorFlow did when it was tried, of a build that is whole and works here. All bytes are read and compared once a boot of the machine, whenever
 * the file system says that something changed, and when a start before died; it is tried in a child process on each machine that it
 * is new to. What was found out is kept, and a start that finds it so takes a few milliseconds.
 */
export const verifiedBuild =
  (directory: string, options: TrialOptions = {}): TE.TaskEither<NoBuild, Trial> =>
  async () => {
    const trusted = trustedFolder(directory)
    if (E.isLeft(trusted)) return no('untrusted', trusted.left)
    if (!existsSync(directory)) return no('absent', `no compiled binding in ${directory}`)
    const listed = await readManifest(directory)
    if (E.isLeft(listed)) return no('damaged', damaged(directory, listed.left))
    const { manifest, name } = listed.right
    const before = await readProof(proofPath(directory))
    const now = asItIs(directory, manifest, name)
    const isThis = before?.manifest === name && before.machine === now.machine
    const worked = isThis && diedStarting(directory).length === 0
    const trial = worked && typeof before.trial !== 'string' ? before.trial : undefined
    const same = now.boot !== undefined && before?.boot === now.boot && before.fingerprint === now.fingerprint
    if (trial !== undefined && same) return E.right(trial)
    const damage = await firstDamage(directory, manifest)
    if (damage !== undefined) return no('damaged', damaged(directory, damage))
    if (trial === undefined) return prove(directory, now, options)
    await writeProof(proofPath(directory), { ...now, trial })
    return E.right(trial)
  }
