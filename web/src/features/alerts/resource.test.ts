// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { use_resource } from './resource'

const changed = ref(0)
let asked: number
let scope = effectScope()
let seen: DocumentVisibilityState

beforeEach(() => {
  vi.useFakeTimers()
  asked = 0
  seen = 'visible'
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => seen)
  scope = effectScope()
  scope.run(() => use_resource(async () => (asked += 1), { on: () => changed.value }))
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.restoreAllMocks()
})
const change = async (ms: number) => {
  changed.value += 1
  await nextTick()
  await vi.advanceTimersByTimeAsync(ms)
}

it('is asked for at once when it has changed after a quiet time, and never by time alone', async () => {
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(1)
  await change(1)
  expect(asked).toBe(2)
})
it('is asked for once a second however often it changes, and after the last change', async () => {
  await vi.advanceTimersByTimeAsync(5000)
  for (let i = 0; i < 29; i += 1) await change(100)
  expect(asked).toBe(1 + 3)
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toBe(1 + 4)
})
it('is not asked for while the page is hidden, and at once when it is seen again', async () => {
  seen = 'hidden'
  await change(5000)
  expect(asked).toBe(1)
  seen = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  expect(asked).toBe(2)
})
it('is not asked for any more when nobody shows it', async () => {
  scope.stop()
  await change(5000)
  document.dispatchEvent(new Event('visibilitychange'))
  expect(asked).toBe(1)
})
