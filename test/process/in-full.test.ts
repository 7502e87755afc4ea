import { either as E } from 'fp-ts'
import {
  assignTokenBytes,
  assignTokens,
  extractionPrompt,
  generationPrompt,
  neutralText,
  parse,
  parseExtraction,
  parseJudgement,
  parseProcesses,
  print,
  questionText,
  sufficiencyPrompt,
  template,
  templateOf,
  videoP2R,
  videoP2RGuide,
} from 'kinograd/process'
import { describe, expect, test } from 'vitest'

/** Prompts and faults word for word, and single cases by the definition. */

const three = template({ perception: ['observation'], grounding: ['where', 'when'], reasoning: ['answer'] })
const remedy = 'Write every segment of the template once, in order, with only white space around the segments.'

describe('faults of a whole text', () => {
  const open = '<observation>a</observation><think>b</think>'
  test.each([
    ['', 'MissingTag', 0, 'the text ends before <observation>'],
    ['<observation>', 'MissingTag', 13, 'the text ends before </observation>'],
    [`${open}`, 'MissingTag', 44, 'the text ends before <answer>'],
    [' so', 'TextOutside', 1, 'text where <observation> should stand'],
    [`${open} x<answer>`, 'TextOutside', 45, 'text where <answer> should stand'],
    [`${open}<think>`, 'UnexpectedTag', 44, '<think> where <answer> should stand'],
    [`${open}</think>`, 'UnexpectedTag', 44, '</think> where <answer> should stand'],
    [`${open}<answer><think>`, 'UnexpectedTag', 52, '<think> where </answer> should stand'],
    [`${open}<answer>c</answer>\t.`, 'TextOutside', 63, 'text after the last segment'],
    [`${open}<answer>c</answer></think>`, 'UnexpectedTag', 62, 'a tag of the template after the last segment'],
  ])('%s', (text, _tag, position, why) => {
    expect(parse(videoP2R, text)).toEqual(E.left({ _tag, position, cause: `at ${position}: ${why}`, remedy }))
  })
  test('white space of every kind may stand around segments, and no other', () => {
    const parts = ['<observation>a</observation>', '<think>b</think>', '<answer>c</answer>']
    for (const white of [' ', '\t', '\n', '\v', '\f', '\r', ' \n\t'])
      expect(parse(videoP2R, ['', ...parts, ''].join(white))).toMatchObject({
        right: {
          segments: { observation: 'a', think: 'b', answer: 'c' },
          spans: { observation: { start: 13 + white.length, end: 14 + white.length } },
        },
      })
    for (const other of ['\u00a0', '\b', '\u000e', '\u2003', '!'])
      expect(E.isLeft(parse(videoP2R, parts.join(other)))).toBe(true)
  })
})

