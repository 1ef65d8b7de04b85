// The functions of the language as src/expr/builtin.cpp has them (environment.test.ts holds the two together).

export interface LanguageFunction {
  name: string
  /** `trim(text, characters?) string` */
  signature: string
  help: string
}

const TABLE: readonly (readonly [signature: string, help: string])[] = [
  ['abs(number) number', 'The number without its sign.'],
  ['all(array, predicate) bool', 'Whether every item satisfies the predicate.'],
  ['any(array, predicate) bool', 'Whether at least one item satisfies the predicate.'],
  ['bitand(a, b) int', 'Bitwise and.'],
  ['bitnand(a, b) int', 'The bits of a that b has not.'],
  ['bitnot(a) int', 'Every bit turned over.'],
  ['bitor(a, b) int', 'Bitwise or.'],
  ['bitshl(a, count) int', 'Bits moved left.'],
  ['bitshr(a, count) int', 'Bits moved right, keeping the sign.'],
  ['bitushr(a, count) int', 'Bits moved right, filling with zeros.'],
  ['bitxor(a, b) int', 'Bitwise exclusive or.'],
  ['ceil(number) float', 'Rounds up.'],
  ['concat(array, array…) array', 'The items of all arrays in one.'],
  ['count(array, predicate?) int', 'How many items satisfy the predicate, or are true.'],
  ['date(text, layout?, timezone?) time', 'Reads a date; the layout shows how January 2nd 2006, 15:04:05 would be written.'],
  ['duration(text) duration', 'Reads a length of time such as "1h30m".'],
  ['filter(array, predicate) array', 'The items that satisfy the predicate.'],
  ['find(array, predicate) any', 'The first item that satisfies the predicate, or nil.'],
  ['findIndex(array, predicate) int', 'The place of the first item that satisfies the predicate, or nil.'],
  ['findLast(array, predicate) any', 'The last item that satisfies the predicate, or nil.'],
  ['findLastIndex(array, predicate) int', 'The place of the last item that satisfies the predicate, or nil.'],
  ['first(array) any', 'The first item, or nil.'],
  ['flatten(array) array', 'The items of nested arrays in one array.'],
  ['float(value) float', 'A number, or a text that shows one, as a float.'],
  ['floor(number) float', 'Rounds down.'],
  ['fromBase64(text) string', 'Undoes toBase64.'],
  ['fromJSON(text) any', 'The value that a JSON text describes.'],
  ['fromPairs(array) map', 'A map of [key, value] pairs.'],
  ['get(value, key) any', 'The item under a key or index, or nil.'],
  ['groupBy(array, key) map', 'The items in arrays by what the predicate gives for them.'],
  ['hasPrefix(text, prefix) bool', 'Whether the text starts so.'],
  ['hasSuffix(text, suffix) bool', 'Whether the text ends so.'],
  ['indexOf(text, part) int', 'The byte at which the part starts first, or -1.'],
  ['int(value) int', 'A number cut to an integer, or a text that shows one.'],
  ['join(array, separator?) string', 'The texts of an array in one.'],
  ['keys(map) array', 'The keys of a map, sorted.'],
  ['last(array) any', 'The last item, or nil.'],
  ['lastIndexOf(text, part) int', 'The byte at which the part starts last, or -1.'],
  ['len(value) int', 'How many items, entries or characters there are.'],
  ['lower(text) string', 'The text in small letters.'],
  ['map(array, predicate) array', 'What the predicate gives for every item.'],
  ['max(number…) number', 'The largest of numbers or arrays of numbers.'],
  ['mean(number…) float', 'The average of numbers or arrays of numbers.'],
  ['median(number…) float', 'The middle of numbers or arrays of numbers.'],
  ['min(number…) number', 'The smallest of numbers or arrays of numbers.'],
  ['none(array, predicate) bool', 'Whether no item satisfies the predicate.'],
  ['now() time', 'The present time.'],
  ['one(array, predicate) bool', 'Whether exactly one item satisfies the predicate.'],
  ['reduce(array, predicate, initial?) any', 'Folds the array; #acc is the result so far.'],
  ['repeat(text, count) string', 'The text several times over.'],
  ['replace(text, old, new, count?) string', 'The text with one part put for another.'],
  ['reverse(array) array', 'The items from last to first.'],
  ['round(number) float', 'Rounds to the nearest integer, halves away from zero.'],
  ['sort(array, order?) array', 'The items in order, "asc" or "desc".'],
  ['sortBy(array, key, order?) array', 'The items in the order of what the predicate gives.'],
  ['split(text, separator, count?) array', 'The parts between separators.'],
  ['splitAfter(text, separator, count?) array', 'The parts, each with its separator.'],
  ['string(value) string', 'The value as text.'],
  ['sum(array, predicate?) number', 'The items, or what the predicate gives for them, added up.'],
  ['take(array, count) array', 'The first items.'],
  ['timezone(name) timezone', 'The time zone of that name, such as "Europe/Zurich".'],
  ['toBase64(text) string', 'The text in base64.'],
  ['toJSON(value) string', 'The value as JSON text.'],
  ['toPairs(map) array', 'The entries of a map as [key, value], sorted by key.'],
  ['trim(text, characters?) string', 'The text without white space, or those characters, at its ends.'],
  ['trimPrefix(text, prefix?) string', 'The text without the prefix, a space unless given.'],
  ['trimSuffix(text, suffix?) string', 'The text without the suffix, a space unless given.'],
  ['type(value) string', 'The name of the value\'s type.'],
  ['uniq(array) array', 'The items without repetitions.'],
  ['upper(text) string', 'The text in capital letters.'],
  ['values(map) array', 'The values of a map in the order of its keys.'],
]

export const FUNCTIONS: ReadonlyMap<string, LanguageFunction> = new Map(
  TABLE.map(([signature, help]) => {
    const name = signature.slice(0, signature.indexOf('('))
    return [name, { name, signature, help }]
  }),
)
