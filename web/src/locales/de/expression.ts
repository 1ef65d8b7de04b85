export default {
  expr: {
    completions: 'Was hier stehen kann',
    contains: 'Der Text enthält das.',
    matches: 'Der Text passt zu einem regulären Ausdruck (RE2).',
    startsWith: 'Der Text beginnt so.',
    endsWith: 'Der Text endet so.',
    in: 'Eines aus einer Liste: ["warn", "error"].',
    container: 'Der Container, um den es geht.',
  },
}
