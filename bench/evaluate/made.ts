/** Files of questions in the form and at the full sizes of the public ones, with answers in a script: made, not copied. */

/** A benchmark's file as it is published, what is answered, and where its clips lie. */
export interface Made {
  readonly name: string
  /** The name of the file; some forms tell their task by it. */
  readonly file: string
  readonly records: number
  readonly content: unknown
  /** Path of each medium from the root; a folder of pictures where it ends with a stroke. */
  readonly media: readonly string[]
  /** Outputs by id. */
  readonly answers: readonly (readonly [id: string, output: string])[]
}

const letters = 'ABCDEFGHIJ'
const filler =
  'Let me think. The clip shows a box that moves to the left, and then it stops. Wait, let me check that again. '

/** Right, wrong, in prose, without an answer, in turn: as policies answer. */
const outputOf = (n: number, right: string, wrong: string, length = 200): string => {
  const think = `<think>${filler.repeat(Math.ceil(length / filler.length))}So the answer is ${right}.</think>`
  switch (n % 5) {
    case 0:
    case 1:
      return `${think}<answer>${right}</answer>`
    case 2:
      return `${think}<answer>${wrong}</answer>`
    case 3:
      return `It moves, so the answer is ${right}.`
    default:
      return n % 2 === 0 ? `${think}<answer>${right}. it moves</answer>` : `${think} I cannot tell.`
  }
}

const optionsOf = (count: number, n: number) => Array.from({ length: count }, (_, i) => `${letters[i]}. case ${n} ${i}`)

interface Plain {
  readonly name: string
  readonly folder: string
  readonly count: number
  readonly clips: number
  readonly options: number
  readonly more: (n: number) => object
  readonly path?: (n: number) => string
  readonly length?: number
}

/** Video-R1's form: multiple choice unless `more` says otherwise. */
const plain = ({ name, folder, count, clips, options, more, path = n => `${n % clips}.mp4`, length }: Plain): Made => {
  const rows = Array.from({ length: count }, (_, i) => {
    const n = i + 1
    const choice = {
      ...{ problem_id: n, problem: `What happens in clip ${n}?`, data_type: 'video', problem_type: 'multiple choice' },
      ...{ original_question_type: '', options: optionsOf(options, n), process: '' },
      ...{
        solution: `<answer>${letters[n % options]}</answer>`,
        path: `./Evaluation/${folder}/${path(n)}`,
        data_source: '',
      },
    }
    return { ...choice, ...more(n) }
  })
  return {
    ...{ name, file: `eval_${name}.json`, records: count, content: rows },
    media: [...new Set(rows.map(row => (row.data_type === 'frame' ? `${row.path.replace(/\.mp4$/, '')}/` : row.path)))],
    answers: rows.map((row, i) => {
      const right = /<answer>(.*)<\/answer>/.exec(row.solution)?.[1] ?? ''
      return [String(row.problem_id), outputOf(i, right, row.options === null ? '7' : 'A', length)]
    }),
  }
}

const among = <A>(list: readonly A[], n: number): A => list[n % list.length]!

const vsiKinds = [
  ...Array.from({ length: 953 }, () => ['object_size_estimation', true] as const),
  ...Array.from({ length: 834 }, () => ['object_abs_distance', true] as const),
  ...Array.from({ length: 565 }, () => ['object_counting', true] as const),
  ...Array.from({ length: 288 }, () => ['room_size_estimation', true] as const),
  ...Array.from({ length: 710 }, () => ['object_rel_distance', false] as const),
  ...Array.from({ length: 618 }, () => ['obj_appearance_order', false] as const),
  ...Array.from({ length: 217 }, () => ['object_rel_direction_easy', false] as const),
  ...Array.from({ length: 378 }, () => ['object_rel_direction_medium', false] as const),
  ...Array.from({ length: 373 }, () => ['object_rel_direction_hard', false] as const),
  ...Array.from({ length: 194 }, () => ['route_planning', false] as const),
]

/** VideoMMMU, MMVU, Video-MME, VSI-Bench and MVBench as Video-R1's evaluation files have them. */
const ofVideoR1 = (): readonly Made[] => [
  plain({
    ...{ name: 'mvbench', folder: 'MVBench', count: 4000, clips: 3600, options: 4 },
    path: n => (n <= 200 ? `tvqa/frames_fps3_hq/s${n}_clip_00.mp4` : `star/Charades_v1_480/${n % 3600}.mp4`),
    more: n => ({
      ...(n <= 200 ? { data_type: 'frame', fps: 3 } : {}),
      ...(n % 3 === 0 ? { start: 0.2, end: 1.8 } : {}),
      subtitle: '',
    }),
  }),
  plain({
    ...{ name: 'videomme', folder: 'VideoMME', count: 2700, clips: 900, options: 4 },
    more: n => ({
      ...{
        duration: among(['short', 'medium', 'long'], n),
        domain: among(['Knowledge', 'Life Record', 'Sports Competition'], n),
      },
      ...{
        sub_category: `category ${n % 30}`,
        task_type: among(['Action Reasoning', 'OCR Problems', 'Counting Problem'], n),
      },
    }),
  }),
  plain({
    ...{ name: 'videommmu', folder: 'VideoMMMU', count: 900, clips: 300, options: 10 },
    path: n => `validation_Art_${n % 300}.mp4`,
    more: n => (n % 50 === 0 ? { problem_type: 'numerical', options: null, solution: `<answer>${n}</answer>` } : {}),
  }),
  plain({
    ...{ name: 'vsibench', folder: 'VSIBench', count: 5130, clips: 288, options: 4 },
    path: n => `${among(['arkitscenes', 'scannet', 'scannetpp'], n)}/${n % 96}.mp4`,
    more: n => {
      const [kind, isNumber] = vsiKinds[n - 1]!
      const number = { problem_type: 'regression', options: null, solution: `<answer>${(n % 40) + 1}.5</answer>` }
      return { original_question_type: kind, ...(isNumber ? number : {}) }
    },
  }),
  plain({
    ...{ name: 'mmvu', folder: 'MMVU', count: 625, clips: 500, options: 5 },
    path: n => `videos/${among(['Art', 'Law', 'Physics'], n)}/${n % 500}.mp4`,
    more: () => ({}),
  }),
]

