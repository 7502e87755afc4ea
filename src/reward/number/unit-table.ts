import type { Dimensions } from './unit.ts'

/** A unit of the table: its names, what it measures, and its size in base units as `exactly` reads it. */
export interface UnitEntry {
  /** Taken as they are written, with the prefixes of the SI where `prefixes` says so. */
  readonly symbols: string
  /** Taken in any case, in the plural too. */
  readonly names: string
  readonly dimensions: Dimensions
  readonly size: string
  /** Where its zero lies, in base units. */
  readonly zero?: string
  readonly prefixes?: boolean
}

const length = { length: 1 }
const area = { length: 2 }
const volume = { length: 3 }
const mass = { mass: 1 }
const time = { time: 1 }
const calendar = { calendar: 1 }
const speed = { length: 1, time: -1 }
const force = { mass: 1, length: 1, time: -2 }
const pressure = { mass: 1, length: -1, time: -2 }
const energy = { mass: 1, length: 2, time: -2 }
const power = { mass: 1, length: 2, time: -3 }
const voltage = { mass: 1, length: 2, time: -3, current: -1 }
const data = { data: 1 }
const si = { prefixes: true } as const

const entry = (
  symbols: string,
  names: string,
  dimensions: Dimensions,
  size: string,
  more: Partial<UnitEntry> = {},
): UnitEntry => ({ symbols, names, dimensions, size, ...more })

const space: readonly UnitEntry[] = [
  entry('m', 'metre meter', length, '1', si),
  entry('米 公尺 メートル 미터', '', length, '1'),
  entry('厘米 公分 センチ センチメートル 센티미터', '', length, '0.01'),
  entry('毫米 ミリ ミリメートル 밀리미터', '', length, '0.001'),
  entry('分米', '', length, '0.1'),
  entry('微米', 'micron', length, '1e-6'),
  entry('纳米', '', length, '1e-9'),
  entry('千米 公里 キロメートル 킬로미터', '', length, '1000'),
  entry(`in " ''`, 'inch inches', length, '0.0254'),
  entry(`ft '`, 'foot feet', length, '0.3048'),
  entry('yd yds', 'yard', length, '0.9144'),
  entry('mi', 'mile', length, '1609.344'),
  entry('nmi', '', length, '1852'),
  entry('ha 公顷', 'hectare', area, '10000'),
  entry('ac', 'acre', area, '4046.8564224'),
  entry('平方米 平米', 'sqm', area, '1'),
  entry('平方厘米', '', area, '0.0001'),
  entry('平方公里 平方千米', '', area, '1000000'),
  entry('', 'sqft', area, '0.09290304'),
  entry('l L', 'litre liter', volume, '0.001', si),
  entry('升 リットル 리터', '', volume, '0.001'),
  entry('毫升 cc', '', volume, '0.000001'),
  entry('立方米', '', volume, '1'),
  entry('立方厘米', '', volume, '0.000001'),
  entry('gal', 'gallon', volume, '0.003785411784'),
  entry('mph', '', speed, '1609.344/3600'),
  entry('kph kmh kmph', '', speed, '10/36'),
  entry('kn', 'knot', speed, '1852/3600'),
]

const times: readonly UnitEntry[] = [
  entry('s sec secs', 'second', time, '1', si),
  entry('秒 秒钟 秒鐘 초', '', time, '1'),
  entry('毫秒', '', time, '0.001'),
  entry('min mins', 'minute', time, '60'),
  entry('m', '', time, '60'),
  entry('分钟 分鐘 分 분', '', time, '60'),
  entry('h hr hrs', 'hour', time, '3600'),
  entry('小时 小時 钟头 時間 시간', '', time, '3600'),
  entry('d', 'day', time, '86400'),
  entry('天 日', '', time, '86400'),
  entry('wk wks', 'week', time, '604800'),
  entry('周 星期 週間', '', time, '604800'),
  entry('mo', 'month', calendar, '1'),
  entry('个月 個月 か月', '', calendar, '1'),
  entry('yr yrs', 'year', calendar, '12'),
  entry('年', '', calendar, '12'),
  entry('', 'decade', calendar, '120'),
  entry('', 'century centuries', calendar, '1200'),
  entry('Hz', 'hertz', { time: -1 }, '1', si),
  entry('rpm', '', { turn: 1, time: -1 }, '1/60'),
  entry('bpm', '', { beat: 1, time: -1 }, '1/60'),
  entry('fps FPS', '', { frame: 1, time: -1 }, '1'),
  entry('帧', 'frame', { frame: 1 }, '1'),
  entry('px', 'pixel', { pixel: 1 }, '1'),
  entry('', 'turn revolution', { turn: 1 }, '1'),
  entry('', 'beat', { beat: 1 }, '1'),
  entry('° deg degs', 'degree', { angle: 1 }, '1'),
  entry('度', '', { angle: 1 }, '1'),
  entry('rad', 'radian', { radian: 1 }, '1'),
]

