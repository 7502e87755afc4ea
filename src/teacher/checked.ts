import { defect, fault } from '../flow/index.ts'

/** How long a server is waited for, and how often it is asked again. */
export interface Patience {
  /** Lost connections, cut answers, 408, 409, 429 and 5xx are tried again so often; 4 by default. */
  readonly maxRetries?: number
  /** For one try, the whole answer included; 120,000 by default. */
  readonly timeoutMs?: number
  /** The longest wait between two tries, whatever the server asks for; 60,000 by default. */
  readonly maxWaitMs?: number
}

const bad = (what: string, remedy: string): never => {
  throw defect(fault('BadOption', what, remedy))
}

/** Throws a `Defect` for a model, an address or a length of answers that no request can have. */
export const checkedTokens = (model: string, maxTokens: number, baseUrl: string | undefined): void => {
  if (model.trim() === '') bad('the name of the model is empty', 'Name a model')
  if (!(Number.isInteger(maxTokens) && maxTokens > 0)) bad(`maxTokens is ${maxTokens}`, 'Give a positive integer')
  if (baseUrl !== undefined && !(URL.canParse(baseUrl) && /^https?:$/.test(new URL(baseUrl).protocol)))
    bad(`the address of the server is ${JSON.stringify(baseUrl)}`, 'Give one that begins with http:// or https://')
}

/** Throws a `Defect` for a number outside its bounds; null and undefined pass. */
export const checkedNumber = (name: string, value: number | null | undefined, least: number, most: number): void => {
  if (value !== undefined && value !== null && !(value >= least && value <= most))
    bad(`${name} is ${value}`, `Give a number from ${least} to ${most}`)
}

/** The patience with what was left out; throws a `Defect` for one that cannot be had. */
export const checkedPatience = ({
  maxRetries = 4,
  timeoutMs = 120_000,
  maxWaitMs = 60_000,
}: Patience): Required<Patience> => {
  if (!(Number.isInteger(maxRetries) && maxRetries >= 0))
    bad(`maxRetries is ${maxRetries}`, 'Give an integer of at least 0')
  for (const [name, ms] of Object.entries({ timeoutMs, maxWaitMs }))
    if (!(ms > 0 && ms < 2 ** 31)) bad(`${name} is ${ms}`, 'Give milliseconds between 0 and 2,147,483,647')
  return { maxRetries, timeoutMs, maxWaitMs }
}
