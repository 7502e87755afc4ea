import { parquetWriteBuffer } from 'hyparquet-writer'

/** A file of a format in the shape that its publisher gives it, written small: its name, its content, how many records it holds. */
export interface Sample {
  readonly format: string
  readonly name: string
  readonly content: string | Buffer
  readonly records: number
}

const json = (value: unknown): string => JSON.stringify(value, null, 4)
const lines = (rows: readonly unknown[]): string => rows.map(row => `${JSON.stringify(row)}\n`).join('')

const videoR1 = {
  problem_id: 2,
  problem: "What appears on the screen in Russian during the missile's ascent?",
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. Three words', 'B. A logo', 'C. Nothing', 'D. A name'],
  process: '',
  solution: '<answer>A</answer>',
  path: './LLaVA-Video-178K/liwei_youtube_videos/videos/youtube_video_2024/a.mp4',
  data_source: 'LLaVA-Video-178K/1_2_m_youtube_v0_1',
}

const compass = {
  '1034': {
    action: [{ question: 'What is the man doing?\nA. dunking\nB. dribbling\nC. passing', answer: 'A. dunking' }],
    direction: [{ question: 'Where to?\nA. towards the camera\nB. away', answer: 'B. away', difficulty: 2 }],
  },
  '1034_reverse': {
    direction: [{ question: 'Where to?\nA. towards the camera\nB. away', answer: 'A. towards the camera' }],
  },
}

const holmes = {
  'video ID': 'RSmj',
  'Question ID': 1,
  'Question Type': 'SR',
  Question: 'Who is the woman in blue?',
  Options: { A: 'A cleaner', B: 'A clerk', C: 'A sister', D: 'A stranger', E: 'An officer', F: 'A cook' },
  Answer: 'F',
  Explanation: 'She holds a pan.',
}

const vcr = {
  id: 3,
  video_path: 'video/videoEspresso/Law.mp4',
  duration: 56,
  dimension: 'Video Plot Analysis',
  question: 'Why did he stay?A. They are enemies.\nB. He helped another.\nC. Another helped.\nD. It exploded again.\n',
  'multiple-choice': true,
  choices: { A: 'They are enemies.', B: 'He helped another.', C: 'Another helped.', D: 'It exploded again.' },
  answer: 'D',
  reasoning: ['1. 0:08-0:30, it burns.', '2. 0:33, it explodes.'],
}

const openVcr = {
  ...vcr,
  id: 4,
  question: 'In which room?',
  'multiple-choice': false,
  choices: { A: '', B: '', C: '', D: '' },
  answer: 'Kitchen',
}

const nextQa = `video,frame_count,width,height,question,answer,qid,type,a0,a1,a2,a3,a4
4010069381,369,640,480,how do the two man play the instrument,0,6,CH,roll the handle,tap their feet,strum the string,hit with sticks,pat with hand
4882821564,2697,640,480,"why did the boy, in red, sit",4,1,CW,share,approach,unwrap it,"play, with train","say ""hi"""
`

const llava = {
  id: 'ytb_7',
  conversations: [
    {
      from: 'human',
      value:
        '<image>\nWhat falls?\nA. A box.\nB. A ball.\nPlease provide your answer by stating the letter followed by the full option.',
    },
    { from: 'gpt', value: 'B. A ball.' },
    { from: 'human', value: 'Describe the clip.' },
    { from: 'gpt', value: 'A ball falls from the table and rolls away.' },
  ],
  data_source: '0_30_s_youtube_v0_1',
  video: 'liwei_youtube_videos/videos/youtube_video_2024/ytb_7.mp4',
}

const swift = [
  {
    messages: [
      { role: 'system', content: 'You are a helpful and harmless assistant.' },
      { role: 'user', content: '<video>What is in the video?' },
      { role: 'assistant', content: 'A puppy runs on the grass.' },
    ],
    videos: ['/xxx/x.mp4'],
  },
  {
    messages: [{ role: 'user', content: '<image>How many cats are there?' }],
    images: ['cats/1.jpg'],
    solution: '<answer>3</answer>',
    problem_type: 'numerical',
  },
]

const factory = [
  {
    conversations: [
      { from: 'human', value: '<video>Why is this video funny?' },
      { from: 'gpt', value: 'Because a baby is reading, and he is so cute!' },
    ],
    system: 'Be brief.',
    videos: ['mllm_demo_data/1.mp4'],
  },
  {
    conversations: [
      { from: 'human', value: 'Who are they?<image>' },
      { from: 'gpt', value: "They're Kane and Gretzka from Bayern Munich." },
    ],
    images: ['mllm_demo_data/1.jpg'],
    tools: '',
  },
]

const alpaca = {
  instruction: '<video>\nWhat falls?',
  input: 'Answer in one word.',
  output: 'Rain',
  system: '',
  history: [],
  videos: ['1.mp4'],
}

const chain = '<observation>3 balls</observation> <think>I count 3.</think><answer>3</answer>'
const trl = [
  {
    prompt: [
      {
        role: 'user',
        content: [
          { type: 'video', video: 'a.mp4' },
          { type: 'text', text: 'How many balls?' },
        ],
      },
    ],
    completion: [{ role: 'assistant', content: [{ type: 'text', text: chain }] }],
    problem_type: 'numerical',
  },
  {
    prompt: [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'What color is the sky?' }] }],
    completion: [{ role: 'assistant', content: [{ type: 'text', text: 'It is blue.' }] }],
    images: ['sky.png'],
  },
  {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'video', video: 'b.mp4' },
          { type: 'text', text: 'What falls?' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'A box.' }] },
    ],
  },
]