describe('faults of one process', () => {
  const at = (text: string, process: 'perception' | 'grounding' | 'reasoning') => {
    const made = parseProcesses(three, text)[process]
    return E.isRight(made) ? made.right : [made.left._tag, made.left.position, made.left.cause]
  }
  const seen = '<observation>a</observation>'
  const place = '<where>b</where><when>c</when>'
  const said = '<answer>d</answer>'
  test.each([
    [`${seen}${place}${said}`, 'grounding', { where: 'b', when: 'c' }],
    [`${seen} ${place}\n${said}\n`, 'reasoning', { answer: 'd' }],
    [`${seen}${place}${said}`, 'perception', { observation: 'a' }],
    // A text that is cut off takes from a process what it lacks, and nothing from those before it.
    [`${seen}<where>b</where>`, 'grounding', ['MissingTag', 44, 'at 44: the text ends before <when>']],
    [`${seen}<where>b`, 'grounding', ['MissingTag', 36, 'at 36: the text ends before </where>']],
    [`${seen}<where>b</where>`, 'perception', { observation: 'a' }],
    [seen, 'reasoning', ['MissingTag', 28, 'at 28: the text ends before <answer>']],
    // A tag of another process among its own, behind it, or before it.
    [
      `${seen}<where>b</where>${said}<when>c</when>`,
      'grounding',
      ['UnexpectedTag', 44, 'at 44: <answer> stands where "grounding" should'],
    ],
    [`${seen}${said}${place}`, 'grounding', ['UnexpectedTag', 28, 'at 28: <answer> stands where "grounding" should']],
    [
      `${place}${seen}${said}`,
      'grounding',
      ['UnexpectedTag', 30, 'at 30: <observation> stands where "grounding" should'],
    ],
    [
      `${seen}<where></observation></where><when>c</when>`,
      'grounding',
      ['UnexpectedTag', 35, 'at 35: </observation> stands where "grounding" should'],
    ],
    // Its own tags out of order or twice.
    [
      `${seen}<when>c</when><where>b</where>`,
      'grounding',
      ['UnexpectedTag', 28, 'at 28: <when> is not the next tag of "grounding"'],
    ],
    [`${seen}</where>`, 'grounding', ['UnexpectedTag', 28, 'at 28: </where> is not the next tag of "grounding"']],
    [
      `${seen}${place}<when>e</when>`,
      'grounding',
      ['UnexpectedTag', 58, 'at 58: <when> is not the next tag of "grounding"'],
    ],
    // Text before a segment is the fault of that segment's process; after the last one, of the last process.
    [`${seen} so ${place}`, 'grounding', ['TextOutside', 29, 'at 29: text before <where>, outside every segment']],
    [`so${seen}`, 'perception', ['TextOutside', 0, 'at 0: text before <observation>, outside every segment']],
    [`${seen}${place}so${said}`, 'grounding', { where: 'b', when: 'c' }],
    [`${seen}${place}${said} so`, 'reasoning', ['TextOutside', 77, 'at 77: text after the last segment']],
    [`${seen}${place}${said} so`, 'grounding', { where: 'b', when: 'c' }],
    [`${seen}so`, 'perception', { observation: 'a' }],
    [
      `${seen}${place}${said}</observation>`,
      'reasoning',
      ['UnexpectedTag', 76, 'at 76: </observation> stands where "reasoning" should'],
    ],
  ] as const)('%s: %s', (text, process, wanted) => expect(at(text, process)).toEqual(wanted))

  test('the texts of a process are those of its own segments', () => {
    const made = parseProcesses(three, `${seen}${place}${said}`)
    expect(made).toEqual({
      perception: E.right({ observation: 'a' }),
      grounding: E.right({ where: 'b', when: 'c' }),
      reasoning: E.right({ answer: 'd' }),
    })
  })
})

describe('printing', () => {
  test('a space parts processes, and nothing parts segments of one', () => {
    expect(print(three, { observation: 'a', where: 'b', when: 'c', answer: 'd' })).toEqual(
      E.right('<observation>a</observation> <where>b</where><when>c</when> <answer>d</answer>'),
    )
  })
  test('the name of a tag without its brackets is text, and names may be single letters', () => {
    const texts = { observation: 'xwhere>', where: '', when: '', answer: '' }
    expect(print(three, texts)._tag).toBe('Right')
    expect(parse(template({ p: ['a'] }), '<a>b</a>')).toMatchObject({ right: { segments: { a: 'b' } } })
  })
  test('a tag in a text is told with its place', () => {
    expect(print(videoP2R, { observation: '', think: 'the </answer> tag', answer: '' })).toEqual(
      E.left({
        _tag: 'TagInText',
        cause: 'the text of "think" holds </answer> at 4',
        remedy: 'Take the tags of the template out of the text, or name the tags of the template otherwise.',
      }),
    )
  })
})