/** VCR-Bench: 510 of 1,034 are multiple choice, whose options stand in the question already. */
const vcrBench = (): Made => {
  const rows = Array.from({ length: 1034 }, (_, i) => {
    const isChoice = i < 510
    const choices = Object.fromEntries(
      ['A', 'B', 'C', 'D'].map(letter => [letter, isChoice ? `case ${letter} ${i}` : '']),
    )
    const lines = Object.entries(choices).map(([letter, text]) => `${letter}. ${text}\n`)
    return {
      ...{
        id: i + 1,
        video_path: `video/${i % 800}.mp4`,
        duration: 10 + (i % 60),
        dimension: among(['Video Plot Analysis', 'Temporal Grounding'], i),
      },
      ...{ question: `Why ${i}?${isChoice ? lines.join('') : ''}`, 'multiple-choice': isChoice, choices },
      ...{ answer: isChoice ? 'ABCD'[i % 4]! : 'a kitchen', reasoning: ['1. It moves.'] },
    }
  })
  return {
    ...{ name: 'vcr-bench', file: 'meta_info_video.json', records: rows.length, content: rows },
    media: [...new Set(rows.map(row => row.video_path))],
    answers: rows.map(({ id, answer }, i) => [String(id), outputOf(i, answer, 'A')]),
  }
}

/** Video-Holmes: letters to F, names with spaces. */
const videoHolmes = (): Made => {
  const rows = Array.from({ length: 1837 }, (_, i) => ({
    ...{
      'video ID': `v${i % 270}`,
      'Question ID': i,
      'Question Type': among(['SR', 'IMC', 'TCI', 'PAR'], i),
      Question: `Who ${i}?`,
    },
    Options: Object.fromEntries([...'ABCDEF'].map(letter => [letter, `person ${letter}`])),
    ...{ Answer: 'ABCDEF'[i % 6]!, Explanation: 'It is shown.' },
  }))
  return {
    ...{ name: 'video-holmes', file: 'test_Video-Holmes.json', records: rows.length, content: rows },
    media: [...new Set(rows.map(row => `${row['video ID']}.mp4`))],
    answers: rows.map((row, i) => [`${row['video ID']}:${row['Question ID']}`, outputOf(i, row.Answer, 'A')]),
  }
}

/** One of TempCompass's four tasks: an object from videos to aspects to questions. */
const tempCompass = (
  task: string,
  count: number,
  question: (n: number) => { readonly question: string; readonly answer: string },
): Made => {
  const content: Record<string, Record<string, { readonly question: string; readonly answer: string }[]>> = {}
  const answers: [string, string][] = []
  for (let n = 0; n < count; n++) {
    const [video, aspect] = [
      String(1000 + (n % 410)),
      among(['action', 'speed', 'direction', 'order', 'attribute_change'], Math.floor(n / 410)),
    ]
    content[video] ??= {}
    const aspects = content[video]
    aspects[aspect] ??= []
    const list = aspects[aspect]
    const asked = question(n)
    answers.push([
      `${task}:${video}:${aspect}:${list.length}`,
      outputOf(n, /^(?:[AB]\b|yes|no)/.exec(asked.answer)?.[0] ?? 'A', 'C'),
    ])
    list.push(asked)
  }
  const media = Object.keys(content).map(video => `${video}.mp4`)
  return { name: `tempcompass ${task}`, file: `${task}.json`, records: count, content, media, answers }
}

const ofTempCompass = (): readonly Made[] => [
  tempCompass('multi-choice', 1580, n => ({
    question: `What is he doing, ${n}?\nA. dunking\nB. passing`,
    answer: n % 2 === 0 ? 'A. dunking' : 'B. passing',
  })),
  tempCompass('yes_no', 2453, n => ({ question: `Is he dunking, ${n}?`, answer: n % 2 === 0 ? 'yes' : 'no' })),
  tempCompass('caption_matching', 1503, n => ({
    question: `Which is better, ${n}?\nOption 1: He dribbles.\nOption 2: He dunks.`,
    answer: n % 2 === 0 ? 'Option 1: He dribbles.' : 'Option 2: He dunks.',
  })),
  tempCompass('captioning', 2004, n => ({
    question: `Write a caption, ${n}.\nInformation A: {'subject': 'man'}\nInformation B: {'subject': 'dog'}\nGenerated Caption:`,
    answer: 'B. dog',
  })),
]

/** Ten thousand questions with answers of 1,500 characters. */
const tenThousand = (): Made =>
  plain({
    name: 'ten thousand',
    folder: 'Mine',
    count: 10_000,
    clips: 1000,
    options: 4,
    length: 1500,
    more: () => ({}),
  })

/** All of them, one made after the other. */
export const allMade: readonly (() => readonly Made[])[] = [
  ofVideoR1,
  () => [vcrBench()],
  () => [videoHolmes()],
  ofTempCompass,
  () => [tenThousand()],
]
