export default {
  expr: {
    completions: 'Lo que se puede escribir aquí',
    contains: 'El texto contiene esto.',
    matches: 'El texto coincide con una expresión regular (RE2).',
    startsWith: 'El texto empieza así.',
    endsWith: 'El texto termina así.',
    in: 'Es uno de una lista: ["warn", "error"].',
    container: 'El contenedor del que se trata.',
  },
}
