import type { PlainFile } from '../file.ts'
import { containers } from '../formats.ts'
import { blockPixels, type Limits } from '../limits.ts'

/**
 * Arguments that open a plain file safely: the `file:` prefix on an absolute path (no name is an option, a protocol or
 * a pattern), no other protocol, no playlist formats, no oversized pictures.
 */
export const input = (file: PlainFile, limits: Limits, before: readonly string[] = []): string[] => [
  '-hide_banner',
  '-nostdin',
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  containers,
  '-max_pixels',
  String(blockPixels(limits)),
  ...before,
  '-i',
  `file:${file.path}`,
  ...(file.videoStream === undefined ? [] : ['-map', `0:V:${file.videoStream}`]),
  '-an',
  '-sn',
  '-dn',
]
