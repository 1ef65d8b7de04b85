// What charts of metrics say; these texts come with them (features/charts/texts.ts).
export default {
  charts: {
    legend: 'Which containers are drawn',
    legend_hint: 'Click: only this line; Shift+click: hide it, show it again',
    plot_hint: 'Click to go to that time, drag to look closer',
    loading: 'Loading the figures',
    failed: 'The figures could not be loaded: {why}',
    none: 'No figures yet',
    none_in_range: 'No figures are kept of this range',
    first: 'the first {n} of {all}',
    extent: 'from {least} to {greatest} within the step',
  },
}
