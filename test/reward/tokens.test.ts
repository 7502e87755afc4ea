import { describe, expect } from 'vitest'
import { boxed, readTokens } from '../../src/reward/answer-tokens.ts'
import { kindOf, kinds } from '../../src/reward/text/characters.ts'
import { foldText, plainText, spellMath, streamSafe } from '../../src/reward/text/fold.ts'
import { ideographs, lex } from '../../src/reward/text/lex.ts'
import { isCapital, isGlued, isMark, type Token, wordAt } from '../../src/reward/text/token.ts'
import { exactWords, looseWords } from '../../src/reward/text/words.ts'
import { fc, test } from '../property.ts'

/** Tokens in one line: "|" stands where nothing does between two of them, "/" where a line breaks, "⟦ ⟧" for a box. */
const shown = (tokens: readonly Token[]): string =>
  tokens
    .map(({ kind, text, gap, line }, at) => {
      const written = kind === 'box' ? '⟦' : kind === 'unbox' ? '⟧' : kind === 'command' ? `\\${text}` : text
      return `${at === 0 ? (gap ? '_' : '') : line ? ' / ' : gap ? ' ' : '|'}${written}`
    })
    .join('')
const read = (text: string): string => shown(readTokens(text))
const known = ideographs(['厘米', '厘', '分之', '百分之'])
const pieces = (text: string): readonly Token[] => lex(text, known)

describe('one form of what looks alike', () => {
  test.each([
    ["'", '\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4＇'],
    ['"', '\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb＂'],
    ['-', '\u2010\u2011\u2012\u2013\u2014\u2015\u2212﹣－'],
    ['°', '\u00ba\u02da°'],
    ['', '\u200b\u200d\ufeff\u00ad\u2060\u034f\ufe00\ufe0f'],
    ['A', 'ＡＡ𝐀Ⓐ'],
    [' ', '\u00a0\u3000\u2003'],
  ])('"%s"', (form, others) => {
    for (const other of others) expect(foldText(`a${other}b${other}`)).toBe(`a${form}b${form}`)
  })
  test('composed and decomposed accents', () => {
    expect(foldText('cafe\u0301 ﬁ')).toBe('café fi')
    expect(foldText('a B  c\n')).toBe('a B  c\n')
  })
  test('runs of more than 30 marks are broken, so that no text takes time quadratic in it', () => {
    const mark = '\u0315'
    expect(streamSafe(`e${mark.repeat(29)}`)).toBe(`e${mark.repeat(29)}`)
    expect(streamSafe(`e${mark.repeat(61)}`)).toBe(`e${`${mark.repeat(30)}\u034f`.repeat(2)}${mark}`)
    expect(foldText(`e${mark.repeat(61)}`)).toBe(`e${mark.repeat(61)}`)
  })
  test('compared whole', () => {
    expect(plainText('  The  RED\nball. ')).toBe('the red ball')
    for (const edge of ' .,;:!?"\'。、*`') expect(plainText(`${edge}${edge}a${edge}b${edge}`)).toBe(`a${edge}b`)
    expect([plainText(''), plainText('.'), plainText('-a-'), plainText('...')]).toEqual(['', '', '-a-', ''])
  })
})

describe('mathematics in one line', () => {
  const glyphs =
    '¼=1/4 ½=1/2 ¾=3/4 ⅐=1/7 ⅑=1/9 ⅒=1/10 ⅓=1/3 ⅔=2/3 ⅕=1/5 ⅖=2/5 ⅗=3/5 ⅘=4/5 ⅙=1/6 ⅚=5/6 ⅛=1/8 ⅜=3/8 ⅝=5/8 ⅞=7/8 ↉=0/3'
  test.each(glyphs.split(' ').map(pair => pair.split('=') as [string, string]))('%s is %s', (glyph, spelled) => {
    expect(spellMath(`2${glyph}`)).toBe(`2 ${spelled}`)
  })
  test.each([
    ['10³', '10^3'],
    ['x⁰¹²³⁴⁵⁶⁷⁸⁹', 'x^0123456789'],
    ['10⁻⁶ m', '10^-6 m'],
    ['10⁺⁶', '10^+6'],
    ['a² b²', 'a^2 b^2'],
    ['1⁄2', '1/2'],
    ['¹⁄₂', '¹/₂'],
    ['a∙b⋅c', 'a·b·c'],
    ['3✕4⨯5', '3×4×5'],
    ['3x4', '3x4'],
  ])('%s is %s', (written, spelled) => expect(spellMath(written)).toBe(spelled))
})

