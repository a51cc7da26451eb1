// Where the cells of a heat map lie: as large as fits, so that ten are easy to hit and ten thousand still fit a screen.

export interface CellLayout {
  readonly count: number;
  readonly columns: number;
  /** A cell with its gap, in CSS pixels. */
  readonly side: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

const LARGEST = 22;
const SMALLEST = 5;
/** The height that it should not exceed, as long as cells need not be smaller than SMALLEST. */
const WANTED_HEIGHT = 340;

export function layoutFor(count: number, width: number): CellLayout {
  const room = Math.max(SMALLEST, Math.floor(width));
  let side = LARGEST;
  while (side > SMALLEST && Math.ceil(count / Math.floor(room / side)) * side > WANTED_HEIGHT) side -= 1;
  const columns = Math.max(1, Math.floor(room / side));
  const rows = Math.ceil(count / columns);
  const gap = side >= 12 ? 2 : 1;
  return { count, columns, side, gap, width: columns * side, height: rows * side };
}

/** The cell under a point; `undefined` beside all of them. */
export function cellAt({ count, columns, side }: CellLayout, x: number, y: number): number | undefined {
  const column = Math.floor(x / side);
  const index = Math.floor(y / side) * columns + column;
  return column >= 0 && column < columns && index >= 0 && index < count ? index : undefined;
}
