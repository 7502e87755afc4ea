import { describe, expect } from 'vitest'
import { type Rational, rational, toLowest } from '../../src/reward/number/rational.ts'
import { converted, isSameKind, type Unit, unitTimes, unitToPower } from '../../src/reward/number/unit.ts'
import { currenciesNamed, ideographicUnits, unitsNamed } from '../../src/reward/number/unit-names.ts'
import { unitEntries } from '../../src/reward/number/unit-table.ts'
import { fc, test } from '../property.ts'

/**
 * Every unit that is known: what it measures, in how many metres, seconds, grams, … and its names. Sizes are exact, by
 * the SI brochure (9th edition), the international yard and pound of 1959, and the definitions of the US gallon and the
 * thermochemical calorie.
 */
interface Measure {
  readonly dimensions: Readonly<Record<string, number>>
  /** Size as a fraction, then the names of that size. */
  readonly sizes: Readonly<Record<string, string>>
}

const measures: readonly Measure[] = [
  {
    dimensions: { length: 1 },
    sizes: {
      '1': 'm metre meter 米 公尺 メートル 미터',
      '1/100': '厘米 公分 センチ センチメートル 센티미터',
      '1/1000': '毫米 ミリ ミリメートル 밀리미터',
      '1/10': '分米',
      '1/1000000': '微米 micron',
      '1/1000000000': '纳米',
      '1000': '千米 公里 キロメートル 킬로미터',
      '254/10000': `in " '' inch inches`,
      '3048/10000': `ft ' foot feet`,
      '9144/10000': 'yd yds yard',
      '1609344/1000': 'mi mile',
      '1852': 'nmi',
    },
  },
  {
    dimensions: { length: 2 },
    sizes: {
      '10000': 'ha 公顷 hectare',
      '40468564224/10000000': 'ac acre',
      '1': '平方米 平米 sqm',
      '1/10000': '平方厘米',
      '1000000': '平方公里 平方千米',
      '9290304/100000000': 'sqft',
    },
  },
  {
    dimensions: { length: 3 },
    sizes: {
      '1/1000': 'l L litre liter 升 リットル 리터',
      '1/1000000': '毫升 cc 立方厘米',
      '1': '立方米',
      '3785411784/1000000000000': 'gal gallon',
    },
  },
  {
    dimensions: { length: 1, time: -1 },
    sizes: { '1609344/3600000': 'mph', '10/36': 'kph kmh kmph', '1852/3600': 'kn knot' },
  },
  {
    dimensions: { time: 1 },
    sizes: {
      '1': 's sec secs second 秒 秒钟 秒鐘 초',
      '1/1000': '毫秒',
      '60': 'min mins minute m 分钟 分鐘 分 분',
      '3600': 'h hr hrs hour 小时 小時 钟头 時間 시간',
      '86400': 'd day 天 日',
      '604800': 'wk wks week 周 星期 週間',
    },
  },
  {
    dimensions: { calendar: 1 },
    sizes: {
      '1': 'mo month 个月 個月 か月',
      '12': 'yr yrs year 年',
      '120': 'decade',
      '1200': 'century centuries',
    },
  },
  { dimensions: { time: -1 }, sizes: { '1': 'Hz hertz' } },
  { dimensions: { turn: 1, time: -1 }, sizes: { '1/60': 'rpm' } },
  { dimensions: { beat: 1, time: -1 }, sizes: { '1/60': 'bpm' } },
  { dimensions: { frame: 1, time: -1 }, sizes: { '1': 'fps FPS' } },
  { dimensions: { frame: 1 }, sizes: { '1': '帧 frame' } },
  { dimensions: { pixel: 1 }, sizes: { '1': 'px pixel' } },
  { dimensions: { turn: 1 }, sizes: { '1': 'turn revolution' } },
  { dimensions: { beat: 1 }, sizes: { '1': 'beat' } },
  { dimensions: { angle: 1 }, sizes: { '1': '° deg degs degree 度' } },
  { dimensions: { radian: 1 }, sizes: { '1': 'rad radian' } },
  {
    dimensions: { mass: 1 },
    sizes: {
      '1': 'g gram gramme 克 グラム 그램',
      '1000': '千克 公斤 キログラム 킬로그램 kilo kilos kgs',
      '1/1000': '毫克',
      '500': '斤',
      '1000000': 't tonne ton 吨 噸 トン 톤',
      '45359237/100000': 'lb lbs pound',
      '28349523125/1000000000': 'oz ounce',
    },
  },
  { dimensions: { temperature: 1 }, sizes: { '1': 'K kelvin' } },
  { dimensions: { substance: 1 }, sizes: { '1': 'mol mole' } },
  { dimensions: { light: 1 }, sizes: { '1': 'cd candela lm lumen' } },
  { dimensions: { light: 1, length: -2 }, sizes: { '1': 'lx lux' } },
  { dimensions: { mass: 1, length: 1, time: -2 }, sizes: { '1000': 'N newton' } },
  {
    dimensions: { mass: 1, length: -1, time: -2 },
    sizes: { '1000': 'Pa pascal', '100000000': 'bar', '101325000': 'atm atmosphere' },
  },
  {
    dimensions: { mass: 1, length: 2, time: -2 },
    sizes: {
      '1000': 'J joule',
      '3600000': 'Wh',
      '4184': 'cal calorie',
      '1602176634/10000000000000000000000000': 'eV electronvolt',
    },
  },
  { dimensions: { mass: 1, length: 2, time: -3 }, sizes: { '1000': 'W watt' } },
  { dimensions: { current: 1 }, sizes: { '1': 'A ampere amp' } },
  { dimensions: { current: 1, time: 1 }, sizes: { '1': 'C coulomb' } },
  { dimensions: { mass: 1, length: 2, time: -3, current: -1 }, sizes: { '1000': 'V volt' } },
  { dimensions: { mass: 1, length: 2, time: -3, current: -2 }, sizes: { '1000': 'Ω ohm' } },
  { dimensions: { mass: -1, length: -2, time: 4, current: 2 }, sizes: { '1/1000': 'F farad' } },
  { dimensions: { mass: 1, length: 2, time: -2, current: -2 }, sizes: { '1000': 'H henry' } },
  { dimensions: { mass: 1, length: 2, time: -2, current: -1 }, sizes: { '1000': 'Wb weber' } },
  { dimensions: { mass: 1, time: -2, current: -1 }, sizes: { '1000': 'T tesla' } },
  { dimensions: { level: 1 }, sizes: { '1': 'dB decibel' } },
  { dimensions: { data: 1 }, sizes: { '1': 'bit', '8': 'B byte' } },
  { dimensions: { dollar: 1 }, sizes: { '1': '$ US$ USD dollar buck 美元', '1/100': 'cent ¢' } },
  { dimensions: { euro: 1 }, sizes: { '1': '€ EUR euro 欧元', '1/100': 'cent' } },
  { dimensions: { sterling: 1 }, sizes: { '1': '£ GBP pound 英镑', '1/100': 'penny pence' } },
  { dimensions: { yen: 1 }, sizes: { '1': '¥ JPY 円 日元 yen' } },
  { dimensions: { yuan: 1 }, sizes: { '1': '¥ CNY RMB 元 块 块钱 人民币 yuan' } },
  { dimensions: { rupee: 1 }, sizes: { '1': '₹ INR Rs rupee' } },
  { dimensions: { won: 1 }, sizes: { '1': '₩ KRW 원 won' } },
  { dimensions: { rouble: 1 }, sizes: { '1': '₽ RUB rouble ruble' } },
  { dimensions: { franc: 1 }, sizes: { '1': 'CHF franc' } },
]

