import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { buildImage } from './fixtures/image.ts'
import { makeRunFolder } from './fixtures/folder.ts'

/** Containers need control groups; where no init has mounted them (a bare virtual machine), this does, and undoes it at the end. */
function mountControlGroups(): () => void {
  const mounted = readFileSync('/proc/mounts', 'utf8').split('\n').some((line) => /^cgroup2? /.test(line) || / cgroup2? /.test(line))
  if (mounted || process.getuid?.() !== 0) return () => {}
  execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup'])
  return () => execFileSync('umount', ['--lazy', '/sys/fs/cgroup'])
}

export default function setup(): () => void {
  const removeFolder = makeRunFolder()
  const unmount = mountControlGroups()
  buildImage()
  return () => {
    removeFolder()
    unmount()
  }
}
