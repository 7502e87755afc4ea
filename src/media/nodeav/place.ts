import { either as E } from 'fp-ts'
import type { Frame } from 'node-av/lib'
import type { Info } from '../info.ts'
import { orientInto } from '../orientation.ts'
import { sizeChange } from '../picture-faults.ts'
import type { Request } from '../request.ts'
import type { OnSizeChange } from '../types.ts'
import type { Av } from './load.ts'
import { converter } from './pixels.ts'
import type { Steps } from './steps.ts'

/** Puts decoded pictures where a request wants them: RGB, of the clip's size, upright. */
export interface Placer {
  /** `SizeChange` for a picture of another size than the first one, unless those are scaled. */
  readonly place: (tick: number, frame: Frame) => Steps<void>
  readonly close: () => void
}

/** A placer for the pictures of one decoder. */
export const placer = (
  av: Av,
  { clip, line, layout }: Info,
  { request, onSizeChange }: { readonly request: Request; readonly onSizeChange: OnSizeChange },
): Placer => {
  const { stored, width, height, orientation } = layout
  const pixels = converter(av, width, height, 'picture')
  return {
    *place(tick, frame) {
      if (frame.width !== stored.width || frame.height !== stored.height) {
        if (onSizeChange === 'refuse')
          return E.left(sizeChange(clip.path, layout, frame, `at ${(tick * line.tick).toFixed(3)} s`))
        request.resized.add(tick)
      }
      const rgb = yield* pixels.convert(frame)
      if (E.isLeft(rgb)) return rgb
      const offset = (request.places.get(tick) ?? 0) * width * height * 3
      orientInto(rgb.right, width, height, orientation, request.data, offset)
      return E.right(undefined)
    },
    close: pixels.close,
  }
}