describe('templates that are none', () => {
  const what =
    'Give each process at least one tag; names start with a letter and hold at most 64 letters, digits, "_" and "-".'
  test.each([
    [{}, 'a template of 0 processes'],
    [{ 'a b': ['x'] }, '"a b" is no name for a process or a tag'],
    [{ a: ['1x'] }, '"1x" is no name for a process or a tag'],
    [{ a: ['x>'] }, '"x>" is no name for a process or a tag'],
    [{ a: ['<x'] }, '"<x" is no name for a process or a tag'],
    [{ a: [''] }, '"" is no name for a process or a tag'],
    [{ a: ['x'.repeat(65)] }, `"${'x'.repeat(65)}" is no name for a process or a tag`],
    [{ a: ['x'], b: [] }, 'process "b" has 0 tags'],
    [{ a: ['x', 'y'], b: ['z', 'y'] }, 'tag "y" stands in two segments'],
    [{ a: ['x', 'y', 'y', 'x'] }, 'tag "y" stands in two segments'],
  ])('%j', (shape, cause) => {
    expect(templateOf(shape)).toEqual(E.left({ _tag: 'BadTemplate', cause, remedy: what }))
  })
  test('a name of 64 characters is one, and a mistake in the program throws what to do', () => {
    expect(templateOf({ a: [`x${'_-9Z'.repeat(15)}abc`] })._tag).toBe('Right')
    expect(() => template({ a: ['<'] })).toThrow(new TypeError(`"<" is no name for a process or a tag. ${what}`))
  })
})

describe('prompts word for word', () => {
  test.each([
    ['multiple choice', 'the letter of one option and nothing else'],
    ['numerical', 'one number, such as 7 or 2.5, without words'],
    ['regression', 'one number, such as 7 or 2.5, without words'],
    ['OCR', 'the text exactly as it is written in the picture'],
    ['free-form', 'a short text'],
  ] as const)('of generation, %s', (kind, form) => {
    expect(generationPrompt(videoP2R, videoP2RGuide, questionText('How many?'), kind)).toBe(
      `How many?

Answer in 3 tagged parts, in this order: <observation>, <think>, <answer>. Write all of them; do not stop after the first.

Step 1. Work out from the question which visual facts it depends on, and write down in one paragraph what you see of them: objects, actions, text, numbers, places and times. State facts; do not answer yet.
<observation>Based on the question, I need to notice ...</observation>

Step 2. Reason step by step from what you observed, as you would aloud: 'let me think', 'hmm', 'wait a second'. Check yourself on the way: 'Does that make sense?', 'Let me double-check'.
<think>Based on the observations, ...</think>

Step 3. Give the final answer, short and specific, in agreement with the observations and the reasoning.
<answer>...</answer>

The last part holds ${form}. Write nothing outside the parts.`,
    )
  })
  test('a question without options is itself', () => {
    expect([questionText('Why?'), questionText('Why?', []), questionText('Why?', ['A. so'])]).toEqual([
      'Why?',
      'Why?',
      'Why?\nOptions:\nA. so',
    ])
  })
  test.each([
    ['video', 'a video'],
    ['image', 'an image'],
  ] as const)('of sufficiency, %s', (dataType, what) => {
    const prompt = sufficiencyPrompt({ dataType, question: 'Q?', answer: 'B', observation: '' })
    expect(prompt.split('\n\n').slice(0, 4)).toEqual([
      `You check whether a written observation of ${what} is enough to answer a question about it.`,
      '### Question\nQ?',
      '### Correct Answer\nB',
      '### Observations\n(empty)',
    ])
    expect(prompt.split('\n\n')[4]).toMatch(new RegExp(`^### Instruction\\nYou do not see the ${dataType}\\. `))
    expect(prompt).toMatch(/<judgement>Yes<\/judgement>.*<judgement>No<\/judgement>.*Write nothing after it\.$/)
  })
  test('of extraction, which keeps the end of a long text', () => {
    const prompt = extractionPrompt('Q?', `${'a '.repeat(50)}so B`, { characters: 4 })
    expect(prompt.split('\n\n').slice(0, 3)).toEqual([
      'You read somebody’s reasoning about a multiple-choice question and report the option that the reasoning itself settles on.',
      '### Question\nQ?',
      '### Reasoning\n(100 characters are left out) so B',
    ])
  })
})

