export default {
  demo: {
    all: 'Alles hier ist erfunden.',
    said: 'Um {time} ging das Deployment von {image} schief.',
    open: 'Herausfinden, warum',
    close: 'Hinweis schließen',
    alert: 'Alarme einschalten',
    hint: 'Fügt die Regeln für den Anfang hinzu: für Abstürze, Speicher, Zustand und Fehler',
    on: 'Alarme sind an: Der erste kommt binnen zwei Minuten.',
    show: 'Alarme ansehen',
    failed: 'Die Regeln konnten nicht hinzugefügt werden: {why}',
  },
}
