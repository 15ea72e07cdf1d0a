/**
 * Which rows of a long grid are drawn. Browsers cap the height of an element at some 16.7 million pixels: a grid that is
 * higher is scaled, so that the scroll bar reaches its end.
 */
const MAX_HEIGHT_PX = 8_000_000;
/** Rows above and below the visible ones, so that fast scrolling shows no gap. */
const SPARE_ROWS = 3;

export interface Grid {
  readonly count: number;
  readonly columns: number;
  readonly rowPx: number;
  readonly viewportPx: number;
}

export interface GridWindow {
  /** Height of the element that scrolls. */
  readonly heightPx: number;
  /** The first item that is drawn, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Where the first drawn row begins, inside the element that scrolls. */
  readonly topPx: number;
}

export function gridWindow({ count, columns, rowPx, viewportPx }: Grid, scrollTopPx: number): GridWindow {
  const rows = Math.ceil(count / columns);
  const contentPx = rows * rowPx;
  const heightPx = Math.min(contentPx, MAX_HEIGHT_PX);
  const travelPx = Math.max(1, heightPx - viewportPx);
  const scrollPx = Math.min(Math.max(0, scrollTopPx), travelPx);
  // Where the viewport is in the content, of which the element may be a smaller picture.
  const contentTopPx = heightPx === contentPx ? scrollPx : (scrollPx / travelPx) * (contentPx - viewportPx);
  const firstRow = Math.max(0, Math.floor(contentTopPx / rowPx) - SPARE_ROWS);
  const lastRow = Math.min(rows, Math.ceil((contentTopPx + viewportPx) / rowPx) + SPARE_ROWS);
  return {
    heightPx,
    from: firstRow * columns,
    to: Math.min(count, lastRow * columns),
    topPx: scrollPx - contentTopPx + firstRow * rowPx,
  };
}
