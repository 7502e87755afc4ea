import { either as E } from 'fp-ts'
import { accuracy, writtenNumber } from 'kinograd/reward'
import { describe, expect } from 'vitest'
import { readTokens } from '../../src/reward/answer-tokens.ts'
import { digitsAt } from '../../src/reward/number/digits.ts'
import { chineseNumeral, magnitudeNamed, numberWord } from '../../src/reward/number/magnitude.ts'
import { toLowest } from '../../src/reward/number/rational.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

/** The number of a text as a fraction in lowest terms with the decimals that it is written with: "3/2 .1"; "none" without one. */
const read = (text: string): string => {
  const number = writtenNumber(text)
  if (number === null) return 'none'
  const { over, under } = toLowest(number.exact)
  return `${over}${under === 1n ? '' : `/${under}`}${number.decimals === 0 ? '' : ` .${number.decimals}`}`
}

/** The same of digits and their decimals, as it should be. */
const wanted = (whole: string, fraction: string): string => {
  const { over, under } = toLowest({ over: BigInt(whole + fraction), under: 10n ** BigInt(fraction.length) })
  return `${over}${under === 1n ? '' : `/${under}`}${fraction === '' ? '' : ` .${fraction.length}`}`
}

const digit = fc.integer({ min: 0, max: 9 }).map(String)
const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(digit, { minLength, maxLength }).map(list => list.join(''))
/** A whole number that does not begin with 0. */
const whole = (least: number, most: number): fc.Arbitrary<string> =>
  fc.tuple(fc.integer({ min: 1, max: 9 }), digits(least - 1, most - 1)).map(([first, rest]) => `${first}${rest}`)

const grouped = (text: string, mark: string, sizes: (left: number) => number): string => {
  const groups: string[] = []
  let rest = text
  for (let i = 0; rest !== ''; i++) {
    groups.unshift(rest.slice(-sizes(i)))
    rest = rest.slice(0, -sizes(i))
  }
  return groups.join(mark)
}
const three = (): number => 3
const four = (): number => 4
const indian = (i: number): number => (i === 0 ? 3 : 2)

describe('separators of thousands', () => {
  test.prop([whole(4, 30), digits(0, 6)], { numRuns: numRuns * 3 })(
    'every way of writing one number gives it',
    (n, f) => {
      const right = wanted(n, f)
      const decimals = (mark: string): string => (f === '' ? '' : `${mark}${f}`)
      for (const [mark, point] of [
        [',', '.'],
        [' ', '.'],
        [' ', ','],
        ['\u202f', ','],
        ["'", '.'],
        ['_', '.'],
        ['٬', '٫'],
      ] as const)
        expect([mark, read(grouped(n, mark, three) + decimals(point))]).toEqual([mark, right])
      expect(read(n + decimals('.'))).toBe(right)
      if (n.length > 5) expect(read(grouped(n, ',', indian) + decimals('.'))).toBe(right)
      if (n.length > 6) expect(read(grouped(n, '.', three) + decimals(','))).toBe(right)
      if (n.length > 8) expect(read(grouped(n, ',', four) + decimals('.'))).toBe(right)
    },
  )
  test.prop([whole(1, 12), digits(1, 9)], { numRuns })(
    'a decimal point is a full stop, or a comma where no thousands stand',
    (n, f) => {
      expect(read(`${n}.${f}`)).toBe(wanted(n, f))
      expect(read(`${n}٫${f}`)).toBe(wanted(n, f))
      if (f.length !== 3 || n.length > 3) expect(read(`${n},${f}`)).toBe(wanted(n, f))
      else expect(read(`${n},${f}`)).toBe(wanted(n + f, ''))
      expect(read(`0,${f}`)).toBe(wanted('0', f))
      expect(read(`0.${f}`)).toBe(wanted('0', f))
      expect(read(`.${f}`)).toBe(wanted('0', f))
      expect(read(`${n}.`)).toBe(wanted(n, ''))
    },
  )
  test.prop([whole(1, 3), digits(3, 3), digits(3, 3), digits(1, 2)], { numRuns })(
    'groups of three behind the point',
    (n, a, b, c) => {
      expect(read(`${n}.${a} ${b}`)).toBe(wanted(n, a + b))
      expect(read(`${n}.${a} ${c}`)).toBe('none')
    },
  )
  test.each([
    '1,23,4',
    '12,345,6',
    '1.2.3',
    '1.234,567.8',
    '1,234.567,8',
    '1,234 567',
    '1 234,567,8',
    '1٫234٫567',
    '1,234_567',
    '0,123,456',
    '00,123',
    '01,234',
    '1234,567,890',
    '123,45,678',
    ',5',
    ',500',
    '.5.5',
    '.5,5',
    '1 23',
    '1 2345',
    '0 123',
    '1234 567',
    "1'23 4",
    "1234'567",
    "0'123",
    '1..2',
    '123,45,67',
    '1,2345,67',
    '12345,6789,1234',
    '12.34.567',
    "1'2345'6789",
    '12,34,5,678',
    '1.234 567,8',
    '012,345',
  ])('%s is no number', text => expect(read(text)).toBe('none'))
  test.each([
    ['1,2345,6789', '123456789'],
    ['1234,5678,9012', '123456789012'],
    ['12,34,567', '1234567'],
    ['1,00,000.5', '200001/2 .1'],
    ['1_2_3', '123'],
    ['1_2', '12'],
    ['1234,5', '12345/10'],
  ])('%s is %s', (text, number) => expect(read(text)).toBe(number === '12345/10' ? '2469/2 .1' : number))
  test('a thousand digits are read, more are not', () => {
    expect(read('9'.repeat(1000))).toBe('9'.repeat(1000))
    expect(read('9'.repeat(1001))).toBe('none')
    expect(read(`${'9'.repeat(500)}.${'9'.repeat(500)}`)).toContain(' .500')
    expect(read(`${'9'.repeat(500)}.${'9'.repeat(501)}`)).toBe('none')
  })
  test('a line break ends a number', () => {
    expect(read('1\n234')).toBe('none')
    expect(read('1\n000')).toBe('none')
    expect(read('5\nhours')).toBe('5')
  })
})