describe('answers without a verdict say why', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['<think>no end', 'it holds thoughts alone, which do not end'],
    ['', 'nothing in it stands in the tags that were asked for'],
    ['Yes', 'nothing in it stands in the tags that were asked for'],
    ['It says "<TAG>yes</TAG>', 'its last tag is a quotation'],
    ['<TAG>yes</TAG> or no', 'text follows its last tag'],
    [`<TAG>yes</TAG>${' and so on'.repeat(40)}`, 'text follows its last tag'],
    ['<TAG>-</TAG>', 'its last tag does not hold one of the words asked for'],
    ['<TAG>"yes</TAG>', 'its last tag does not hold one of the words asked for'],
    ['<TAG>yes</TAG> or <TAG>no</TAG>', 'it names a choice and does not choose'],
    ['<TAG>yes</TAG>, OR <TAG>no</TAG>', 'it names a choice and does not choose'],
  ]
  test.each(cases)('%s', (answer, why) => {
    const [judged, extracted] = [answer.replaceAll('TAG', 'judgement'), answer.replaceAll('TAG', 'extraction')]
    expect(parseJudgement(judged)).toEqual(
      E.left({
        _tag: 'NoJudgement',
        cause: `no judgement in an answer of ${judged.length} characters: ${why}`,
        remedy: 'Ask the judge again; a rollout without a judgement stays unscored.',
      }),
    )
    expect(parseExtraction(extracted)).toEqual(
      E.left({
        _tag: 'NoExtraction',
        cause: `no extraction in an answer of ${extracted.length} characters: ${why}`,
        remedy: 'Ask again; the rollout stays uncounted.',
      }),
    )
  })
  test('words that are not asked for', () => {
    expect(parseJudgement('<judgement>maybe</judgement>')).toMatchObject({
      left: { cause: expect.stringContaining(': its last tag holds neither Yes nor No alone') },
    })
    expect(parseExtraction('<extraction>both</extraction>')).toMatchObject({
      left: { cause: expect.stringContaining(': its last tag holds neither one letter nor No') },
    })
    // The Left of the reader itself is no word: it is not compared with "no".
    expect(parseExtraction('no')).toMatchObject({ left: { _tag: 'NoExtraction' } })
  })
})

