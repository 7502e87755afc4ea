import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyFindings } from '../../src/run/cli/copies.ts'

let project = ''
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'kinograd-copies-'))
  const copy = join(project, 'node_modules/rxjs')
  await mkdir(copy, { recursive: true })
  await writeFile(join(copy, 'package.json'), '{ "name": "rxjs", "version": "7.8.0", "main": "index.js" }')
  await writeFile(join(copy, 'index.js'), '')
})
afterAll(() => rm(project, { recursive: true }))

test('a second copy of rxjs is named with both versions and what to do', () => {
  expect(copyFindings(project)).toEqual([
    {
      name: 'rxjs',
      state: 'slow',
      says: expect.stringMatching(/^two copies, 7\.8\.0 of the project and 7\.\d+\.\d+ of kinograd: /),
      todo: 'npm dedupe leaves one; npm ls rxjs says who asks for which.',
    },
  ])
})

test('one copy, and a project without any, are nothing to say', () => {
  expect(copyFindings(process.cwd())).toEqual([])
  expect(copyFindings(tmpdir())).toEqual([])
})