const fraction = (text: string): Rational => {
  const [over = '', under = '1'] = text.split('/')
  return rational(BigInt(over), BigInt(under))
}

/** A meaning in words: size, zero and dimensions. */
const said = ({ dimensions, scale, zero }: Unit): string => {
  const [{ over, under }, from] = [toLowest(scale), zero === undefined ? null : toLowest(zero)]
  const powers = Object.entries(dimensions).map(([name, power]) => `${name}^${power}`)
  return `${over}/${under}${from === null ? '' : ` from ${from.over}/${from.under}`} ${powers.sort().join(' ')}`
}

/** The degrees, whose zero is not that of the kelvin. */
const celsius: Unit = { dimensions: { temperature: 1 }, scale: rational(1n), zero: rational(27315n, 100n) }
const fahrenheit: Unit = { dimensions: { temperature: 1 }, scale: rational(5n, 9n), zero: rational(45967n, 180n) }

const meanings = new Map<string, Set<string>>()
const mean = (names: string, unit: Unit): void => {
  for (const name of names.split(' ')) meanings.set(name, new Set([...(meanings.get(name) ?? []), said(unit)]))
}
for (const { dimensions, sizes } of measures)
  for (const [size, names] of Object.entries(sizes)) mean(names, { dimensions, scale: fraction(size) })
