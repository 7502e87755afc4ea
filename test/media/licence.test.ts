import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foreignParts } from 'kinograd/media'
import { describe, expect, test } from 'vitest'
import { ffmpegLicence } from '../../src/media/licence/ffmpeg-licence.ts'

describe('the licence of a build of FFmpeg follows from its configuration, as configure decides it', () => {
  test.each([
    ['', 'LGPL-2.1-or-later', [], []],
    ['--enable-libdav1d --enable-zlib', 'LGPL-2.1-or-later', [], []],
    ['--enable-version3 --enable-gmp', 'LGPL-3.0-or-later', [], []],
    ['--enable-gpl --enable-libx264', 'GPL-2.0-or-later', ['libx264'], []],
    [
      '--enable-gpl --enable-version3 --enable-libx265 --enable-libx264',
      'GPL-3.0-or-later',
      ['libx265', 'libx264'],
      [],
    ],
    ['--enable-gpl --enable-nonfree --enable-libfdk-aac', 'nonfree', [], ['libfdk-aac']],
    ['--enable-nonfree --enable-libfdk_aac', 'nonfree', [], ['libfdk-aac']],
    ['--enable-gpl --enable-version3 --enable-libfdk-aac', 'GPL-3.0-or-later', [], ['libfdk-aac']],
    ['--disable-gpl --extra-cflags=--no-gpl', 'LGPL-2.1-or-later', [], []],
  ])('%s', (configuration, licence, gpl, nonfree) => {
    expect(ffmpegLicence(configuration)).toEqual({ licence, gpl, nonfree })
  })
})

describe('what is compiled by others', () => {
  test('node-av and libvips are read as they are here', async () => {
    const parts = await foreignParts({})()
    expect(parts).toContainEqual({
      by: 'node-av',
      holds: expect.stringMatching(/^FFmpeg \d/),
      licence: 'GPL-3.0-or-later',
      gpl: ['libx264', 'libx265'],
      nonfree: ['libfdk-aac'],
    })
    expect(parts).toContainEqual(
      expect.objectContaining({
        holds: expect.stringMatching(/^libvips \d/),
        licence: expect.stringContaining('LGPL-3.0-or-later'),
      }),
    )
  })

  test.skipIf(process.platform === 'win32')(
    'an ffmpeg of FFMPEG_BIN says its own; another program is none',
    async () => {
      const room = await mkdtemp(join(tmpdir(), 'kinograd-licence-'))
      try {
        const path = join(room, 'ffmpeg')
        const says = (text: string) => writeFile(path, `#!/bin/sh\nprintf '${text}'\n`).then(() => chmod(path, 0o755))
        await says('ffmpeg version 7.1 Copyright\\nbuilt with gcc\\nconfiguration: --enable-libdav1d\\n')
        expect((await foreignParts({ FFMPEG_BIN: path })())[0]).toMatchObject({
          by: path,
          holds: 'FFmpeg 7.1',
          licence: 'LGPL-2.1-or-later',
        })
        await says('hello')
        expect((await foreignParts({ FFMPEG_BIN: path })()).map(({ by }) => by)).not.toContain(path)
      } finally {
        await rm(room, { recursive: true })
      }
    },
  )
})
