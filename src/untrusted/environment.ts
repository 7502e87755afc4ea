import { scrubber } from './secrets.ts'

/** What programs need to be found, to find their libraries and folders, and to speak the user's language. */
const needed =
  /^(?:PATH|PATHEXT|HOME|USER|LOGNAME|USERPROFILE|APPDATA|LOCALAPPDATA|SHELL|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR|TERM|TZ|LANG|LC_\w+|TMP|TEMP|TMPDIR|XDG_(?:CACHE|CONFIG|DATA|RUNTIME)\w*|(?:DY)?LD_LIBRARY_PATH|SSL_CERT_(?:FILE|DIR))$/i

/** What programs of some languages need besides, to find what is installed and to know how many threads they may have. */
const languages =
  /^(?:PYTHON\w*|VIRTUAL_ENV|CONDA_(?:PREFIX|DEFAULT_ENV)|NODE_PATH|JAVA_HOME|GOPATH|GOROOT|CARGO_HOME|RUSTUP_HOME|R_HOME|R_LIBS\w*|JULIA_\w+|(?:OMP|MKL|OPENBLAS)_NUM_THREADS|CUDA_VISIBLE_DEVICES|CUDA_HOME|CUDA_PATH)$/i

/**
 * The part of an environment that a child process gets: what it takes to run, and nothing that is a secret, whatever its name.
 * What `more` names besides is passed on as it is: the registry of a package manager may hold the key to it.
 */
export const neededEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  more?: RegExp,
): Record<string, string> => {
  const { text } = scrubber(env)
  const isNeeded = (name: string, value: string): boolean =>
    more?.test(name) === true || ((needed.test(name) || languages.test(name)) && text(value) === value)
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isNeeded(name, value) ? [[name, value]] : [],
    ),
  )
}
