import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('the script of the decoding threads is a CommonJS module too, as Bun and Deno read it', () => {
  const folder = fileURLToPath(new URL('../../src/engine/tfjs/', import.meta.url))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const path = files.find(file => /decode.threads\.ts$/.test(file)) ?? ''
  const script = /const helper = `([^`]*)`/.exec(readFileSync(`${folder}${path}`, 'utf8'))?.[1] ?? ''
  const asModule = (text: string) => new Function('exports', 'require', 'module', '__filename', '__dirname', text)
  expect(script).toContain('workerData')
  expect(() => asModule(script)).not.toThrow()
  expect(() => asModule(script.replaceAll('compiled', 'module'))).toThrow('module')
})
