import { forms, type Mistake, type Read } from '../../recipe/index.ts'
import { always, type Distribution } from '../../simulation/index.ts'

const { checked, number, setting, settings, shortOrLong } = forms

const values = setting('a list of numbers from 0', value =>
  Array.isArray(value) && value.length > 0 && value.every(one => typeof one === 'number' && one >= 0 && one < 1e12)
    ? value.map(Number)
    : undefined,
)

const names = '{ mean }, { median, sigma }, { from, to } or { values }'

/** The forms by the names that each is written with. */
const wanted: readonly (readonly string[])[] = [['mean'], ['median', 'sigma'], ['from', 'to'], ['values']]

const oneForm = (given: object): readonly Mistake[] => {
  const there = Object.keys(given)
  const whole = wanted.some(form => form.length === there.length && form.every(name => there.includes(name)))
  return whole ? [] : [{ path: [], says: `has ${there.join(', ') || 'nothing'}: give ${names}` }]
}

/** A quantity: a number, or how it is spread. `{ mean }` is exponential, `{ median, sigma }` lognormal, `{ from, to }` even, `{ values }` measured. */
export const spread = (what: string) =>
  shortOrLong(
    number({ from: 0, to: 1e9 }),
    checked(
      settings(
        {},
        {
          mean: number({ from: 0, to: 1e9 }),
          median: number({ from: 0, to: 1e9 }),
          sigma: number({ from: 0, to: 3 }),
          from: number({ from: 0, to: 1e9 }),
          to: number({ from: 0, to: 1e9 }),
          values,
        },
      ),
      given => [
        ...oneForm(given),
        ...(given.from !== undefined && given.to !== undefined && given.to < given.from
          ? [{ path: ['to'], says: `is ${given.to}, and ${what} begin at ${given.from}` }]
          : []),
      ],
    ),
  )

type SpreadSetting = Read<ReturnType<typeof spread>>

/** What is drawn from. */
export const spreadOf = (given: SpreadSetting): Distribution => {
  if (typeof given === 'number') return always(given)
  const { mean, median, sigma = 0, from = 0, to, values: measured } = given
  if (mean !== undefined) return { kind: 'exponential', mean }
  if (median !== undefined) return { kind: 'lognormal', median, sigma }
  if (to !== undefined) return { kind: 'uniform', from, to }
  return { kind: 'among', values: measured ?? [0] }
}
