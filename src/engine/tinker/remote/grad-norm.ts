/** The norm of the gradient by whatever name a server gives it; NaN where it says none. */
export const normIn = ({
  metrics,
}: {
  readonly metrics?: Readonly<Record<string, unknown>> | null | undefined
}): number => {
  const found = Object.entries(metrics ?? {}).find(([name]) => /grad_norm/.test(name))?.[1]
  return typeof found === 'number' ? found : Number.NaN
}
