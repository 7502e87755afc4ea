import { defect, fault } from '../flow/index.ts'

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
