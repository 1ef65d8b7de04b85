/**
 * Where rows are. Every row is `base` high but for those that were measured to be otherwise (wrapped or expanded ones); rows that were
 * never on the screen are taken for plain ones. Row numbers are absolute; `first` is the one at the top.
 *
 * The list's own virtualiser: a general one keeps an item for each row and rebuilds them all when the number of rows changes, which it
 * does twenty times a second here, with 100,000 rows.
 */
export class RowHeights {
  first = 0
  count = 0
  /** Row numbers, ascending, and how much higher than `base` each is. */
  private rows: number[] = []
  private extras: number[] = []
  private sums: number[] | null = null

  constructor(public base: number) {}

  clear(): void {
    this.rows = []
    this.extras = []
    this.sums = null
  }

  /** All rows have other numbers now, `by` higher. */
  shift(by: number): void {
    if (by === 0) return
    this.rows = this.rows.map((row) => row + by)
  }

  /** Forgets rows that are no longer there. */
  range(first: number, count: number): void {
    this.first = first
    this.count = count
    let gone = 0
    while (gone < this.rows.length && this.rows[gone]! < first) gone += 1
    let kept = this.rows.length
    while (kept > gone && this.rows[kept - 1]! >= first + count) kept -= 1
    if (gone > 0 || kept < this.rows.length) {
      this.rows = this.rows.slice(gone, kept)
      this.extras = this.extras.slice(gone, kept)
      this.sums = null
    }
  }

  /** Notes a measured height. Returns whether it is news. */
  set(row: number, height: number): boolean {
    const extra = height - this.base
    const at = this.lower(row)
    if (this.rows[at] === row) {
      if (Math.abs(this.extras[at]! - extra) < 0.5) return false
      if (Math.abs(extra) < 0.5) {
        this.rows.splice(at, 1)
        this.extras.splice(at, 1)
      } else this.extras[at] = extra
    } else {
      if (Math.abs(extra) < 0.5) return false
      this.rows.splice(at, 0, row)
      this.extras.splice(at, 0, extra)
    }
    this.sums = null
    return true
  }

  /** The distance of a row's upper edge from the top. */
  top(row: number): number {
    return (row - this.first) * this.base + this.extra_before(this.lower(row))
  }

  get total(): number {
    return this.count * this.base + this.extra_before(this.rows.length)
  }

  /** The row at a distance from the top, within the rows there are. */
  row_at(y: number): number {
    let low = this.first
    let high = this.first + Math.max(0, this.count - 1)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.top(middle) <= y) low = middle
      else high = middle - 1
    }
    return low
  }

  private lower(row: number): number {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.rows[middle]! < row) low = middle + 1
      else high = middle
    }
    return low
  }

  private extra_before(index: number): number {
    if (!this.sums) {
      let sum = 0
      this.sums = [0, ...this.extras.map((extra) => (sum += extra))]
    }
    return this.sums[index]!
  }
}
