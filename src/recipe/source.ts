/**
 * How another process makes a recipe once more, for phases that are done beside this process. A recipe holds functions, which no
 * process can send to another.
 */
export interface RecipeSource {
  /** Address (`file:`) of a module of JavaScript with an export `recipe`: argument → task of the recipe. */
  readonly module: string
  /** What it is given: what JSON can hold. */
  readonly argument: unknown
}
