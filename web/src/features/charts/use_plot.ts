import { onMounted, onUnmounted } from 'vue'

/** Builds a plot while its component is there, and again when the system's colours change: a canvas keeps those that it was drawn in. */
export function use_plot(build: () => void, destroy: () => void): void {
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  onMounted(() => {
    build()
    scheme.addEventListener('change', build)
  })
  onUnmounted(() => {
    scheme.removeEventListener('change', build)
    destroy()
  })
}
