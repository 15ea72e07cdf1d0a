import { Answers } from '@hangtag/web/answers.js';
import { type Image, imageOf } from '@hangtag/web/image.js';
import { signal } from '@preact/signals';
import { expect } from 'chai';

const image = (id: string): Image => imageOf(id, { name: id, generation: '1', status: 'review' });

/** What has been confirmed has had its consequences. */
const settled = () => new Promise(setImmediate);

describe('the answers of a reviewer', () => {
  const [a, b, c] = [image('a'), image('b'), image('c')];
  let saved: string[];
  let answers: Answers;

  beforeEach(() => {
    saved = [];
    answers = new Answers(signal([a, b, c]), async ({ id }, category) => {
      if (category === 'refused') throw Object.assign(new Error('no'), { code: 'permission-denied' });
      saved.push(`${id}: ${category}`);
    });
  });
  afterEach(() => answers.flush());

  const queue = () => answers.queue.value.map(({ id }) => id);

  it('are sent with the next answer', () => {
    answers.answer([a], 'Tops');
    expect(saved).to.deep.equal([]);

    answers.answer([b], 'Shirts');

    expect(saved).to.deep.equal(['a: Tops']);
    expect(queue()).to.deep.equal(['c']);
  });

  it('can be taken back before that: nothing is sent, and the image is asked again', () => {
    answers.answer([a], 'Tops');

    answers.undo();
    answers.flush();

    expect(saved).to.deep.equal([]);
    expect(queue()).to.deep.equal(['a', 'b', 'c']);
    expect(answers.state.value.kind).to.equal('none');
  });

  it('can be one for several images: sent together, and taken back together', () => {
    answers.answer([a, c], 'Tops');
    expect(queue()).to.deep.equal(['b']);

    answers.undo();
    expect(queue()).to.deep.equal(['a', 'b', 'c']);

    answers.answer([a, c], 'Tops');
    answers.flush();
    expect(saved).to.deep.equal(['a: Tops', 'c: Tops']);
  });

  it('are asked again if they are refused, and the reason is said', async () => {
    answers.answer([a], 'refused');
    answers.flush();
    await Promise.resolve();

    expect(answers.state.value).to.deep.equal({ kind: 'failed', why: 'refused' });
    expect(queue()).to.deep.equal(['a', 'b', 'c']);
  });

  it('are called saved only when Firestore has them, all of them', async () => {
    const confirm: (() => void)[] = [];
    const sent = new Answers(signal([a, b]), () => new Promise((resolve) => confirm.push(resolve)));
    sent.answer([a, b], 'Tops');
    sent.flush();
    confirm[0]?.();
    await settled();
    expect(sent.state.value).to.deep.equal({ kind: 'sent', category: 'Tops' });

    confirm[1]?.();
    await settled();

    expect(sent.state.value).to.deep.equal({ kind: 'saved', category: 'Tops' });
  });

  it('are not called saved while a later one can be taken back', async () => {
    let confirm = () => {};
    const confirmed = new Promise<void>((resolve) => {
      confirm = resolve;
    });
    const sent = new Answers(signal([a, b]), () => confirmed);
    sent.answer([a], 'Tops');
    sent.answer([b], 'Shirts');

    confirm();
    await settled();

    expect(sent.state.value).to.deep.equal({ kind: 'pending', category: 'Shirts' });
    sent.undo();
  });

  it('to a control look like the others, can be taken back, and are saved in their own way', async () => {
    const controls: string[] = [];
    const shownAgain: string[] = [];
    const control = {
      save: async ({ id }: Image) => void controls.push(id),
      onUndo: () => shownAgain.push('x'),
    };
    answers.answer([image('x')], 'Tops', control);
    expect(answers.state.value).to.deep.equal({ kind: 'pending', category: 'Tops' });
    answers.undo();
    expect([shownAgain, controls]).to.deep.equal([['x'], []]);

    answers.answer([image('x')], 'Tops', control);
    answers.answer([a], 'Shirts');

    expect(controls).to.deep.equal(['x']);
    expect(saved).to.deep.equal([]);
  });

  it('may be put off: skipped images come last, and the last of them comes back on request', () => {
    answers.skip(a);
    answers.skip(b);
    expect(queue()).to.deep.equal(['c', 'a', 'b']);

    answers.back();

    expect(queue()).to.deep.equal(['b', 'c', 'a']);
  });

  it('of a former generation do not hide a new picture of the same name', () => {
    const reviews = signal([a]);
    const asked = new Answers(reviews, async () => {});
    asked.answer([a], 'Tops');
    asked.flush();

    reviews.value = [{ ...a, generation: '2' }];

    expect(asked.queue.value).to.have.length(1);
  });
});