describe('verdicts', () => {
  const judged = (text: string) => {
    const made = parseJudgement(text)
    return E.isRight(made) ? made.right : null
  }
  const yes = '<judgement>yes</judgement>'
  test.each<[string, boolean | null]>([
    // Thoughts end before the answer, and what they hold is none.
    [`<think>${yes}</think> no`, null],
    [`a</think  >${yes}`, true],
    [`x</thinking>${yes}`, true],
    [`<think>a</think>b <think>c</think>${yes}`, true],
    [`A <think> of no end ${yes}`, true],
    [`<think>a</think \t>${yes}`, true],
    [`<think>\`\`\`</think>${yes}`, true],
    [`  <thinking>${yes}`, null],
    [`\n<Think>${yes}`, null],
    // A block of code around the whole answer is a cover; one that is open or over before is none.
    ['```<judgement>yes</judgement>```', true],
    ['`a` b `<judgement>yes</judgement>`', null],
    ['```\na\n``` <judgement>yes</judgement>', true],
    ['```\n<judgement>yes</judgement>', null],
    [`x${yes}\``, null],
    ['``', null],
    ['`', null],
    // Everything that models end their turn with.
    ...['answer', 'output', 'response', 'result', 'final', 'conclusion', 's'].map((tag): [string, boolean] => [
      `${yes}</${tag}>`,
      true,
    ]),
    [`${yes}<|eot_id|> <end_of_turn>`, true],
    [`${yes}<eos>`, true],
    [`${yes}</answer >`, true],
    [`${yes}</answer> then`, null],
    [`${yes} <eos> more`, null],
    // Announcements of what somebody else wrote.
    ...'say says said state states read reads contain contains claim claims include includes write writes wrote order orders demand demands text word words tag'
      .split(' ')
      .flatMap((word): [string, null][] => [
        [`the sign ${word} ${yes}`, null],
        [`the sign ${word}: ${yes}`, null],
      ]),
    [`the sign says  :  ${yes}`, null],
    [`the essays ${yes}`, true],
    [`it says so. The whole is clear and plain to see: ${yes}`, true],
    // Quotation marks, quoted lines, and lines set in.
    [`"${yes}"`, null],
    [`a "${yes}"`, null],
    [`"${yes}`, null],
    [`a '${yes}`, null],
    [`(“${yes}”)`, null],
    [`5" ${yes}`, true],
    [`a\n  > ${yes}`, null],
    [`a > b ${yes}`, true],
    [`a\n    ${yes}`, null],
    [`a\n\t${yes}`, null],
    [`a\n ${yes}`, true],
    [`a\nb    c ${yes}`, true],
    // What stands around the word.
    ['<judgement>(yes)</judgement>', true],
    ['<judgement>yes)</judgement>', null],
    ['<judgement>-yes</judgement>', null],
    ['<judgement>a yes</judgement>', null],
    ['<judgement>yes, it is</judgement>', null],
    ['<judgement>-</judgement>', null],
    // A choice far before is over.
    [`<judgement>no</judgement> or ${'so it seems to me, but then it does not. '.repeat(2)}${yes}`, true],
  ])('%j', (text, wanted) => expect(judged(text)).toBe(wanted))

  test.each([
    ['B)', 'B'],
    ['(B)', 'B'],
    ['b', 'B'],
    ['option c', 'C'],
    ['B))', null],
    ['B.)', null],
    ['BC)', null],
    ['an option c', null],
  ])('a letter: %s', (inner, wanted) => {
    const made = parseExtraction(`<extraction>${inner}</extraction>`)
    expect(E.isRight(made) ? made.right : null).toBe(wanted)
  })
  test.each(['no', 'None', 'NO.'])('no letter: %s', inner => {
    expect(parseExtraction(`<extraction>${inner}</extraction>`)).toEqual(E.right(null))
  })
})

describe('texts for prompts', () => {
  test.each([
    ['a < b', 'a less than b'],
    ['3 < 4 and x <= 5', '3 < 4 and x <= 5'],
    ['<b>', '(b)'],
    ['a > b', 'a > b'],
    ['x <-1', 'x <-1'],
    ['&lt;a&gt; &#60;b&#62; &#x3C;c&#X3e; &amp;lt;d&amp;gt;', '(a) (b) (c) (d)'],
    ['%3Ca%3E %3cb%3e \\u003cc\\u003e \\x3Cd\\x3E', '(a) (b) (c) (d)'],
    ['&ltx &lt1 &lt.', '&ltx &lt1 (.'],
    ['&gt1', '&gt1'],
    ['&gtx a&gt', '&gtx a>'],
    ['＜a＞ ⟨b⟩', '(a) (b)'],
    ['«a» ‹b› 《c》', '"a" "b" "c"'],
    ['[INST] [/INST] [x]', '(INST) (/INST) [x]'],
    ['a```b~~~c"""d', 'a"b"c"d'],
    ['<b1>', '(b1)'],
    ['a ---', 'a ---'],
    ["it's ''' so", `it's " so`],
    ['a\r\nb\rc\u2028d\u0085e\vf\fg', 'a\nb\nc\nd\ne\nf\ng'],
    ['a\u200b\u200bb\u0007c\ud800', 'ab\ufffdc\ufffd'],
    ['# Head', '- Head'],
    ['C# and ## x ##', 'C# and - x -'],
    ['a #', 'a -'],
    ['a #b', 'a #b'],
    ['#b', '-b'],
    ['* #b', '* -b'],
    ['x\n  #b', 'x\n  -b'],
    ['#1', '#1'],
    ['a\n---\nb', 'a\n-\nb'],
    ['a --- b', 'a --- b'],
    ['--- b', '--- b'],
    ['**bold** b', '- bold** b'],
    ['a **b**', 'a **b**'],
    ['x\n **b', 'x\n - b'],
    ['Question: what', '(Question) what'],
    ['* Answer: B', '* (Answer) B'],
    ['He said: B', '(He said) B'],
    ['so, he said: B', 'so, he said: B'],
    ['1. So: B', '1. So: B'],
    ['at 12:30', 'at 12:30'],
    ['https://a.b', 'https://a.b'],
    ['Options:\nA. a', 'Options:\nA. a'],
    ['a\n\n \n\nb', 'a\nb'],
    [' a ', 'a'],
  ])('%j', (text, wanted) => expect(neutralText(text)).toBe(wanted))

  test('bounds', () => {
    expect(neutralText('abcdef', { characters: 6 })).toBe('abcdef')
    expect(neutralText('abcdef', { characters: 4 })).toBe('abcd (2 characters are left out)')
    expect(neutralText('abcdef', { characters: 4, keep: 'end' })).toBe('(2 characters are left out) cdef')
    expect(neutralText('abcdef', { characters: 0, keep: 'end' })).toBe('(6 characters are left out)')
  })
})