describe('what a character is', () => {
  test.each([
    ['line', '\n\r\u2028\u2029'],
    ['space', ' \t\u00a0\u3000\u2003'],
    ['digit', '09٣९９𝟗'],
    ['ideograph', '日本のカ한〇ー𠀀'],
    ['letter', 'aZéßжअ\u0301Ⅳ𝐀'],
    ['mark', '.,-$€°%()\\"\'_😀→\u200b'],
  ] as const)('%s', (kind, characters) => {
    for (const again of [1, 2])
      for (const character of characters)
        expect([character, again, kindOf(character.codePointAt(0)!)]).toEqual([character, again, kinds[kind]])
  })
})

describe('pieces of a text', () => {
  test.each([
    ['', ''],
    ['a b', 'a b'],
    [' a\tb', '_a b'],
    ['a\nb', 'a / b'],
    ['a \n\n b', 'a / b'],
    ['a\n b c', 'a / b c'],
    ['12.5kg', '12|.|5|kg'],
    ["isn't it", "isn't it"],
    ["a' b 'c", "a|' b '|c"],
    ["'a'", "'|a|'"],
    ["5'3", "5|'|3"],
    ['٣٫٥', '3|٫|5'],
    ['𝟏𝟐', '12'],
    ['𝐀b', '𝐀b'],
    ['é\u0301a', 'é\u0301a'],
    ['😀😀', '😀|😀'],
    ['ab日本c', 'ab|日|本|c'],
    ['5厘米', '5|厘米'],
    ['厘', '厘'],
    ['三百二十一个', '三百二十一|个'],
    ['百分之五十', '百分之|五十'],
    ['百分五', '百|分|五'],
    ['𠀀𠀀', '𠀀|𠀀'],
    ['\\frac12', '\\frac|12'],
    ['\\ a', '\\ a'],
    ['\\\\', '\\|\\'],
    ['\\$5', '\\|$|5'],
    ['<b>B</b>', '_B'],
    ['a<br/>b', 'a b'],
    ['</answer>', ''],
    ['<1>', '<|1|>'],
    ['a < b > c', 'a < b > c'],
    ['<b', '<|b'],
    ['<b <c>d', '<|b d'],
    ['</ b>', '<|/ b|>'],
    ['<>', '<|>'],
    [`<${'b'.repeat(38)}>c`, '_c'],
    [`<${'b'.repeat(39)}>c`, `<|${'b'.repeat(39)}|>|c`],
    [`</${'b'.repeat(37)}>c`, '_c'],
    [`</${'b'.repeat(38)}>c`, `<|/|${'b'.repeat(38)}|>|c`],
  ])('%j is %j', (text, wanted) => expect(shown(pieces(text))).toBe(wanted))

  test('what a token tells', () => {
    expect(pieces('Ab')).toEqual([{ kind: 'word', text: 'Ab', low: 'ab', gap: false, line: false, ideographs: false }])
    expect(pieces('\n厘米٣')).toEqual([
      { kind: 'word', text: '厘米', low: '厘米', gap: true, line: true, ideographs: true },
      { kind: 'digits', text: '3', low: '3', gap: false, line: false, ideographs: false },
    ])
    expect(pieces('\\pi=').map(({ kind }) => kind)).toEqual(['command', 'mark'])
  })
  test('a longer word is taken before a shorter one, whatever their order', () => {
    for (const words of [
      ['日', '日本', '日本人'],
      ['日本人', '日本', '日'],
    ])
      expect(shown(lex('日本人日本日', ideographs(words)))).toBe('日本人|日本|日')
  })
  test('a text of more than 20,000 pieces has none', () => {
    expect(pieces('a '.repeat(20_000))).toHaveLength(20_000)
    expect(pieces('a '.repeat(20_001))).toEqual([])
    expect(pieces(`${'a '.repeat(20_000)}a`)).toEqual([])
  })
  test('a text of more than 250,000 characters is none', () => {
    expect(readTokens('a'.repeat(250_000))).toHaveLength(1)
    expect(readTokens('a'.repeat(250_001))).toEqual([])
  })

  const piece = fc.constantFrom('a', 'Bc', '12', '٣', '.', '-', ' ', '\n', '日', '厘米', '😀', '(', '^', '三')
  test.prop([fc.array(piece, { maxLength: 12 })])(
    'nothing but white space is lost, and each knows what stands before',
    parts => {
      const text = parts.join('')
      const tokens = pieces(text)
      expect(tokens.map(({ text }) => text).join('')).toBe(text.replace(/\s/g, '').replaceAll('٣', '3'))
      const rebuilt = tokens.map(({ text, gap, line }) => (line ? '\n' : gap ? ' ' : '') + text).join('')
      const once = text.replace(/\s+/g, run => (run.includes('\n') ? '\n' : ' ')).trimEnd()
      expect(rebuilt).toBe(once.replaceAll('٣', '3'))
    },
  )
})

