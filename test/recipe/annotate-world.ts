import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { videoRecord } from 'kinograd/dataset'
import { orThrow } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import sharp from 'sharp'
import { answeringServer, type Reply, type Seen } from '../teacher/fake-server.ts'

const side = 32

/** A question of the small world: record n of the set. */
export const question = (n: number) => `How many boxes does clip ${n} show?`

/** What the fixture's teacher finds in record n: sometimes wrong, off the template, or said of nothing. */
export const moodOf = (n: number): 'good' | 'wrong' | 'off' | 'vague' =>
  n % 9 === 4 ? 'wrong' : n % 9 === 6 ? 'off' : n % 9 === 7 ? 'vague' : 'good'

const chainOf = (n: number): string => {
  const [mood, answer] = [moodOf(n), String(1 + (n % 5))]
  const seen = mood === 'vague' ? 'There is something.' : `I see ${answer} boxes.`
  const said = mood === 'wrong' ? '9' : answer
  return mood === 'off'
    ? `There are ${answer}.`
    : `<observation>${seen}</observation> <think>So there are ${said}.</think><answer>${said}</answer>`
}

/** Which record a request is about, and whether the judge is asked. */
export const readAsked = ({ body }: Seen) => {
  const text = JSON.stringify(body)
  const [, n = ''] = /How many boxes does clip (\d+) show/.exec(text) ?? []
  return { n: Number(n), judging: text.includes('### Observations'), text }
}

const completion = (content: string): Reply => ({
  body: {
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 100, completion_tokens: 20 },
  },
})

/** How the fixture answers, as a teacher and as a judge. */
export const answerTo = (seen: Seen): Reply => {
  const { n, judging, text } = readAsked(seen)
  if (!judging) return completion(chainOf(n))
  const verdict = text.includes('something') ? 'No' : 'Yes'
  return 'response_format' in seen.body
    ? completion(JSON.stringify({ reason: `it is ${verdict}`, judgement: verdict }))
    : completion(`It is ${verdict}. <judgement>${verdict}</judgement>`)
}

/** A server that speaks chat completions, answers by the question, and can be told to answer otherwise. */
export const annotatingServer = (otherwise: (seen: Seen, nth: number) => Reply | undefined = () => undefined) =>
  answeringServer((seen, nth) => otherwise(seen, nth) ?? answerTo(seen))

/** Writes clips and pictures of a few grey boxes; gives the paths. */
export const writeMedia = async (root: string, clips: number, pictures: number) => {
  await mkdir(join(root, 'clips'), { recursive: true })
  const grey = (level: number) => new Uint8Array(side * side * 3).fill(level)
  for (let n = 0; n < clips; n++) {
    const frames = Array.from({ length: 6 }, (_, at) => grey(20 + 10 * n + 5 * at))
    orThrow(await encodeVideo(join(root, 'clips', `${n}.mp4`), frames, { width: side, height: side, fps: 4 })())
  }
  for (let n = 0; n < pictures; n++)
    await sharp(grey(90 + n), { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(join(root, 'clips', `${n}.png`))
}

/** Writes `count` questions about so many clips and pictures in turn; `change` alters the published form of some. */
export const writeQuestions = async (
  path: string,
  { count, clips, pictures }: { readonly count: number; readonly clips: number; readonly pictures: number },
  change: (row: object, n: number) => string = row => JSON.stringify(row),
) => {
  const lines = Array.from({ length: count }, (_, n) => {
    const place = n % (clips + pictures)
    const video = place < clips
    const row = videoRecord.encode({
      ...{ id: String(n), problem: question(n), problemType: 'numerical', options: [], source: 'boxes' },
      ...{ answer: String(1 + (n % 5)), dataType: video ? 'video' : 'image' },
      path: video ? `./clips/${place}.mp4` : `./clips/${place - clips}.png`,
    })
    return change({ ...row, mark: n }, n)
  })
  await writeFile(path, `${lines.join('\n')}\n`)
}