describe('where digits end', () => {
  test.each([
    ['12 345', 2, false],
    ['12 34', 1, false],
    ['1234 567', 1, false],
    ['0 123', 1, false],
    ['12 345 678', 3, false],
    ['5.25 100', 3, false],
    ['5.251 100', 4, false],
    ['5,251 100', 3, false],
    ['1.234.567 890', 5, false],
    ['1 234.567 890', 4, false],
    ['1,2,3 456', 5, true],
    ['1. 5', 1, false],
  ])('%s after %d tokens', (text, next, broken) =>
    expect(digitsAt(readTokens(text), 0)).toMatchObject({ next, broken }),
  )
})

describe('digits of any script', () => {
  const zeros = {
    Arabic: 0x660,
    Persian: 0x6f0,
    Devanagari: 0x966,
    Bengali: 0x9e6,
    Thai: 0xe50,
    'full-width': 0xff10,
    bold: 0x1d7ce,
  }
  test.prop([fc.constantFrom(...Object.values(zeros)), whole(1, 9), digits(0, 3)], { numRuns })(
    'read as 0 to 9',
    (zero, n, f) => {
      const inScript = (text: string): string =>
        Array.from(text, c => (c === '.' ? c : String.fromCodePoint(zero + Number(c)))).join('')
      expect(read(inScript(f === '' ? n : `${n}.${f}`))).toBe(wanted(n, f))
    },
  )
})

describe('signs', () => {
  test.each([
    ['-3', '-3'],
    ['+3', '3'],
    ['minus 3', '-3'],
    ['negative 3', '-3'],
    ['plus 3', '3'],
    ['负3', '-3'],
    ['-$3', '-3'],
    ['$-3', '-3'],
    ['-$-3', '3'],
    ['US$ -3', '-3'],
    ['constructor 3', '3'],
    ['-1 h 30 min', 'none'],
  ])('%s is %s', (text, number) => expect(read(text)).toBe(number))
})

