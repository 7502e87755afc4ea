import type { Check } from './conformance/quantity.ts'

const kinds: Readonly<Record<string, () => Promise<{ readonly check: Check }>>> = {
  losses: () => import('./conformance/losses.ts'),
  rewards: () => import('./conformance/rewards.ts'),
  advantages: () => import('./conformance/advantages.ts'),
  qwen25vl: () => import('./conformance/qwen25vl.ts'),
  peft: () => import('./conformance/peft.ts'),
  vision: () => import('./conformance/vision.ts'),
  roundtrip: () => import('./conformance/roundtrip.ts'),
}

const [kind = '', path, option] = process.argv.slice(2)
const load = kinds[kind]
if (load === undefined || path === undefined) {
  console.error(`usage: npm run conformance -- KIND PATH [native|wasm]; kinds: ${Object.keys(kinds).join(', ')}`)
  process.exit(2)
}
const quantities = await (await load()).check(path, option)
for (const { name, cases, error, bound } of quantities) {
  const verdict = error <= bound ? 'ok' : 'BEYOND ITS BOUND'
  console.log(
    `${name.padEnd(36)} ${String(cases).padStart(6)} cases  largest error ${error.toExponential(2)}  bound ${bound.toExponential(0)}  ${verdict}`,
  )
}
process.exit(quantities.length > 0 && quantities.every(q => q.error <= q.bound) ? 0 : 1)
