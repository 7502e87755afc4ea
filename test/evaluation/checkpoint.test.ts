import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { orThrow } from 'kinograd/flow'
import { describe, expect, test } from 'vitest'
import { choiceRow, kinogradEval, resultsIn, workplace } from './made.ts'

describe('kinograd eval', () => {
  test('evaluates a checkpoint, with its clip and without', async () => {
    const root = await workplace({ 'q.json': [choiceRow(1)] })
    orThrow(await tinyPolicy().write(join(root, 'checkpoint'))())
    const args = ['q.json', '--policy', 'checkpoint', '--backend', 'cpu', '--max-tokens', '4', '--prompt', 'short.txt']
    await writeFile(join(root, 'short.txt'), '{problem}')
    for (const more of [
      ['--out', 'a', '--frames', '2'],
      ['--out', 'b', '--blind'],
    ]) {
      const { code, said } = await kinogradEval(root)(...args, ...more)
      expect(code, said).toBe(0)
    }
    expect((await resultsIn(join(root, 'a'))).results).toHaveLength(1)
  })
})