describe('fractions, powers, exponents', () => {
  test.prop([fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 50 })], {
    numRuns,
  })('fractions and mixed numbers', (over, under, n) => {
    const lowest = (a: number): string => {
      const { over, under: b } = toLowest({ over: BigInt(a), under: BigInt(under) })
      return `${over}${b === 1n ? '' : `/${b}`}`
    }
    for (const text of [`${over}/${under}`, `${over} / ${under}`, `${over}÷${under}`, `\\frac{${over}}{${under}}`])
      expect([text, read(text)]).toEqual([text, lowest(over)])
    if (over >= under) return
    for (const text of [`${n} ${over}/${under}`, `${n} and ${over}/${under}`, `${n}\\frac{${over}}{${under}}`])
      expect([text, read(text)]).toEqual([text, lowest(n * under + over)])
    expect(read(`-${n} ${over}/${under}`)).toBe(lowest(-n * under - over))
  })
  test.prop([whole(1, 4), digits(0, 4), fc.integer({ min: -30, max: 30 })], { numRuns })(
    'scientific notation',
    (n, f, power) => {
      const exact = toLowest({
        over: BigInt(n + f) * 10n ** BigInt(Math.max(0, power)),
        under: 10n ** BigInt(f.length + Math.max(0, -power)),
      })
      const decimals = Math.max(0, f.length - power)
      const right = `${exact.over}${exact.under === 1n ? '' : `/${exact.under}`}${decimals === 0 ? '' : ` .${decimals}`}`
      const mantissa = f === '' ? n : `${n}.${f}`
      for (const text of [
        `${mantissa}e${power}`,
        `${mantissa}E${power}`,
        `${mantissa}×10^${power}`,
        `${mantissa} x 10^${power}`,
        `${mantissa} * 10**${power}`,
        `${mantissa}·10^{${power}}`,
        `${mantissa} \\times 10^{${power}}`,
      ])
        expect([text, read(text)]).toEqual([text, right])
      if (power >= 0) expect(read(`${mantissa}e+${power}`)).toBe(right)
    },
  )
  test.prop([fc.integer({ min: 1, max: 40 }), fc.integer({ min: -9, max: 9 })], { numRuns })(
    'powers',
    (base, power) => {
      const size = `${BigInt(base) ** BigInt(Math.abs(power))}`
      const right = power < 0 ? (size === '1' ? '1' : `1/${size}`) : size
      for (const text of [`${base}^${power}`, `${base}**${power}`, `${base}^{${power}}`])
        expect([text, read(text)]).toEqual([text, power < 0 ? `${right} .${-power}` : right])
      if (power >= 0) expect(read(`${base}**+${power}`)).toBe(right)
    },
  )
  test.each([
    ['1e400', `1${'0'.repeat(400)}`],
    ['1e401', 'none'],
    ['1e0400', `1${'0'.repeat(400)}`],
    ['1e00400', 'none'],
    ['1e', 'none'],
    ['1e+', 'none'],
    ['3 × 11^3', 'none'],
    ['3 × 10', 'none'],
    ['0^-1', 'none'],
    ['0^0', '1'],
    ['03^2', 'none'],
    ['1.5^2', 'none'],
    ['12345^2', 'none'],
    ['1234^2', '1522756'],
    ['2*3', 'none'],
    ['2 ^ 3', '8'],
    ['3/0', 'none'],
    ['0/3', '0'],
    ['3/04', 'none'],
    ['03/4', 'none'],
    ['3.5/4', 'none'],
    ['3/4.5', 'none'],
    ['3/1.2.3', 'none'],
    ['1,000/2', '500'],
    ['1/2/2024', 'none'],
    ['1/2/', '1/2'],
    ['5/1/5', 'none'],
    ['1 1/0', 'none'],
    ['1 2/2', '1'],
    ['5:5', 'none'],
    ['5:5:5', 'none'],
    ['三 个 五', 'none'],
    ['三分之', 'none'],
    ['5 constructor', '5'],
    ['1 3/2', 'none'],
    ['1.5 1/2', 'none'],
    ['1\n1/2', 'none'],
    ['1-1/2', 'none'],
    ['12:30', 'none'],
    ['12:30:15', 'none'],
    ['12 : 30', 'none'],
    ['12:', '12'],
    ['三分之一', '1/3'],
    ['零分之一', 'none'],
    ['百分之五', '5'],
  ])('%s is %s', (text, number) => expect(read(text)).toBe(number))
})