const inParquet = Buffer.from(
  parquetWriteBuffer({
    columnData: [
      { name: 'video', data: [4010069381n, 4882821564n], type: 'INT64' },
      { name: 'frame_count', data: [369, 2697], type: 'INT32' },
      { name: 'question', data: ['how do they play', 'why did he sit'], type: 'STRING' },
      { name: 'answer', data: [0, 4], type: 'INT32' },
      { name: 'qid', data: [6, 1], type: 'INT32' },
      { name: 'type', data: ['CH', 'CW'], type: 'STRING' },
      ...[0, 1, 2, 3, 4].map(n => ({ name: `a${n}`, data: [`roll ${n}`, `share ${n}`], type: 'STRING' as const })),
    ],
  }),
)

/** Every format that is read, in every form that it is published in. */
export const samples: readonly Sample[] = [
  { format: 'video-r1', name: 'Video-R1-260k.json', content: json([videoR1]), records: 1 },
  {
    format: 'video-r1',
    name: 'eval_output.json',
    content: json({
      results: [videoR1, { ...videoR1, problem_id: 3, output: 'x', reward: 1 }],
      final_acc: [{ mean_acc: 1, mean_mra: 0 }],
    }),
    records: 2,
  },
  {
    format: 'video-r1',
    name: 'minified.json',
    content: JSON.stringify({ final_acc: [{ mean_acc: 1 }], results: [videoR1] }),
    records: 1,
  },
  { format: 'video-r1', name: 'data.json', content: json({ version: '1', data: [videoR1] }), records: 1 },
  {
    format: 'video-r1',
    name: 'VideoRFT.jsonl',
    content: lines([{ ...videoR1, problem: `${videoR1.problem}\n${videoR1.options.join('\n')}` }]),
    records: 1,
  },
  { format: 'tempcompass', name: 'multi-choice.json', content: json(compass), records: 3 },
  { format: 'tempcompass', name: 'minified-multi-choice.json', content: JSON.stringify(compass), records: 3 },
  {
    format: 'tempcompass',
    name: 'yes_no.json',
    content: json({ '1': { action: [{ question: 'Is he dunking?', answer: 'yes' }] } }),
    records: 1,
  },
  {
    format: 'tempcompass',
    name: 'caption_matching.json',
    content: json({
      '1': {
        action: [
          {
            question: 'Which description is better?\nOption 1: He dribbles.\nOption 2: He dunks.',
            answer: 'Option 2: He dunks.',
          },
          {
            question: 'Which sentence is better?\nSentence A: He dunks.\nSentence B: He passes.',
            answer: 'Sentence A: He dunks.',
          },
        ],
      },
    }),
    records: 2,
  },
  {
    format: 'tempcompass',
    name: 'captioning.json',
    content: json({
      '1': {
        action: [
          {
            question:
              "Write a caption.\nInformation A: {'subject': 'man'}\nInformation B: {'subject': 'dog'}\nGenerated Caption:",
            answer: 'B. dog',
          },
        ],
      },
    }),
    records: 1,
  },
  { format: 'vcr-bench', name: 'meta_info_video.json', content: json([vcr, openVcr]), records: 2 },
  { format: 'video-holmes', name: 'test_Video-Holmes.json', content: json([holmes]), records: 1 },
  {
    format: 'mvbench',
    name: 'action_sequence.json',
    content: json([
      {
        video: 'ZS9XR.mp4',
        question: 'What happened after?',
        candidates: ['Ate', 'Tidied', 'Wrote', 'Sat'],
        answer: 'Ate',
        start: 11.1,
        end: 17.8,
        accurate_start: 12,
        accurate_end: 16,
      },
    ]),
    records: 1,
  },
  {
    format: 'mvbench',
    name: 'episodic_reasoning.json',
    content: json([
      {
        video: 's04e15_seg02_clip_00',
        question: 'What is said?',
        candidates: ['x', 'y'],
        answer: 'y',
        start: 26.67,
        end: 62.02,
        fps: 3,
        show_name: 'TBBT',
      },
    ]),
    records: 1,
  },
  { format: 'llava-video', name: '0_30_s_youtube_mc.json', content: json([llava]), records: 2 },
  { format: 'next-qa', name: 'val.csv', content: nextQa, records: 2 },
  { format: 'next-qa', name: 'val-windows.csv', content: `\uFEFF${nextQa.replaceAll('\n', '\r\n')}`, records: 2 },
  { format: 'next-qa', name: 'test-00000-of-00001.parquet', content: inParquet, records: 2 },
  { format: 'ms-swift', name: 'swift.jsonl', content: lines(swift), records: 2 },
  { format: 'llama-factory', name: 'mllm_demo.json', content: json(factory), records: 2 },
  { format: 'llama-factory-alpaca', name: 'alpaca.json', content: json([alpaca]), records: 1 },
  { format: 'trl', name: 'trl.jsonl', content: lines(trl), records: 3 },
]
