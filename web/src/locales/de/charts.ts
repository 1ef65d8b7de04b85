export default {
  charts: {
    legend: 'Welche Container gezeichnet sind',
    legend_hint: 'Klick: nur diese Linie; Umschalt+Klick: aus- oder wieder einblenden',
    plot_hint: 'Klick springt zu dieser Zeit, Ziehen vergrößert',
    loading: 'Werte werden geladen',
    failed: 'Die Werte konnten nicht geladen werden: {why}',
    none: 'Noch keine Werte',
    none_in_range: 'Aus diesem Zeitraum sind keine Werte aufbewahrt',
    first: 'die ersten {n} von {all}',
    extent: 'von {least} bis {greatest} innerhalb des Schritts',
  },
}
