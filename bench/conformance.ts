import type { Differ } from './conformance/differences.ts'
import type { Check } from './conformance/quantity.ts'

const quantities: Readonly<Record<string, () => Promise<{ readonly check: Check }>>> = {
  losses: () => import('./conformance/losses.ts'),
  rewards: () => import('./conformance/rewards.ts'),
  advantages: () => import('./conformance/advantages.ts'),
  qwen25vl: () => import('./conformance/qwen25vl.ts'),
  peft: () => import('./conformance/peft.ts'),
  vision: () => import('./conformance/vision.ts'),
  processor: () => import('./conformance/processor.ts'),
  roundtrip: () => import('./conformance/roundtrip.ts'),
}
/** Kinds that are compared case by case. */
const cases: Readonly<Record<string, () => Promise<{ readonly differ: Differ }>>> = {
  answers: () => import('./conformance/answers.ts'),
  judgements: () => import('./conformance/judgements.ts'),
  media: () => import('./conformance/media.ts'),
  'media-cases': () => import('./conformance/media-cases.ts'),
}

/** Prints the largest error of each quantity; whether all are within their bounds. */
const compareQuantities = async (check: Check, path: string, option?: string): Promise<boolean> => {
  const found = await check(path, option)
  for (const { name, cases, error, bound } of found) {
    const verdict = error <= bound ? 'ok' : 'BEYOND ITS BOUND'
    console.log(
      `${name.padEnd(36)} ${String(cases).padStart(6)} cases  largest error ${error.toExponential(2)}  bound ${bound.toExponential(0)}  ${verdict}`,
    )
  }
  return found.length > 0 && found.every(({ error, bound }) => error <= bound)
}

/** Prints a line for each case that differs; whether none does. */
const compareCases = async (differ: Differ, path: string): Promise<boolean> => {
  const { cases, lines } = await differ(path)
  for (const line of lines) console.log(line)
  console.log(`${cases - lines.length} of ${cases} cases agree`)
  return cases > 0 && lines.length === 0
}

const [kind = '', path, option] = process.argv.slice(2)
const quantity = Object.hasOwn(quantities, kind) ? quantities[kind] : undefined
const single = Object.hasOwn(cases, kind) ? cases[kind] : undefined
if (path === undefined || (quantity === undefined && single === undefined)) {
  const kinds = [...Object.keys(quantities), ...Object.keys(cases)]
  console.error(`usage: npm run conformance -- KIND PATH [native|wasm]; kinds: ${kinds.join(', ')}`)
  process.exit(2)
}
const agree =
  quantity !== undefined
    ? await compareQuantities((await quantity()).check, path, option)
    : single !== undefined && (await compareCases((await single()).differ, path))
process.exit(agree ? 0 : 1)
