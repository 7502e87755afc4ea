import type { Decoder } from 'kinograd/media'

/** A decoder that notes what it is really asked for, each time. */
export const counting = (decoder: Decoder) => {
  const asked: string[] = []
  const noted =
    <A extends readonly unknown[], B>(name: string, ask: (...asked: A) => () => B) =>
    (...about: A) =>
    (): B => {
      asked.push(name)
      return ask(...about)()
    }
  return {
    asked,
    decoder: { ...decoder, probe: noted('probe', decoder.probe), frames: noted('frames', decoder.frames) },
  }
}