mean('°C C celsius centigrade ° degree 摄氏度 攝氏度 度 도', celsius)
mean('°F F 华氏度 fahrenheit', fahrenheit)

describe('the table of units', () => {
  test.each([...meanings])('%s', (name, wanted) => {
    expect(new Set(unitsNamed(name).map(said))).toEqual(wanted)
  })
  test('has no name that is not in the one above', () => {
    const names = unitEntries.flatMap(({ symbols, names }) => [...symbols.split(' '), ...names.split(' ')])
    expect(names.filter(name => name !== '' && !meanings.has(name))).toEqual([])
  })
  test.each([
    ['m', ['1/1 length^1', '60/1 time^1']],
    ['pound', ['45359237/100000 mass^1', '1/1 sterling^1']],
    ['cent', ['1/100 dollar^1', '1/100 euro^1']],
    ['C', [said(celsius), '1/1 current^1 time^1']],
    ['度', ['1/1 angle^1', said(celsius)]],
  ])('the likeliest of the meanings of %s stands first', (name, wanted) => {
    expect(unitsNamed(name).map(said)).toEqual(wanted)
  })
})

describe('prefixes of the SI', () => {
  const prefixes: readonly (readonly [string, string, number])[] = [
    ['p', 'pico', -12],
    ['n', 'nano', -9],
    ['μ', 'micro', -6],
    ['m', 'milli', -3],
    ['c', 'centi', -2],
    ['d', 'deci', -1],
    ['da', 'deca', 1],
    ['h', 'hecto', 2],
    ['k', 'kilo', 3],
    ['M', 'mega', 6],
    ['G', 'giga', 9],
    ['T', 'tera', 12],
    ['P', 'peta', 15],
  ]
  const times = (unit: Unit, power: number): string => {
    const ten = 10n ** BigInt(Math.abs(power))
    const { over, under } = unit.scale
    return said({ ...unit, scale: power < 0 ? rational(over, under * ten) : rational(over * ten, under) })
  }
  test.each(prefixes)('%s or %s is 10 to the power of %d', (symbol, name, power) => {
    for (const [short, long] of [
      ['g', 'gram'],
      ['W', 'watt'],
      ['Hz', 'hertz'],
    ] as const) {
      const [unit] = unitsNamed(short)
      expect(unitsNamed(symbol + short).map(said)).toContain(times(unit!, power))
      expect(unitsNamed(name + long).map(said)).toEqual([times(unit!, power)])
      expect(unitsNamed(`${name + long}s`).map(said)).toEqual([times(unit!, power)])
    }
  })
  test('u stands for μ, and no name is spelled with it', () => {
    expect(unitsNamed('us').map(said)).toEqual(['1/1000000 time^1'])
    expect(unitsNamed('microsecond')).toHaveLength(1)
    expect(unitsNamed('usecond')).toEqual([])
  })
  test('no part of a byte or a bit is meant: "mb" is a megabyte, and dB a level', () => {
    expect(unitsNamed('mb').map(said)).toEqual(['8000000/1 data^1'])
    expect(unitsNamed('mbit').map(said)).toEqual(['1000000/1 data^1'])
    expect(unitsNamed('kB').map(said)).toEqual(['8000/1 data^1'])
    expect(unitsNamed('dB').map(said)).toEqual(['1/1 level^1'])
    expect(unitsNamed('hectobyte')).toEqual([])
  })
  test('only units of the SI take them', () => {
    for (const name of [
      'kin',
      'kmi',
      'kft',
      'mday',
      'kmin',
      'kilomile',
      'millihour',
      'megadollar',
      'k$',
      'kUSD',
      'mlb',
    ])
      expect([name, unitsNamed(name)]).toEqual([name, []])
  })
})

