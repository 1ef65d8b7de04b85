export default {
  demo: {
    all: 'Aquí todo es inventado.',
    said: 'A las {time} salió mal el despliegue de {image}.',
    open: 'Averiguar por qué',
    close: 'Cerrar este aviso',
    alert: 'Activar alertas',
    hint: 'Añade las reglas iniciales: caídas, memoria, salud y errores',
    on: 'Las alertas están activas: la primera llega en menos de dos minutos.',
    show: 'Ver alertas',
    failed: 'No se pudieron añadir las reglas: {why}',
  },
}
