import { shallowRef } from 'vue'

/** The time in ms, once a second: ages are shown against it. One timer for the whole page. */
export const now = shallowRef(Date.now())

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now()
}, 1000)
document.addEventListener('visibilitychange', () => {
  now.value = Date.now()
})