describe('asking tokens', () => {
  const tokens = pieces('A.b 5')
  test('by place', () => {
    expect([0, 1, 2, 3, 4].map(at => wordAt(tokens, at))).toEqual(['a', null, 'b', null, null])
    expect([-1, 0, 1, 2, 3, 4].map(at => isGlued(tokens, at))).toEqual([false, false, true, true, false, false])
    expect([0, 1, 2, 4].map(at => isMark(tokens, at, 'A.b'))).toEqual([false, true, false, false])
    expect(isMark(tokens, 1, ',;')).toBe(false)
    expect(['A', 'a', 'AB', 'É', '5', ''].map(text => isCapital({ ...tokens[0]!, text }))).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(isCapital(undefined)).toBe(false)
  })
})

describe('LaTeX and markdown', () => {
  const symbols =
    'times=× cdot=· ast=× div=÷ circ=° degree=° approx=≈ sim=~ pm=± mp=± le=≤ leq=≤ lt=< ge=≥ geq=≥ gt=> neq=≠ ne=≠ euro=€ pounds=£'
  test.each(symbols.split(' ').map(pair => pair.split('=') as [string, string]))('\\%s is %s', (name, mark) => {
    const tokens = readTokens(`a \\${name} 2`)
    expect(shown(tokens)).toBe(`a ${mark} 2`)
    expect(tokens[1]).toMatchObject({ kind: 'mark', ideographs: false })
  })
  const silent =
    'text textbf textit textrm textsf texttt mathrm mathbf mathit mathsf mathtt mathbb mathcal operatorname mbox hbox emph underline bm boldsymbol left right big bigl bigr displaystyle textstyle rm bf it'
  test.each(silent.split(' '))('\\%s says nothing', name => {
    expect(read(`5 \\${name}{cm}`)).toBe('5 cm')
    expect(read(`5\\${name}{cm}`)).toBe('5|cm')
  })
  test.each(['quad', 'qquad', 'space', 'newline'])('\\%s is white space', name =>
    expect(read(`5\\${name}{}6`)).toBe('5 6'),
  )
  test.each(['boxed', 'fbox', 'framebox'])('\\%s is a box', name => expect(read(`a\\${name}{5}b`)).toBe('a|⟦|5|⟧|b'))
  test.each(['frac', 'dfrac', 'tfrac', 'cfrac'])('\\%s is a fraction', name =>
    expect(read(`\\${name}{3}{4}`)).toBe('_3|/|4'),
  )
  test.each([
    ['1\\frac{1}{2}', '1 1|/|2'],
    ['\\frac12', '_1|/|2'],
    ['\\frac 1 2', '_1 2'],
    ['\\frac123', '_123'],
    ['2\\frac12 m', '2 1|/|2 m'],
    ['\\frac{1}{2}3', '_1|/|2 3'],
    ['\\frac{a{b}c}{d}', '_a|b|c|/|d'],
    ['{5} {6}', '5 6'],
    ['{}5', '5'],
    ['a {b}', 'a b'],
    ['a}b', 'a|b'],
    ['\\boxed{\\frac{1}{2}}', '⟦ 1|/|2 ⟧'],
    ['\\boxed{\\boxed{5}}', '⟦|⟦|5|⟧|⟧'],
    ['\\boxed {5}', '_⟦|5|⟧'],
    [' \\boxed{5}', '_⟦|5|⟧'],
    ['90^\\circ C', '90|° C'],
    ['90^{\\circ}C', '90|°|C'],
    ['10^{-3}', '10|^|-|3'],
    ['\\pi', 'pi'],
    ['2 \\alpha', '2 alpha'],
    ['\\constructor', 'constructor'],
    ['5\\,cm', '5 cm'],
    ['5\\;cm', '5 cm'],
    ['5\\:cm', '5 cm'],
    ['5\\ cm', '5 cm'],
    ['5\\ (cm)', '5 (|cm|)'],
    ['5\\6', '5|6'],
    ['is \\(5\\) m', 'is 5 m'],
    ['a\n\\(5\\)', 'a / 5'],
    ['a \\$5', 'a $|5'],
    ['5\\!cm', '5|cm'],
    ['a\\\\b', 'a / b'],
    ['50\\%', '50|%'],
    ['\\$5', '$|5'],
    ['\\{5\\}', '5'],
    ['\\(5\\)', '5'],
    ['\\[5\\]', '5'],
    ['$13$', '13'],
    ['a $13$ b', 'a 13 b'],
    ['$$13$$', '13'],
    ['$5 and $6', '$|5 and $|6'],
    ['$5', '$|5'],
    ['$ 5 $', '$ 5 $'],
    ['$5$6', '$|5|$|6'],
    ['\\$5$', '$|5|$'],
    ['$x$ and $y$', 'x and y'],
    ['$$x$$ $y', 'x $|y'],
    ['**B**', 'B'],
    ['a *b* c', 'a b c'],
    ['`B`', 'B'],
    ['a `5` b', 'a 5 b'],
    ['__B__', 'B'],
    ['5 * 6', '5 * 6'],
    ['5**6', '5|*|*|6'],
    ['5***6', '5|6'],
    ['5**-6', '5|*|*|-|6'],
    ['5 **-6**', '5 -|6'],
    ['5***-6', '5|-|6'],
    ['5*-6', '5|-|6'],
    ['5**- 6', '5|*|*|- 6'],
    ['a**-6', 'a|-|6'],
    ['1_000', '1|_|000'],
    ['a_b', 'a|b'],
    ['5`6', '5|6'],
    ['**5**', '5'],
    ['5 *a', '5 a'],
    ['a* 5', 'a 5'],
    ['\n**B**', '_B'],
    ['a\n**B**', 'a / B'],
    ['a\n\\textbf{B}', 'a / B'],
    ['a\n{B}', 'a / B'],
    ['a\n\\boxed{B}', 'a / ⟦|B|⟧'],
  ])('%j is %j', (text, wanted) => expect(read(text)).toBe(wanted))

  const inside = fc.array(fc.constantFrom('a', '12', ' ', '+', '=', 'b', '.'), { minLength: 1, maxLength: 8 })
  test.prop([inside])('dressed or not, the same tokens in a box', parts => {
    const text = parts.join('')
    const plain = shown(readTokens(text).map((found, at) => (at === 0 ? { ...found, gap: false } : found)))
    for (const box of [`\\boxed{${text}}`, `$\\boxed{${text}}$`, `**\\boxed{${text}}**`, `\\fbox{${text}}`]) {
      const [first = []] = boxed(readTokens(`the answer: ${box}`))
      expect(shown(first.map((found, at) => (at === 0 ? { ...found, gap: false } : found)))).toBe(plain)
    }
  })
  test('boxes: what stands in each, outermost ones', () => {
    const inBoxes = (text: string): readonly string[] => boxed(readTokens(text)).map(shown)
    expect(inBoxes('a')).toEqual([])
    expect(inBoxes('\\boxed{a} b \\boxed{c d}')).toEqual(['a', 'c d'])
    expect(inBoxes('\\boxed{a \\boxed{b} c}')).toEqual(['a ⟦|b|⟧ c'])
    expect(inBoxes('\\boxed{a')).toEqual([])
  })
})

