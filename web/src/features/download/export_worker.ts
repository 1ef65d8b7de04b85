// Writes a log read into a file, beside the page: a million lines must not hold it up.
import { problem_of, ProblemError, refusal_of } from '@/features/logs/engine/http_pages'
import type { Problem } from '@/lib/api/types'
import { split_lines, write_lines, type ExportCounts, type ExportOptions } from './log_export'

/** `handle`: the file that the reader chose; null where the browser has no such thing, and the whole is handed back. */
export interface StartExport {
  url: string
  options: ExportOptions
  gzip: boolean
  handle: FileSystemFileHandle | null
}
export type ToExport = ({ type: 'start' } & StartExport) | { type: 'cancel' }
export type FromExport = ({ type: 'progress' | 'done'; bytes: number; blob?: Blob } & ExportCounts) | { type: 'failed'; problem: Problem } | { type: 'cancelled' }

const TELL_EVERY_MS = 200
// What is not written to a disk is held by the browser: beyond this it might not have the room.
const MOST_HELD = 1024 * 1024 * 1024

const send = (message: FromExport) => self.postMessage(message)
const aborter = new AbortController()

function held_sink(most: number): { sink: WritableStream<Uint8Array>; blob: () => Blob } {
  // Each blob takes what was written so far out of this program's memory.
  let all = new Blob([])
  let parts: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const gather = () => {
    all = new Blob([all, ...parts])
    parts = []
    size = 0
  }
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(chunk) {
      if (all.size + size + chunk.length > most) throw new ProblemError({ title: 'download.too_large', status: 0 })
      parts.push(chunk)
      size += chunk.length
      if (size > 4 * 1024 * 1024) gather()
    },
  })
  return { sink: sink as WritableStream<Uint8Array>, blob: () => (gather(), all) }
}

async function run({ url, options, gzip, handle }: StartExport): Promise<void> {
  const counts: ExportCounts = { lines: 0, gaps: 0, unreadable: 0, at: null }
  let bytes = 0
  const progress = setInterval(() => send({ type: 'progress', bytes, ...counts }), TELL_EVERY_MS)
  try {
    const response = await fetch(url, { signal: aborter.signal, credentials: 'same-origin' })
    if (!response.ok || !response.body) throw new ProblemError(await refusal_of(response))
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length
        controller.enqueue(chunk)
      },
    })
    const held = handle ? null : held_sink(MOST_HELD)
    const sink = held?.sink ?? ((await handle!.createWritable()) as WritableStream<Uint8Array>)
    const text = response.body.pipeThrough(split_lines()).pipeThrough(write_lines(options, counts)).pipeThrough(new TextEncoderStream())
    const written = gzip ? text.pipeThrough(new CompressionStream('gzip') as TransformStream<Uint8Array, Uint8Array>) : text
    // An error anywhere goes through the chain and discards what was written: a file is whole, or is not there.
    await (written as ReadableStream<Uint8Array>).pipeThrough(counter).pipeTo(sink, { signal: aborter.signal })
    send({ type: 'done', bytes, ...counts, ...(held && { blob: held.blob() }) })
  } catch (error) {
    send(aborter.signal.aborted ? { type: 'cancelled' } : { type: 'failed', problem: problem_of(error) })
  } finally {
    clearInterval(progress)
  }
}

self.onmessage = ({ data }: MessageEvent<ToExport>) => {
  if (data.type === 'cancel') aborter.abort()
  else void run(data)
}
