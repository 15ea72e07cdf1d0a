import { Controls } from '@hangtag/web/controls.js';
import { imageOf } from '@hangtag/web/image.js';
import { expect } from 'chai';

const pool = ['a', 'b'].map((id) => imageOf(id, {}));

describe('Controls of a review', () => {
  it('are every n-th picture, each once, until there are no more', () => {
    const controls = new Controls(pool, 3, () => 0.5);
    const shown = Array.from({ length: 6 }, () => {
      controls.onAnswer();
      const control = controls.current.value;
      if (control !== undefined) controls.onDone(control);
      return control?.id;
    });

    expect(shown).to.deep.equal([undefined, 'a', undefined, 'b', undefined, undefined]);
  });

  it('come in another order for another page', () => {
    const numbers = [0.9, 0.1];
    const controls = new Controls(pool, 2, () => numbers.shift() ?? 0);

    controls.onAnswer();

    expect(controls.current.value?.id).to.equal('b');
  });

  it('stay until they are answered, and are not ended by the answer to another picture', () => {
    const controls = new Controls(pool, 2, () => 0.5);
    controls.onAnswer();

    controls.onDone(imageOf('other', {}));

    expect(controls.current.value?.id).to.equal('a');
  });
});
