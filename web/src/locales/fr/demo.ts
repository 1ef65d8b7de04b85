export default {
  demo: {
    all: 'Tout est fictif ici.',
    said: 'À {time}, le déploiement de {image} a mal tourné.',
    open: 'Trouver pourquoi',
    close: 'Fermer cette indication',
    alert: 'Activer les alertes',
    hint: 'Ajoute les règles de départ : plantages, mémoire, santé et erreurs',
    on: 'Les alertes sont actives : la première arrive dans les deux minutes.',
    show: 'Voir les alertes',
    failed: 'Impossible d’ajouter les règles : {why}',
  },
}
