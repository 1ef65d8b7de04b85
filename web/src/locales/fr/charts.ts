export default {
  charts: {
    legend: 'Conteneurs tracés',
    legend_hint: 'Clic : cette ligne seule ; Maj+clic : la masquer, la réafficher',
    plot_hint: 'Cliquer pour aller à ce moment, glisser pour agrandir',
    loading: 'Chargement des mesures',
    failed: 'Impossible de charger les mesures : {why}',
    none: 'Pas encore de mesures',
    none_in_range: 'Aucune mesure conservée de cette période',
    first: 'les {n} premiers sur {all}',
    extent: 'de {least} à {greatest} dans le pas',
  },
}
