/**
 * GPT-2's byte-level alphabet, one character a byte: printable Latin-1 stands for itself, the 68 others for U+0100 and on
 * (bytes_to_unicode in tokenization_gpt2.py of transformers).
 */
export const byteLevelAlphabet: readonly string[] = (() => {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174
  let hidden = 256
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : hidden++))
})()

const byteOf: ReadonlyMap<string, number> = new Map(byteLevelAlphabet.map((character, b) => [character, b]))

/** A text in the byte-level alphabet: one character for each byte of its UTF-8. */
export const byteLevelText = (text: string): string =>
  Array.from(new TextEncoder().encode(text), b => byteLevelAlphabet[b]).join('')

/** The bytes that a token of a byte-level vocabulary stands for; nothing when it holds a character outside the alphabet. */
export const byteLevelBytes = (token: string): Uint8Array | undefined => {
  const bytes = Array.from(token).flatMap(character => byteOf.get(character) ?? [])
  return bytes.length === Array.from(token).length ? Uint8Array.from(bytes) : undefined
}

/**
 * Texts of pieces whose concatenation is the decoded text of all bytes. A character that several pieces share goes to the one that
 * completes it; bytes that are no UTF-8 become U+FFFD, as Hugging Face decodes them.
 */
export const textsOf = (pieces: readonly Uint8Array[]): readonly string[] => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return pieces.map((bytes, i) => {
    const text = decoder.decode(bytes, { stream: true })
    return i === pieces.length - 1 ? text + decoder.decode() : text
  })
}
