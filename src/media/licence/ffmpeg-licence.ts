/**
 * Libraries by what FFmpeg's own `configure` asks of a build that has them (EXTERNAL_LIBRARY_GPL_LIST, EXTERNAL_LIBRARY_GPLV3_LIST,
 * EXTERNAL_LIBRARY_NONFREE_LIST and HWACCEL_LIBRARY_NONFREE_LIST of FFmpeg 8.1).
 */
const gpl = new Set(
  'avisynth frei0r libcdio libdavs2 libdvdnav libdvdread librubberband libvidstab libx264 libx265 libxavs libxavs2 libxvid libsmbclient'.split(
    ' ',
  ),
)
const nonfree = new Set('decklink libfdk-aac libmpeghdec cuda-nvcc cuda-sdk libnpp'.split(' '))

/** Under which terms a build of FFmpeg is, by the options that it was configured with. */
export interface FfmpegLicence {
  /** By SPDX, or `nonfree`, which FFmpeg itself calls not redistributable. */
  readonly licence: 'LGPL-2.1-or-later' | 'LGPL-3.0-or-later' | 'GPL-2.0-or-later' | 'GPL-3.0-or-later' | 'nonfree'
  /** Its libraries under the GPL. */
  readonly gpl: readonly string[]
  /** Its libraries that an unchanged `configure` takes only with `--enable-nonfree`. */
  readonly nonfree: readonly string[]
}

/**
 * Reads a build's configuration, as `av_version_info`'s neighbours and `ffmpeg -version` print it, by the rules of FFmpeg's `configure`:
 * `--enable-gpl` and `--enable-version3` decide the licence, `--enable-nonfree` ends it.
 */
export const ffmpegLicence = (configuration: string): FfmpegLicence => {
  const enabled = new Set(
    [...configuration.matchAll(/--enable-([\w-]+)/g)].map(([, name = '']) => name.replaceAll('_', '-')),
  )
  const version3 = enabled.has('version3')
  const family = enabled.has('gpl') ? (version3 ? 'GPL-3.0-or-later' : 'GPL-2.0-or-later') : undefined
  const lesser = version3 ? 'LGPL-3.0-or-later' : 'LGPL-2.1-or-later'
  return {
    licence: enabled.has('nonfree') ? 'nonfree' : (family ?? lesser),
    gpl: [...enabled].filter(name => gpl.has(name)),
    nonfree: [...enabled].filter(name => nonfree.has(name)),
  }
}
