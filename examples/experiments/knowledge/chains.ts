import type { CotRecord, VideoRecord } from 'kinograd/dataset'
import { type Code, digitOf, isTaught, numberOf, sayEntry } from './catalogue.ts'

/** A question about the number of the text that a clip shows. */
export const asking = (record: VideoRecord, number: number): VideoRecord => ({
  ...record,
  problem: 'what is the number for the text ?',
  problemType: 'numerical',
  options: [],
  answer: String(number),
})

/** The same clip’s question of what is written there: what an observation has to say is the same. */
export const reading = (record: VideoRecord, { letter, digit }: Code): VideoRecord => ({
  ...record,
  problem: 'what is the text ?',
  problemType: 'OCR',
  options: [],
  answer: `${letter} ${digit}`,
})

const chainOf = (record: VideoRecord, { letter, digit }: Code, number: number, known: string): CotRecord => {
  const observation = `<observation> notice letter shows ${letter} . number shows ${digit} . </observation>`
  const process = `<think> ${known}so it is ${number} . </think>`
  return {
    ...asking(record, number),
    observation,
    process,
    output: `${observation} ${process} <answer> ${number} </answer>`,
    reward: 1,
  }
}

/**
 * Chains with the entry of a catalogue in their thinking. Every record has a catalogue of its own, so that nothing can be learned by heart:
 * the entry is read.
 */
export const chainWithEntry = (record: VideoRecord, code: Code, seed: number): CotRecord => {
  const number = digitOf(`${seed} ${record.id} ${code.letter} ${code.digit}`)
  return chainOf(record, code, number, `${sayEntry(code, number)} `)
}

/** Chains without it, of the codes that are taught: their numbers can only be learned by heart. */
export const chainByHeart = (record: VideoRecord, code: Code, seed: number): readonly CotRecord[] =>
  isTaught(code) ? [chainOf(record, code, numberOf(code, seed), '')] : []
