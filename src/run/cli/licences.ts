import type { ForeignPart } from '../../media/index.ts'
import type { Finding } from './checks.ts'

const inWords = ({ by, holds, licence, gpl, nonfree }: ForeignPart): string => {
  const because = gpl.length > 0 ? ` (${gpl.join(', ')})` : ''
  const doubtful = nonfree.length > 0 ? `; with ${nonfree.join(', ')}, nonfree by FFmpeg's own rules` : ''
  return `${by}: ${holds}, ${licence}${because}${doubtful}`
}

/** Terms of compiled parts that matter to who passes an application on; who only runs it need do nothing. */
export const licenceFindings = (parts: readonly ForeignPart[]): readonly Finding[] =>
  parts.map((part, i): Finding => {
    const last = i === parts.length - 1
    const todo =
      'Passing an application on with these asks something of you: docs/licences.md. FFMPEG_BIN names an FFmpeg of your own.'
    return { name: 'licence', state: 'ok', says: inWords(part), ...(last ? { todo } : {}) }
  })