describe('magnitudes', () => {
  const named: Readonly<Record<string, number>> = {
    hundred: 2,
    thousand: 3,
    lakh: 5,
    lac: 5,
    million: 6,
    mn: 6,
    mln: 6,
    crore: 7,
    billion: 9,
    bn: 9,
    bln: 9,
    trillion: 12,
    tn: 12,
    trn: 12,
    quadrillion: 15,
  }
  test.each(Object.entries(named))('%s is 10 to the power of %d', (name, power) => {
    for (const word of [name, `${name}s`, name.toUpperCase()])
      for (const gap of [true, false]) expect(magnitudeNamed(word, gap)).toBe(10n ** BigInt(power))
    expect(read(`3 ${name}`)).toBe(`3${'0'.repeat(power)}`)
    expect(read(`2.5 ${name}s`)).toBe(`25${'0'.repeat(power - 1)}`)
  })
  test('letters stand right behind the digits, k and M after a space as well', () => {
    const glued = { k: 3, K: 3, M: 6, b: 9, B: 9, T: 12 }
    for (const [letter, power] of Object.entries(glued)) {
      expect(magnitudeNamed(letter, false)).toBe(10n ** BigInt(power))
      expect(magnitudeNamed(letter, true)).toBe('kM'.includes(letter) ? 10n ** BigInt(power) : null)
    }
    expect([magnitudeNamed('dozen', true), magnitudeNamed('dozens', true)]).toEqual([12n, 12n])
    for (const other of ['', 'm', 't', 'x', 'thousandth', 'constructor', '个', '百个', '百千万亿万'])
      for (const gap of [true, false]) expect([other, magnitudeNamed(other, gap)]).toEqual([other, null])
  })
  test.each([
    ['十', 10n],
    ['百', 100n],
    ['千', 1000n],
    ['万', 10n ** 4n],
    ['萬', 10n ** 4n],
    ['亿', 10n ** 8n],
    ['億', 10n ** 8n],
    ['百万', 10n ** 6n],
    ['千万亿', 10n ** 15n],
    ['十百千万', 10n ** 10n],
  ])('%s', (word, factor) => expect(magnitudeNamed(word, false)).toBe(factor))
  test.each([
    ['3 hundred thousand', '300000'],
    ['3 hundred thousand million', '300000000000'],
    ['1.25 thousand', '1250'],
    ['1.2345 thousand', '2469/2 .1'],
    ['3万5千', '35000'],
    ['3亿5百', '300000500'],
    ['3万5', 'none'],
    ['3万 5千', 'none'],
    ['3千5万', 'none'],
    ['5千克', '5'],
    ['1.5万', '15000'],
    ['3 dozen', '36'],
    ['½ million', '500000'],
  ])('%s is %s', (text, number) => expect(read(text)).toBe(number))
})

const characters = '零一二三四五六七八九'
/** A whole number up to 9999 in Chinese numerals, with 零 for the places that are left out between others. */
const upToMyriad = (n: number): string => {
  let text = ''
  let skipped = false
  for (const [place, name] of [
    [1000, '千'],
    [100, '百'],
    [10, '十'],
    [1, ''],
  ] as const) {
    const value = Math.floor(n / place) % 10
    if (value === 0) skipped = text !== ''
    else {
      text += `${skipped ? '零' : ''}${characters.charAt(value)}${name}`
      skipped = false
    }
  }
  return text
}
const inChinese = (n: number): string => {
  if (n === 0) return '零'
  const [large, middle, small] = [Math.floor(n / 1e8), Math.floor(n / 1e4) % 1e4, n % 1e4]
  return `${large > 0 ? `${upToMyriad(large)}亿` : ''}${middle > 0 ? `${upToMyriad(middle)}万` : ''}${upToMyriad(small)}`
}

