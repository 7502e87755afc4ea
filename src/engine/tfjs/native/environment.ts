/** What every program needs: where programs, libraries and temporary files are, the language of messages, the user's own folder. */
const always =
  /^(PATH|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|HOME|USER|LOGNAME|LANG|LC_ALL|LC_CTYPE|TMPDIR|TEMP|TMP|TZ|SYSTEMROOT)$/i

/** How the network is reached, and which certificates count. */
const network =
  /^((https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS|XDG_(CONFIG|CACHE|DATA)_HOME)$/i

const patterns = {
  npm: [network, /^npm_config_/i],
  pip: [network, /^PIP_/, /^PYTHON(PATH|HOME|USERBASE|NOUSERSITE|IOENCODING|UTF8)$/, /^VIRTUAL_ENV$/],
  compiler: [/^(CPATH|C_INCLUDE_PATH|CPLUS_INCLUDE_PATH|LIBRARY_PATH|COMPILER_PATH|GCC_EXEC_PREFIX)$/, /^CCACHE_/],
  tensorflow: [/^(CUDA|NVIDIA|CUDNN|NCCL|TF|XLA|OMP|KMP|MKL|DNNL)_/],
} as const

/** Which kind of program a child is. */
export type ProgramKind = keyof typeof patterns

/**
 * The part of this process's environment, and of settings that count more, that a child of the installer gets: what its kind is known to read, and none of the keys and tokens of
 * other programs. npm and pip get their own settings, in which a registry's credentials may be.
 */
export const childEnvironment = (
  kind: ProgramKind,
  settings: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> => {
  const kept = Object.entries({ ...process.env, ...settings }).flatMap(([name, value]): [string, string][] =>
    value !== undefined && [always, ...patterns[kind]].some(pattern => pattern.test(name)) ? [[name, value]] : [],
  )
  return Object.fromEntries(kept)
}
