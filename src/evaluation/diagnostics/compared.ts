import type { VideoRecord } from '../../dataset/index.ts'
import { letterIn, rightLetters } from '../letters.ts'

const plainWords = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** What a policy's answer says: a letter for multiple choice, null where it names none; else its words. */
export const saidIn = ({ problemType, options }: VideoRecord, answer: string): string | null =>
  problemType === 'multiple choice' ? letterIn(answer, options) : plainWords(answer)

/** Whether two answers to a question are the same: letters, options with equal texts counting as one, or words. */
export const isSameAnswer = (record: VideoRecord, one: string | null, other: string | null): boolean => {
  if (one === null || other === null) return false
  if (record.problemType !== 'multiple choice') return plainWords(one) === plainWords(other)
  return one === other || rightLetters({ ...record, answer: one }).includes(other)
}
