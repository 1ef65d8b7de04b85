export default {
  charts: {
    legend: '表示中のコンテナ',
    legend_hint: 'クリック：この線のみ、Shift+クリック：隠す・再表示',
    plot_hint: 'クリックでその時刻へ移動、ドラッグで拡大',
    loading: '数値を読み込み中',
    failed: '数値を読み込めませんでした：{why}',
    none: 'まだ数値がありません',
    none_in_range: 'この期間の数値は保存されていません',
    first: '{all} 個中の先頭 {n} 個',
    extent: 'この区間内で {least} から {greatest} まで',
  },
}
