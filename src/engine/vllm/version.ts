import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { insist } from '../tinker/remote/insist.ts'
import type { Link } from '../tinker/remote/link.ts'
import { badAnswer } from './link.ts'

/** The first version without CVE-2026-105758. */
const first = [0, 30] as const

const answer = t.type({ version: t.string })

const refused = (address: string, version: string): EngineFault =>
  fault(
    'Refused',
    `${address} runs vLLM ${version}, and those from 0.24 to before 0.30 have CVE-2026-105758 (media_io_kwargs of a request), older ones other advisories`,
    'Run vLLM 0.30 or later.',
  )

/** Whether a version is as new as the first that is taken; undefined where it is no version. */
const isNewEnough = (version: string): boolean | undefined => {
  const [, major, minor] = /^v?(\d{1,6})\.(\d{1,6})(?![\d])/.exec(version) ?? []
  if (major === undefined || minor === undefined) return undefined
  return Number(major) > first[0] || (Number(major) === first[0] && Number(minor) >= first[1])
}

/**
 * Asks a server which vLLM it is (`vllm/entrypoints/serve/instrumentator/basic.py`, `GET /version`). Left: `Refused` for those of
 * before 0.30, and for those that do not say it; `NoAnswer`, `BadAnswer`, `Cancelled`.
 */
export const checkVersion = async (link: Link, signal?: AbortSignal): Promise<E.Either<EngineFault, string>> => {
  const said = await insist(link, { verb: 'version', signal, seconds: 30 })
  if (E.isLeft(said)) return said
  const read = answer.decode(said.right)
  if (E.isLeft(read)) return E.left(badAnswer(link, 'version', 'no version'))
  const { version } = read.right
  const known = version.slice(0, 60)
  const enough = isNewEnough(version)
  if (enough === undefined) return E.left(badAnswer(link, 'version', `${JSON.stringify(known)}, which is no version`))
  return enough ? E.right(known) : E.left(refused(link.address, known))
}
