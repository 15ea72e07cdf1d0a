import { HangtagApiError } from '@hangtag/client';
import { failureOf, fetchAnswer, PageError } from '@hangtag/web/attempt.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';

const withCode = (code: string | number) => Object.assign(new Error('of the SDK'), { code });

describe('What the page says of an error', () => {
  it('is the text of the page for a known code, and what to do', () => {
    expect(failureOf(withCode('storage/quota-exceeded'))).to.deep.equal({
      text: 'The quota of the bucket is used up. Try again later.',
    });
    expect(failureOf(new DOMException('gone', 'NotFoundError'))).to.deep.equal({
      text: 'The file is not there any more. Choose it again.',
    });
    expect(failureOf(new PageError('The file is empty.'))).to.deep.equal({ text: 'The file is empty.' });
  });

  it('is the code of an error that the page does not know, with its message as details', () => {
    for (const code of ['auth/new', 'constructor'])
      expect(failureOf(withCode(code))).to.deep.equal({
        text: `The answer was: ${code}.`,
        details: 'of the SDK',
      });
  });

  it('is the message of the API in English', () => {
    const error = new HangtagApiError(409, 'conflict', 'Expected a model on trial', undefined);
    expect(failureOf(error)).to.deep.equal({ text: 'Expected a model on trial' });
  });

  it('is a fault of the page for any other error', () => {
    const text = 'The page has a fault. Load it again.';
    expect(failureOf(new TypeError('x is undefined'))).to.deep.equal({ text, details: 'x is undefined' });
    expect(failureOf('thrown text')).to.deep.equal({ text, details: 'thrown text' });
  });

  it('is that the server does not answer if no answer of a request came', async () => {
    const error = await rejection(fetchAnswer('http://127.0.0.1:9'));
    expect(failureOf(error)).to.deep.equal({
      text: 'The server does not answer. Check the connection and try again.',
    });
  });
});
