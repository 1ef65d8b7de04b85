export default {
  charts: {
    legend: 'Qué contenedores se dibujan',
    legend_hint: 'Clic: solo esta línea; Mayús+clic: ocultarla, volver a mostrarla',
    plot_hint: 'Clic para ir a esa hora, arrastre para ampliar',
    loading: 'Cargando las mediciones',
    failed: 'No se pudieron cargar las mediciones: {why}',
    none: 'Aún no hay mediciones',
    none_in_range: 'No se conservan mediciones de este intervalo',
    first: 'los primeros {n} de {all}',
    extent: 'de {least} a {greatest} dentro del paso',
  },
}
