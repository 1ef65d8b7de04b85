// The JSON shapes by the names that the page uses; they come from docs/openapi.yaml (`npm run types`).
import type { components } from './openapi'

type Schemas = components['schemas']

export type ApiRecord = Schemas['Record']
export type ApiGap = Schemas['Gap']['gap']
export type Level = ApiRecord['level']
export type Stream = ApiRecord['stream']
export type Host = Schemas['Host']
export type Container = Schemas['Container']
export type ContainerState = Container['state']
export type Health = Container['health']
/** Sizes in bytes, rates per second, CPU in cores, ratios 0..1; `null` where the platform does not say. */
export type StatSample = Schemas['StatSample']
export type Info = Schemas['Info']
export type PageLine = Schemas['LogLine']

/** RFC 9457, with the place in the expression where there is one. */
export type Problem = Omit<Schemas['Problem'], 'detail'> & { detail?: string }

/** An engine's event; only the live connection carries it (docs/live-protocol.md). */
export interface ContainerEvent {
  container: string
  host: string
  time: string
  action: string
  attributes: Record<string, string>
}
