import { fault } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { type Link, linkTo } from '../tinker/remote/link.ts'
import type { VllmOptions } from './options.ts'

/** A way to a vLLM server: verbs are paths, and the key is a bearer's. */
export const vllmLink = ({ requestSeconds = 300, ...options }: VllmOptions): Link =>
  linkTo({ ...options, requestSeconds }, { path: '/', key: key => ({ Authorization: `Bearer ${key}` }) })

/** A `Left` of an answer that is none to what was asked. */
export const badAnswer = ({ address }: Pick<Link, 'address'>, verb: string, why: string): EngineFault =>
  fault(
    'BadAnswer',
    `${address} answers ${verb} with something else: ${why}`,
    'Check that it is vLLM of 0.30 or later that answers, and what stands between here and there.',
  )
