import { existsSync, renameSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** The records of Video-R1-260k (arXiv 2503.21776), and how many bytes a file of as many has. */
export const recordCount = 263_071

const words =
  `the a man woman child box ball door table red blue left right moves falls opens holds behind before after while camera
street kitchen water white small large first second video shows person walking then which what how many object picks puts near under`.split(
    /\s+/,
  )

/** Random whole numbers that a seed repeats (Lehmer's generator of 31 bits). */
const randomFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 48271) % 2147483647
    return state % below
  }
}

type Random = ReturnType<typeof randomFrom>

const sentence = (random: Random, length: number): string =>
  Array.from({ length }, () => words[random(words.length)]).join(' ')

/** Shares of the problem types of Video-R1-260k, in thousandths: 168,769, 34,354, 15,886, 38,722 and 5,340 of 263,071. */
const typeOf = (thousandth: number) =>
  thousandth < 642
    ? 'multiple choice'
    : thousandth < 772
      ? 'numerical'
      : thousandth < 832
        ? 'OCR'
        : thousandth < 980
          ? 'free-form'
          : 'regression'

const truth = (random: Random, type: string): string => {
  if (type === 'multiple choice') return 'ABCD'[random(4)]!
  if (type === 'numerical') return String(random(100))
  if (type === 'regression') return `${random(50)}.${1 + random(9)}`
  return sentence(random, type === 'OCR' ? 4 : 12)
}

/** One record in the form of Video-R1-260k. */
export const recordAt = (id: number, random: Random) => {
  const problem_type = typeOf(random(1000))
  const data_type = random(1000) < 442 ? 'video' : 'image'
  const choice = problem_type === 'multiple choice'
  return {
    problem_id: id,
    problem: `${sentence(random, choice ? 78 : 122)} "${words[random(words.length)]}" – how?\nLook closely.`,
    data_type,
    problem_type,
    options: choice ? [...'ABCD'].map(letter => `${letter}. ${sentence(random, 9)}`) : [],
    process: '',
    solution: `<answer>${truth(random, problem_type)}</answer>`,
    path: `./${data_type === 'video' ? 'LLaVA-Video-178K' : 'General'}/${sentence(random, 3).replaceAll(' ', '_')}/${id}.${data_type === 'video' ? 'mp4' : 'jpg'}`,
    data_source: data_type === 'video' ? 'LLaVA-Video-178K/academic_source' : 'General',
  }
}

/** Writes so many records, the same every time, as an array or one a line; keeps a file that is there. Gives its size. */
export const generate = async (path: string, form: 'array' | 'lines', count = recordCount): Promise<number> => {
  if (!existsSync(path)) {
    const random = randomFrom(20251114)
    const file = await open(`${path}.part`, 'w')
    let held = form === 'array' ? '[' : ''
    for (let id = 0; id < count; id++) {
      held +=
        form === 'array'
          ? `${id === 0 ? '' : ', '}${JSON.stringify(recordAt(id, random))}`
          : `${JSON.stringify(recordAt(id, random))}\n`
      if (held.length < 1 << 20 && id + 1 < count) continue
      await file.appendFile(held)
      held = ''
    }
    if (form === 'array') await file.appendFile(']')
    await file.close()
    renameSync(`${path}.part`, path)
  }
  return statSync(path).size
}