describe('words that are compared', () => {
  test('read off a picture', () => {
    expect(exactWords(' It’s  “Open”\n出口A ')).toEqual(["It's", '"Open"', '出', '口', 'A'])
    expect(exactWords('ทาง')).toEqual(['ท', 'า', 'ง'])
    expect(exactWords('がカー〇')).toEqual(['が', 'カ', 'ー', '〇'])
    expect(exactWords('ဗမာ ខ្មែរ ລາວ བོད')).toEqual([
      ...exactWords('ဗမာ'),
      ...exactWords('ខ្មែរ'),
      ...exactWords('ລາວ'),
      ...exactWords('བོད'),
    ])
    for (const script of ['ဗမာ', 'ខ្មែរ', 'ລາວ', 'བོདབ']) expect(exactWords(script).length).toBeGreaterThan(1)
    expect(exactWords('한국어 नमस्ते عربي')).toEqual(['한국어', 'नमस्ते', 'عربي'])
  })
  test('in free form', () => {
    expect(looseWords('Naïve ЁЛКА ά, x-ray 5½ it’s!')).toEqual(['naive', 'елка', 'α', 'x', 'ray', '51', '2', 'it', 's'])
    expect(looseWords('नमस्ते')).toEqual(['नमस्ते'])
    expect(looseWords('日本3')).toEqual(['日', '本', '3'])
    expect(looseWords('…')).toEqual([])
    expect(looseWords(`e${'\u0315'.repeat(70)}`)).toEqual(['e'])
  })
})
