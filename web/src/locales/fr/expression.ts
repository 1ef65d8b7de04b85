export default {
  expr: {
    completions: 'Ce qui peut être écrit ici',
    contains: 'Le texte contient ceci.',
    matches: 'Le texte correspond à une expression régulière (RE2).',
    startsWith: 'Le texte commence ainsi.',
    endsWith: 'Le texte finit ainsi.',
    in: 'Fait partie d’une liste : ["warn", "error"].',
    container: 'Le conteneur concerné.',
  },
}