const matter: readonly UnitEntry[] = [
  entry('g', 'gram gramme', mass, '1', si),
  entry('克 グラム 그램', '', mass, '1'),
  entry('千克 公斤 キログラム 킬로그램 kilo kilos kgs', '', mass, '1000'),
  entry('毫克', '', mass, '0.001'),
  entry('斤', '', mass, '500'),
  entry('t', 'tonne ton', mass, '1e6'),
  entry('吨 噸 トン 톤', '', mass, '1e6'),
  entry('lb lbs', 'pound', mass, '453.59237'),
  entry('oz', 'ounce', mass, '28.349523125'),
  entry('K', 'kelvin', { temperature: 1 }, '1'),
  entry('°C C', 'celsius centigrade', { temperature: 1 }, '1', { zero: '273.15' }),
  entry('摄氏度 攝氏度', '', { temperature: 1 }, '1', { zero: '273.15' }),
  entry('°F F 华氏度', 'fahrenheit', { temperature: 1 }, '5/9', { zero: '45967/180' }),
  entry('°', 'degree', { temperature: 1 }, '1', { zero: '273.15' }),
  entry('度 도', '', { temperature: 1 }, '1', { zero: '273.15' }),
  entry('mol', 'mole', { substance: 1 }, '1', si),
  entry('cd', 'candela', { light: 1 }, '1'),
  entry('lm', 'lumen', { light: 1 }, '1'),
  entry('lx', 'lux', { light: 1, length: -2 }, '1'),
]

const physics: readonly UnitEntry[] = [
  entry('N', 'newton', force, '1000', si),
  entry('Pa', 'pascal', pressure, '1000', si),
  entry('bar', 'bar', pressure, '1e8', si),
  entry('atm', 'atmosphere', pressure, '101325e3'),
  entry('J', 'joule', energy, '1000', si),
  entry('Wh', '', energy, '3600e3', si),
  entry('cal', 'calorie', energy, '4184', si),
  entry('eV', 'electronvolt', energy, '1.602176634e-16', si),
  entry('W', 'watt', power, '1000', si),
  entry('A', 'ampere amp', { current: 1 }, '1', si),
  entry('C', 'coulomb', { current: 1, time: 1 }, '1', si),
  entry('V', 'volt', voltage, '1000', si),
  entry('Ω', 'ohm', { ...voltage, current: -2 }, '1000', si),
  entry('F', 'farad', { mass: -1, length: -2, time: 4, current: 2 }, '0.001', si),
  entry('H', 'henry', { ...energy, current: -2 }, '1000', si),
  entry('Wb', 'weber', { ...energy, current: -1 }, '1000', si),
  entry('T', 'tesla', { mass: 1, time: -2, current: -1 }, '1000', si),
  entry('dB', 'decibel', { level: 1 }, '1'),
  entry('bit', 'bit', data, '1', si),
  entry('B', 'byte', data, '8', si),
]

const money = (symbols: string, names: string, currency: string, size = '1'): UnitEntry =>
  entry(symbols, names, { [currency]: 1 }, size)

/** Currencies, of which the symbols and codes may stand before the number too. */
export const currencies: readonly UnitEntry[] = [
  money('$ US$ USD', 'dollar buck', 'dollar'),
  money('美元', '', 'dollar'),
  money('', 'cent', 'dollar', '0.01'),
  money('¢', '', 'dollar', '0.01'),
  money('€ EUR', 'euro', 'euro'),
  money('欧元', '', 'euro'),
  money('', 'cent', 'euro', '0.01'),
  money('£ GBP', 'pound', 'sterling'),
  money('英镑', '', 'sterling'),
  money('', 'penny pence', 'sterling', '0.01'),
  money('¥ JPY 円 日元', 'yen', 'yen'),
  money('¥ CNY RMB 元 块 块钱 人民币', 'yuan', 'yuan'),
  money('₹ INR Rs', 'rupee', 'rupee'),
  money('₩ KRW 원', 'won', 'won'),
  money('₽ RUB', 'rouble ruble', 'rouble'),
  money('CHF', 'franc', 'franc'),
]

/** Every unit that is known; a name may stand in several entries, and then has several meanings, the likeliest first. */
export const unitEntries: readonly UnitEntry[] = [...space, ...times, ...matter, ...physics, ...currencies]
