import { open } from 'node:fs/promises'
import { fault } from '../flow/index.ts'
import type { PlainFile } from './file.ts'
import type { MediaFault } from './types.ts'

/** What a file is instead of a video, and what to do about it. */
interface Impostor {
  readonly is: string
  readonly remedy: string
}

const again = 'Fetch the file again, and look at the answer of the server: it may ask for a login or say "not found".'

/** Texts that downloads leave where a video should be, by how they begin. */
const texts: readonly (readonly [RegExp, Impostor])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    { is: 'is a Git LFS pointer, not the file that it stands for', remedy: 'Run git lfs pull in its repository.' },
  ],
  [
    /^(?:<!--[\s\S]*?-->\s*)?<(?:!doctype html|html|head|body|script|meta|title)\b/i,
    { is: 'is a web page', remedy: again },
  ],
  [/^<\?xml\b/i, { is: 'is an XML text', remedy: again }],
  [/^[{[]\s*(?:["{[\]}]|$)/, { is: 'is a JSON text', remedy: again }],
  [
    /^(?:https?|ftp|s3|gs):\/\/\S+\s*$/i,
    { is: 'holds an address, not what is there', remedy: 'Fetch what the address names.' },
  ],
]

/** Signatures of files that are packed or no video at all. */
const signatures: readonly (readonly [string, string])[] = [
  ['504b0304', 'is a ZIP archive'],
  ['1f8b', 'is packed with gzip'],
  ['28b52ffd', 'is packed with Zstandard'],
  ['fd377a585a00', 'is packed with xz'],
  ['25504446', 'is a PDF'],
]

const impostor = (head: Buffer): Impostor | undefined => {
  if (head.every(byte => byte === 0))
    return {
      is: `begins with ${head.length} bytes that are all 0`,
      remedy: 'Fetch the file again; room was made for it and its content was never written.',
    }
  const hex = head.toString('hex', 0, 8)
  const packed = signatures.find(([signature]) => hex.startsWith(signature))
  if (packed !== undefined) return { is: packed[1], remedy: 'Unpack it, and give the video inside.' }
  const text = head.toString('utf8').replace(/^\uFEFF?\s*/, '')
  return texts.find(([begins]) => begins.test(text))?.[1]
}

const headOf = async ({ path, bytes }: PlainFile): Promise<Buffer> => {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytes, 1024)), 0, Math.min(bytes, 1024), 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A fault that says what the file is instead of a video, where that can be seen; the fault as it was otherwise. */
export const explained = async (file: PlainFile, failed: MediaFault): Promise<MediaFault> => {
  const head = await headOf(file).catch(() => undefined)
  const found = head === undefined || head.length === 0 ? undefined : impostor(head)
  return found === undefined
    ? failed
    : fault(failed._tag === 'NotAnImage' ? 'NotAnImage' : 'NotAVideo', `${file.path} ${found.is}`, found.remedy)
}
