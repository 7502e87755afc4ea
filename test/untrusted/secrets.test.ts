import { describe, expect, it } from 'vitest'
import { neededEnvironment, scrubber } from '../../src/untrusted/index.ts'
import { spent } from '../spent.ts'

const pem = (lines: string) => `-----BEGIN RSA PRIVATE KEY-----${lines}MIIEow${lines}-----END RSA PRIVATE KEY-----`
const { text, value } = scrubber({
  ...{ POSTGRES_PASSWORD: 'perception', EOS_TOKEN: '<|im_end|>', PAD_TOKEN: '[PAD]', MODEL: 'Qwen2.5-VL-7B-Instruct' },
  ...{
    MY_TOKEN: ' "hush-hush/hu sh" \n',
    DATABASE_URL: 'postgres://me:s3cr3t%2Fp4ss@host/db',
    SOMETHING: 'Zx8fK2lQ9vB3nM7pR5tYa1',
  },
  ...{ SHORT_TOKEN: 'true', GIT_SHA: '0123456789abcdef0123456789abcdef01234567', QUOTED_SECRET: 'a"b\\c\nd1234' },
})

describe('secrets are hidden by what they are', () => {
  it.each([
    ['of the environment, trimmed and without its quotes', 'say hush-hush/hu sh now', 'say [secret] now'],
    ['of the environment, in an address', '?t=hush-hush%2Fhu%20sh&u=1', '?t=[secret]&u=1'],
    ['of the environment, in a form', 't=hush-hush%2Fhu+sh', 't=[secret]'],
    ['of the environment, in JSON', JSON.stringify({ a: 'a"b\\c\nd1234' }), '{"a":"[secret]"}'],
    ['in an address of the environment', 'with s3cr3t/p4ss or s3cr3t%2Fp4ss', 'with [secret] or [secret]'],
    ['that looks random, whatever its name', 'Zx8fK2lQ9vB3nM7pR5tYa1', '[secret]'],
    ['of Anthropic', 'key sk-ant-api03-abcDEF0123456789_x', 'key [secret]'],
    ['of OpenAI', `sk-${'x'.repeat(24)}`, '[secret]'],
    ['of Hugging Face', 'hf_abcdefghijklmnopqrstuvwxyz', '[secret]'],
    ['of GitHub', 'ghp_0123456789abcdefABCDEF github_pat_11ABCDE_0123456789', '[secret] [secret]'],
    ['of AWS', 'AKIAIOSFODNN7EXAMPLE.', '[secret].'],
    ['of Google', `AIza${'b'.repeat(35)}`, '[secret]'],
    ['JSON Web Token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_DEF-123', '[secret]'],
    ['private key', `a ${pem('\n')} b`, 'a [secret] b'],
    ['private key in JSON', JSON.stringify(pem('\n')), '"[secret]"'],
    ['private key that is cut', '-----BEGIN PRIVATE KEY-----\nMIIEow', '[secret]'],
    ['bearer', 'Authorization: Bearer abcdefghijklmnopqrst', 'Authorization: Bearer [secret]'],
    ['header', 'x-api-key: abcdef1234567890', 'x-api-key: [secret]'],
    ['password of an address', 'https://me:pass@123@host/x', 'https://me:[secret]@host/x'],
    ['behind an escape of JSON', '\\nsk-ant-api03-abcDEF0123456789', '\\n[secret]'],
    ['behind an escape of an address', 'k%3Dsk-ant-api03-abcDEF0123456789', 'k%3D[secret]'],
  ])('%s', (_, given, wanted) => {
    expect(text(given)).toBe(wanted)
  })

  it.each([
    'perception and Perception',
    'ends with <|im_end|> and [PAD]',
    'Qwen2.5-VL-7B-Instruct',
    'true',
    '0123456789abcdef0123456789abcdef01234567',
    'sk-learn-with-many-long-words',
    'the bearer responsibilities of authentication-and-authorization',
    'password=perception, tokens: 12345678',
    'https://example.org/a?b=c:d@e and me@example.org',
    'eyJ is no token, nor is a task-oriented-dialogue-system',
  ])('ordinary words are not: %s', words => {
    expect(text(words)).toBe(words)
  })

  it('the folder that a shell is in is no secret, though PWD is a name of passwords', () => {
    const hides = scrubber({ PWD: '/srv/clips7', OLDPWD: '/srv/other8', DB_PWD: '/srv/Clips9' })
    expect(hides.text('/srv/clips7/a.mp4 /srv/other8 /srv/Clips9')).toBe('/srv/clips7/a.mp4 /srv/other8 [secret]')
  })

  it('a field of an object is hidden for its value, never for its name', () => {
    const plain = {
      eosToken: '<|im_end|>',
      pad_token: 'reserved_special_token_250',
      password: 'perception',
      apiKey: 'abc',
      maxTokens: 7,
    }
    expect(value(plain)).toEqual(plain)
    expect(value({ apiKey: 'abcdef1234567890', list: [{ password: 'hunter2hunter2' }] })).toEqual({
      ...{ apiKey: '[secret]', list: [{ password: '[secret]' }] },
    })
  })

  it('a text of a megabyte takes less than a second, whatever it holds', () => {
    const units = [
      'sk-',
      'Bearer ',
      ' ',
      'eyJ-',
      'eyJaaaaaaaaa.',
      '://',
      ':',
      '-----BEGIN PRIVATE KEY-----',
      'token=',
      'aB3d',
      'ghp_',
      'basic+',
    ]
    for (const unit of units) {
      expect(
        spent(() => text(`Bearer${unit.repeat(1e6 / unit.length)}`)),
        unit,
      ).toBeLessThan(1)
    }
  })

  it('a child gets what it needs to run, and no secret', () => {
    const env = {
      PATH: '/bin',
      HOME: '/users/me',
      LC_ALL: 'C',
      PYTHONPATH: 'lib',
      ANTHROPIC_API_KEY: 'sk-ant-api03-abcDEF0123456789',
      OTHER: '1',
    }
    expect(neededEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/users/me', LC_ALL: 'C', PYTHONPATH: 'lib' })
    expect(
      neededEnvironment({ PYTHON_TOKEN: 'sk-ant-api03-abcDEF0123456789', PIP_INDEX_URL: 'https://a:b@c/' }, /^PIP_/),
    ).toEqual({
      PIP_INDEX_URL: 'https://a:b@c/',
    })
  })
})
