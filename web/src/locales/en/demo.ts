// What the dashboard of the demo says; these texts come with them (features/dashboard/demo_texts.ts).
export default {
  demo: {
    all: 'Everything here is made up.',
    said: 'At {time} the deploy of {image} went wrong.',
    open: 'Find out why',
    close: 'Close this hint',
    alert: 'Switch on alerts',
    hint: 'Adds the starter rules: for crashes, memory, health and errors',
    on: 'Alerts are on: the first one comes within two minutes.',
    show: 'See alerts',
    failed: 'The rules could not be added: {why}',
  },
}
