export default {
  expr: {
    completions: 'ここに書けるもの',
    contains: 'テキストにこれが含まれます。',
    matches: 'テキストが正規表現 (RE2) に一致します。',
    startsWith: 'テキストがこれで始まります。',
    endsWith: 'テキストがこれで終わります。',
    in: 'リストのいずれかです：["warn", "error"]。',
    container: '対象のコンテナ。',
  },
}
