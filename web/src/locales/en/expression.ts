// What the expression editor says itself; what names mean, the server says (features/expression/texts.ts).
export default {
  expr: {
    completions: 'What may be written here',
    contains: 'The text has this in it.',
    matches: 'The text matches a regular expression (RE2).',
    startsWith: 'The text starts so.',
    endsWith: 'The text ends so.',
    in: 'It is one of a list: ["warn", "error"].',
    container: 'The container that it is about.',
  },
}
