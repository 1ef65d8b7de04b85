export default {
  expr: {
    completions: '此处可输入的内容',
    contains: '文本包含此内容。',
    matches: '文本匹配正则表达式 (RE2)。',
    startsWith: '文本以此开头。',
    endsWith: '文本以此结尾。',
    in: '是列表中的一个：["warn", "error"]。',
    container: '所涉及的容器。',
  },
}
