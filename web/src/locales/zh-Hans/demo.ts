export default {
  demo: {
    all: '此处内容均为虚构。',
    said: '{time} 部署 {image} 时出了问题。',
    open: '查明原因',
    close: '关闭此提示',
    alert: '启用告警',
    hint: '添加入门规则：崩溃、内存、健康状态和错误',
    on: '告警已启用：第一条将在两分钟内出现。',
    show: '查看告警',
    failed: '无法添加规则：{why}',
  },
}
