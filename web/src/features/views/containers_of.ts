import { quote, same_service } from '@/features/alerts/expressions'
import { split_address } from '@/features/containers/address'

/** What one token of a log's address means (see containers/address.ts) as an expression over containers. */
function token_expression(token: string, view_expression: (id: number) => string | undefined): string {
  const [, kind, name] = /^(project|service|host|view):(.+)$/.exec(token) ?? []
  if (kind === 'view') return view_expression(+name!) ?? 'false'
  if (kind === 'service') {
    const [project, ...service] = name!.split('/')
    return same_service(project!, service.join('/'))
  }
  if (kind && name) return `${kind} == ${quote(name)}`
  const at = token.lastIndexOf('@')
  if (at > 0) return `name == ${quote(token.slice(0, at))} and host == ${quote(token.slice(at + 1))}`
  return /^[0-9a-f]{12,64}$/.test(token) ? `id == ${quote(token.slice(0, 12))}` : `name == ${quote(token)}`
}

/** The containers of a log's address, and those that take their place, as an expression. */
export function containers_of(address: string, view_expression: (id: number) => string | undefined): string {
  const parts = split_address(address).map((token) => token_expression(token, view_expression))
  const names = parts.map((part) => /^name == ("(?:[^"\\]|\\.)*")$/.exec(part)?.[1])
  if (parts.length > 1 && names.every(Boolean)) return `name in [${names.join(', ')}]`
  return parts.length === 1 ? parts[0]! : parts.map((part) => (/ (and|or) /.test(part) ? `(${part})` : part)).join(' or ')
}
