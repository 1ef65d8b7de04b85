export default {
  charts: {
    legend: '绘制的容器',
    legend_hint: '单击：仅此线；Shift+单击：隐藏或重新显示',
    plot_hint: '单击可跳转到该时间，拖动可放大',
    loading: '正在加载数据',
    failed: '无法加载数据：{why}',
    none: '还没有数据',
    none_in_range: '此范围没有保留数据',
    first: '{all} 个中的前 {n} 个',
    extent: '此步长内从 {least} 到 {greatest}',
  },
}