describe('tokens', () => {
  const text = [
    '<observation>',
    'a',
    '</observation>',
    ' ',
    '<where>',
    'b',
    '</where>',
    '<when>',
    'c',
    '</when>',
    '<answer>',
    'd',
    '</answer>',
  ]
  const both = (pieces: readonly string[], ended = false) => {
    const [plain, bytes] = [
      assignTokens(three, pieces, { ended }),
      assignTokenBytes(
        three,
        pieces.map(piece => new TextEncoder().encode(piece)),
        { ended },
      ),
    ]
    expect(bytes).toEqual(plain)
    return plain
  }
  test('the end belongs to the last process where that is there, as the end of no text', () => {
    expect(both([...text, '<eos>'], true).owners.at(-1)).toBe('reasoning')
    expect(both([...text.slice(0, 10), '<eos>'], true).owners.at(-1)).toBeNull()
    expect(both([...text, '<eos>'], true).owners).toHaveLength(14)
    expect(both(text).owners).toHaveLength(13)
    expect(both([], true)).toEqual({ owners: [], innerTokens: { perception: 0, grounding: 0, reasoning: 0 } })
    // The end token is no part of the text, whatever it is spelled like.
    expect(both(['<answer>', 'd', '</answer>'], true).owners).toEqual([null, null, null])
    expect(both([...text, '</answer>'], true).owners.at(-1)).toBe('reasoning')
  })
  test('a token counts once for a process and once for each that it holds text of', () => {
    expect(both(['<observation>a</observation> <where>b</where><when>c</when><answer>d</answer>']).innerTokens).toEqual(
      {
        perception: 1,
        grounding: 1,
        reasoning: 1,
      },
    )
    // The second begins where the first one's text ends, and the third at the tag that closes.
    expect(both(['<where>', 'b', '</where>']).innerTokens.grounding).toBe(1)
    expect(both(['<where>b', '</where><when>', 'c', '</when>']).innerTokens.grounding).toBe(2)
  })
  test('segments that are not closed, closed by another tag, or closed alone, are none', () => {
    expect(both(['</where>', 'b', '</where>']).owners).toEqual([null, null, null])
    expect(both(['<where>', 'b', '</when>']).owners).toEqual([null, null, null])
    expect(both(['<where>', 'b', '<where>', 'c', '</where>']).owners).toEqual([
      null,
      null,
      'grounding',
      'grounding',
      'grounding',
    ])
  })
  test('white space before a tag goes with it, up to the tag before', () => {
    expect(both(['x', ' ', '\n', '<where>', 'b', '</where>', ' ', 'y']).owners).toEqual([
      null,
      'grounding',
      'grounding',
      'grounding',
      'grounding',
      'grounding',
      null,
      null,
    ])
    expect(both(['<when>', ' ', '<where>', 'b', '</where>']).owners.slice(0, 2)).toEqual([null, 'grounding'])
    expect(both([' ', '<where>', '</where>']).owners).toEqual(['grounding', 'grounding', 'grounding'])
  })
})
