/** Complaints of the muxer about times (they are written as they come), and about samples declared beyond the end of a file. */
const besidePictures = /non monotonically increasing dts|: partial file$/

/** At the seam of two edits a picture may name another for removal that the edit left out: none refers to it. */
const besideCounted = /mmco: unref short failure/

/** What decoders say of bytes that are no packet. */
const noPacket =
  /Invalid NAL unit size|missing picture in access unit|Error splitting the input|no frame!|Invalid data found|Error submitting (a )?packet/

/** The lines without those about bytes that are no packet. */
export const beyondSamples = (lines: readonly string[]): string[] => lines.filter(line => !noPacket.test(line))

/** What a run said about pictures, a line each, without addresses in memory and levels; `timed` as in `Info`. */
export const aboutPictures = (said: string, timed: boolean): string[] =>
  said
    .split('\n')
    .map(line =>
      line
        .replace(/ @ 0x[0-9a-f]+/g, '')
        .replace(/\[(?:error|fatal|panic)\] /, '')
        .trim(),
    )
    .filter(line => line !== '' && !besidePictures.test(line) && (timed || !besideCounted.test(line)))

/** The lines without those that are excused, each as often as it is there. */
export const unexcused = (lines: readonly string[], excused: readonly string[]): string[] => {
  const left = [...excused]
  return lines.filter(line => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
