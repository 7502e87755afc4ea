/** A package of npm that the binding is made of: its archive's name and sum, and where it is unpacked. */
interface Package {
  readonly package: string
  readonly file: string
  readonly sha256: string
  readonly to: string
}

/** What the native binding is made of besides TensorFlow's wheel. */
export interface Pins {
  readonly tfjs: string
  readonly tensorflow: string
  readonly npm: readonly Package[]
}

/** Everything that the native binding is made of, by exact version, with the SHA-256 of each archive. */
export const pins: Pins = {
  tfjs: '4.22.0',
  tensorflow: '2.21.0',
  npm: [
    {
      package: '@tensorflow/tfjs-node@4.22.0',
      file: 'tensorflow-tfjs-node-4.22.0.tgz',
      sha256: 'd38a448a705efc6e655a080f896b3af646ae39dffbfe9c90b06cb9fc3a2b9358',
      to: 'node_modules/@tensorflow/tfjs-node',
    },
    {
      package: 'google-protobuf@3.9.2',
      file: 'google-protobuf-3.9.2.tgz',
      sha256: 'c84477af55a262b4202325f1890da816bfc3dd5c7680dc22c2ee6e0a2c713e1a',
      to: 'node_modules/google-protobuf',
    },
    {
      package: 'node-api-headers@1.5.0',
      file: 'node-api-headers-1.5.0.tgz',
      sha256: '59d0c186cb2db56fb5219219fdbcfb0573c33ff772494a23940564b9cfff881c',
      to: 'headers',
    },
  ],
}

export interface Wheel {
  /** Name for Python's package installer. */
  readonly package: string
  readonly tag: string
  readonly sha256: string
  /** Download and unpacked size, megabytes. */
  readonly megabytes: number
  readonly unpacked: number
  readonly what: string
}

/**
 * TensorFlow's wheels by platform: one build for one Python version, taken whatever Python is there, since only its C++ library
 * is used.
 */
const wheels: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    package: 'tensorflow-cpu',
    tag: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    megabytes: 270,
    unpacked: 1_500,
    what: 'CPU',
  },
  'linux-x64-cuda': {
    package: 'tensorflow',
    tag: 'manylinux_2_27_x86_64',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    megabytes: 570,
    unpacked: 3_000,
    what: 'CUDA',
  },
  'linux-arm64': {
    package: 'tensorflow',
    tag: 'manylinux_2_27_aarch64',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    megabytes: 280,
    unpacked: 1_500,
    what: 'CPU',
  },
}

/** The wheel for a platform, with CUDA where asked for and there is one; nothing where the binding cannot be compiled. */
export const wheelFor = (platform: string, arch: string, cuda: boolean): Wheel | undefined =>
  (cuda ? wheels[`${platform}-${arch}-cuda`] : undefined) ?? wheels[`${platform}-${arch}`]