describe('names as people write them', () => {
  test.each([
    ['KM', 'km'],
    ['Kg', 'kg'],
    ['Cm', 'cm'],
    ['Min', 'min'],
    ['SEC', 'sec'],
    ['khz', 'kHz'],
    ['kw', 'kW'],
    ['Metres', 'metre'],
    ['INCHES', 'inch'],
    ['Feet', 'foot'],
    ['Ohms', 'ohm'],
    ['usd', 'USD'],
  ])('%s is %s', (written, name) => {
    expect(unitsNamed(written)).not.toEqual([])
    expect(unitsNamed(written).map(said)).toEqual(unitsNamed(name).map(said))
  })
  test('a symbol as it is written comes before one in other letters', () => {
    expect(unitsNamed('Mm').map(said)).toEqual(['1000000/1 length^1'])
    expect(unitsNamed('mW').map(said)).toEqual(['1/1 length^2 mass^1 time^-3'])
    expect(unitsNamed('MW').map(said)).toEqual(['1000000000/1 length^2 mass^1 time^-3'])
  })
  test.each(['', 'x', 'S', 'G', 'US', 'dog', 'dogs', 'constructor', '__proto__', 'toString', 'ss', 'ms²', '米米'])(
    '"%s" is none',
    name => expect(unitsNamed(name)).toEqual([]),
  )
  test('a currency before a number is a symbol or a code', () => {
    expect(currenciesNamed('$').map(said)).toEqual(['1/1 dollar^1'])
    expect(currenciesNamed('usd').map(said)).toEqual(['1/1 dollar^1'])
    expect(currenciesNamed('¥').map(said)).toEqual(['1/1 yen^1', '1/1 yuan^1'])
    for (const name of ['dollar', 'm', 'cent', 'x', '']) expect(currenciesNamed(name)).toEqual([])
  })
  test('names of several ideographs are words to the reader, symbols of other scripts are not', () => {
    expect(ideographicUnits).toEqual(expect.arrayContaining(['厘米', '分钟', 'メートル', '킬로미터', '人民币']))
    for (const name of ['m', 'km', 'μm', '°C', '米', 'US$', 'kΩ', '$', 'USD', '€'])
      expect([name, ideographicUnits.includes(name)]).toEqual([name, false])
  })
})

describe('arithmetic of units', () => {
  const one = (name: string): Unit => unitsNamed(name)[0]!
  const number = fc.tuple(fc.bigInt(-1000n, 1000n), fc.bigInt(1n, 1000n)).map(([over, under]) => rational(over, under))
  const unit = fc.constantFrom(...['m', 'km', 'in', 'h', 's', 'kg', '°C', '°F', 'K', 'GB', '$'].map(one))

  test.prop([number, unit, unit])('to another unit and back changes nothing', (value, a, b) => {
    if (!isSameKind(a, b)) return
    expect(toLowest(converted(converted(value, a, b), b, a))).toEqual(toLowest(value))
  })
  test.prop([unit, unit])('a product and its quotient give the unit back', (a, b) => {
    const back = unitTimes(unitTimes(a, b), unitToPower(b, -1))
    expect(isSameKind(back, a)).toBe(true)
    expect(toLowest(back.scale)).toEqual(toLowest(a.scale))
  })
  test.prop([unit, fc.integer({ min: 1, max: 5 })])('a power is a product with itself', (a, power) => {
    const product = Array.from({ length: power }, () => a).reduce(unitTimes)
    expect(said({ ...unitToPower(a, power) })).toBe(said({ dimensions: product.dimensions, scale: product.scale }))
  })
  test('kinds', () => {
    expect(isSameKind(one('m'), one('km'))).toBe(true)
    expect(isSameKind(one('m'), one('s'))).toBe(false)
    expect(isSameKind(one('m'), one('ha'))).toBe(false)
    expect(isSameKind(unitTimes(one('m'), unitToPower(one('m'), -1)), { dimensions: {}, scale: rational(1n) })).toBe(
      true,
    )
    expect(isSameKind({ dimensions: {}, scale: rational(1n) }, one('m'))).toBe(false)
    expect(isSameKind(one('m'), { dimensions: {}, scale: rational(1n) })).toBe(false)
  })
})