describe('numerals in words', () => {
  const value = (word: string): bigint | null => chineseNumeral(word)?.over ?? null
  test.prop([fc.oneof(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 999_999_999_999 }))], {
    numRuns: numRuns * 5,
  })('Chinese numerals', n => {
    expect([n, value(inChinese(n))]).toEqual([n, BigInt(n)])
  })
  test.prop([digits(2, 24)], { numRuns })('digits one by one, as in years', text => {
    expect(value(Array.from(text, c => characters.charAt(Number(c))).join(''))).toBe(BigInt(text))
  })
  test.each([
    ['十', 10n],
    ['十二', 12n],
    ['两百', 200n],
    ['兩萬', 20_000n],
    ['〇', 0n],
    ['一億', 100_000_000n],
    ['五', 5n],
    ['一百零五', 105n],
    ['十万', 100_000n],
    ['', null],
    ['个', null],
    ['三个', null],
    ['三百个', null],
    ['百三五', null],
    ['三五百', null],
    ['万', null],
    ['万五', null],
    ['零万', null],
    ['一万二万', null],
    ['一万二亿', null],
    ['一亿二亿', null],
    ['一亿零二', 100_000_002n],
    ['五百零', 500n],
    ['constructor', null],
    ['一'.repeat(24), 111_111_111_111_111_111_111_111n],
    ['一'.repeat(25), null],
  ])('%s', (word, number) => expect(value(word)).toBe(number))

  const small =
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
      ' ',
    )
  const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
  test('English words up to ninety; "one" is a pronoun', () => {
    for (const [n, word] of small.entries()) expect(numberWord(word)).toBe(n === 1 ? null : n)
    for (const [i, word] of tens.entries()) expect(numberWord(word)).toBe(10 * (i + 2))
    for (const word of ['', 'hundred', 'twentyone', 'Two', 'zeros']) expect(numberWord(word)).toBeNull()
  })
  test('a number in words is none by itself, and the same as its digits beside them', () => {
    for (const [i, ten] of tens.entries())
      for (const [n, one] of small.slice(0, 10).entries()) {
        const sum = 10 * (i + 2) + n
        const word = n === 0 ? ten : `${ten}-${one}`
        expect(read(word)).toBe('none')
        expect([word, read(`${sum} (${word})`)]).toEqual([word, `${sum}`])
        expect([word, read(`${sum + 1} (${word})`)]).toEqual([word, 'none'])
        expect([word, read(`${sum} (${word.replace('-', ' ')})`)]).toEqual([word, `${sum}`])
      }
    expect(read('20 (twenty-ten)')).toBe('none')
    expect(read('12 (twelve-one)')).toBe('12')
    expect(read('13 (twelve-one)')).toBe('none')
    expect(read('3 (three)')).toBe('3')
    expect(read('three or 3')).toBe('3')
    expect(read('4 or three')).toBe('none')
  })
})

const score =
  (type: string) =>
  (answer: string, truth: string): number | string =>
    E.match(
      ({ _tag }: { readonly _tag: string }): number | string => _tag,
      (reward: number): number | string => reward,
    )(accuracy()(type)(answer, truth))

describe('comparing', () => {
  const numerical = score('numerical')
  const regression = score('regression')
  const number = fc.integer({ min: -10_000, max: 10_000 })
  test.prop([number, number], { numRuns })('hundredths: right within half of one', (a, b) => {
    const text = (n: number): string =>
      `${n < 0 ? '-' : ''}${Math.floor(Math.abs(n) / 1000)}.${String(Math.abs(n) % 1000).padStart(3, '0')}`
    expect(numerical(text(a), `${Math.trunc(b / 10) / 100}`)).toBe(Math.abs(a - Math.trunc(b / 10) * 10) <= 5 ? 1 : 0)
    // A truth of three decimals asks for them, and half of one more.
    expect(numerical(text(a), text(b))).toBe(a === b ? 1 : 0)
  })
  test.prop([number, number.filter(n => n !== 0)], { numRuns })(
    'regression: one less the share that it is off',
    (a, b) => {
      expect(regression(`${a}`, `${b}`)).toBeCloseTo(Math.max(0, 1 - Math.abs(a - b) / Math.abs(b)), 12)
    },
  )
  test.each([
    ['5 cm', '5 cm', 1],
    ['5 cm', '5', 1],
    ['5', '5 cm', 1],
    ['5 dogs', '5', 1],
    ['5', '5 dogs', 1],
    ['5 dogs', '5 cats', 1],
    ['5 dogs', '5 cm', 0],
    ['5 cm', '5 dogs', 0],
    ['5%', '5', 1],
    ['5', '5%', 1],
    ['0.05', '5%', 1],
    ['5%', '0.05', 1],
    ['5%', '50‰', 1],
    ['5.3%', '5%', 0],
    ['6‰', '0.5%', 0],
    ['50‰', '5%', 1],
    ['5‰', '5%', 0],
    ['5%', '5 cm', 0],
    ['5 cm', '5%', 0],
    ['5 cm', '500%', 0],
    ['5%', '5%', 1],
    ['0.0512', '5.12%', 1],
    ['0.0513', '5.12%', 0],
    ['5.121%', '0.0512', 1],
    ['1 pound', '453.59 g', 1],
    ['1 pound', '£1', 1],
    ['1 m', '60 s', 1],
    ['1 m', '100 cm', 1],
    ['100 cents', '$1', 1],
    ['100 cents', '1 €', 1],
  ] as const)('%s for %s is %d', (answer, truth, right) => expect(numerical(answer, truth)).toBe(right))
})
