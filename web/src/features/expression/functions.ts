/**
 * The functions of the language as src/expr/builtin.cpp has them (environment.test.ts holds the two together), by their names, which tell a
 * call from words with a parenthesis between them. What they take and do, the server says (vocabulary.ts).
 */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  `
  abs all any bitand bitnand bitnot bitor bitshl bitshr bitushr bitxor ceil concat count date duration filter find findIndex
  findLast findLastIndex first flatten float floor fromBase64 fromJSON fromPairs get groupBy hasPrefix hasSuffix indexOf int join
  keys last lastIndexOf len lower map max mean median min none now one reduce repeat replace reverse round sort sortBy split
  splitAfter string sum take timezone toBase64 toJSON toPairs trim trimPrefix trimSuffix type uniq upper values
  `
    .trim()
    .split(/\s+/),
)
