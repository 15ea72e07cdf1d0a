import { gridWindow } from '@hangtag/web/grid-window.js';
import { expect } from 'chai';
import fc from 'fast-check';

describe('the window of the wall', () => {
  const grid = { count: 100, columns: 4, rowPx: 200, viewportPx: 800 };

  it('shows the rows in view and some around them', () => {
    expect(gridWindow(grid, 2_000)).to.deep.equal({ heightPx: 5_000, from: 28, to: 68, topPx: 1_400 });
  });

  it('begins with the first item and ends with the last', () => {
    expect(gridWindow(grid, -50)).to.include({ from: 0, topPx: 0 });
    expect(gridWindow({ ...grid, count: 99 }, 1e9)).to.include({ to: 99 });
    expect(gridWindow({ ...grid, count: 0 }, 0)).to.deep.equal({ heightPx: 0, from: 0, to: 0, topPx: 0 });
  });

  it('reaches the last of a million items in an element of a height that browsers allow', () => {
    const million = { ...grid, count: 1_000_000 };

    const { heightPx } = gridWindow(million, 0);
    const end = gridWindow(million, heightPx - grid.viewportPx);

    expect(heightPx).to.equal(8_000_000);
    expect(end.to).to.equal(1_000_000);
    expect(end.topPx + ((end.to - end.from) / grid.columns) * grid.rowPx).to.be.closeTo(heightPx, 1e-3);
  });

  it('covers the viewport with few items, wherever it is', () => {
    const shapes = fc.record({
      count: fc.integer({ min: 1, max: 2_000_000 }),
      columns: fc.integer({ min: 2, max: 12 }),
      rowPx: fc.integer({ min: 100, max: 300 }),
      viewportPx: fc.integer({ min: 300, max: 2_000 }),
    });
    fc.assert(
      fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), (shape, share) => {
        const { heightPx } = gridWindow(shape, 0);
        const top = share * Math.max(0, heightPx - shape.viewportPx);
        const { from, to, topPx } = gridWindow(shape, top);
        const bottomPx = topPx + Math.ceil((to - from) / shape.columns) * shape.rowPx;
        expect(topPx).to.be.at.most(top + 1e-3);
        expect(bottomPx).to.be.at.least(Math.min(heightPx, top + shape.viewportPx) - 1e-3);
        expect(to - from).to.be.at.most((shape.viewportPx / shape.rowPx + 8) * shape.columns);
      }),
    );
  });
});
