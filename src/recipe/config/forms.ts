import { choice, flag, number, setting, share, text, texts, whole } from './codec/setting.ts'
import { checked, exactlyOne, list, named, settings, shortOrLong } from './codec/settings.ts'

/**
 * The forms that settings of a configuration have, to make a configuration of one's own of: `readSettings` reads it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { forms, readSettings } from 'kinograd/recipe'
 *
 * const mine = forms.settings({ size: forms.whole({ from: 1 }) }, { name: forms.text('a name') })
 * assert.deepEqual(readSettings(mine, 'mine.yaml', 'size: 3'), E.right({ size: 3 }))
 * const wrong = readSettings(mine, 'mine.yaml', 'name: x\nsize: 0')
 * assert.deepEqual(wrong, E.left(['mine.yaml:2: size: is 0, and must be a whole number from 1']))
 * ```
 */
export const forms = {
  checked,
  choice,
  exactlyOne,
  flag,
  list,
  named,
  number,
  setting,
  settings,
  share,
  shortOrLong,
  text,
  texts,
  whole,
} as const
