import { oneLine, shortBytes, shortNumber, speed } from './status-words.ts'

/** What the line knows of a phase beside how far it is. */
export interface PhaseNumbers {
  /** By name, as metrics have them. */
  readonly values: ReadonlyMap<string, number>
  readonly itemsPerSecond: number | undefined
  readonly tokensPerSecond: number | undefined
  readonly held: { readonly inFlight: number; readonly bytes: number } | undefined
  readonly sign: string | undefined
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

const rewards = (values: ReadonlyMap<string, number>): readonly string[] => {
  const byProcess = [...values].flatMap(([name, value]) => {
    const process = /^rewards\/(.+)\/mean$/.exec(name)?.[1]
    return process === undefined ? [] : [`${oneLine(process)} ${value.toFixed(2)}`]
  })
  const loss = values.get('loss')
  return byProcess.length > 0
    ? [`reward ${byProcess.slice(0, 6).join(' ')}`]
    : loss === undefined
      ? []
      : [`loss ${Number(loss.toPrecision(3))}`]
}

const share = (values: ReadonlyMap<string, number>, words: string, ...names: readonly string[]): readonly string[] => {
  const value = names.map(name => values.get(name)).find(one => one !== undefined)
  return value === undefined ? [] : [`${words} ${percent(value)}`]
}

/** The numbers as words, the most important first. */
export const piecesOf = ({ values, itemsPerSecond, tokensPerSecond, held, sign }: PhaseNumbers): readonly string[] => {
  const failures = values.get('failures') ?? 0
  return [
    ...(sign === undefined ? [] : [`! ${oneLine(sign)}`]),
    ...(itemsPerSecond === undefined ? [] : [speed(itemsPerSecond)]),
    ...rewards(values),
    ...share(values, 'constant', 'frac_reward_zero_std/pa_grpo', 'frac_reward_zero_std'),
    ...share(values, 'malformed', 'malformed'),
    ...(failures === 0 ? [] : [`${failures} failed`]),
    ...(tokensPerSecond === undefined ? [] : [`${shortNumber(tokensPerSecond)} tokens/s`]),
    ...(held === undefined ? [] : [`${held.inFlight} in flight`]),
    ...(held === undefined || held.bytes === 0 ? [] : [`${shortBytes(held.bytes)} held`]),
  ]
}

/** As many pieces behind a text as a line of so many columns takes; those that do not fit are left out, the others stay. */
export const fitted = (text: string, pieces: readonly string[], columns: number): string =>
  pieces.reduce((line, piece) => {
    const longer = `${line}  ${piece}`
    return longer.length < columns ? longer : line
  }, text)
