export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
export const grid: { readonly columns: number; readonly rows: number };
export const tileCount: number;
export function tileAt(index: number): Tile;
export function tileFile(folder: string, index: number): string;
