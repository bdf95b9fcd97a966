import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { EventStreamParser, type StreamedEvent } from '../../src/client/event-stream-parser.js';

interface Parsed {
  events: StreamedEvent[];
  lastEventId: string | undefined;
  retry: number | undefined;
}

function parse(...pieces: string[]): Parsed {
  const parser = new EventStreamParser();
  const events = pieces.flatMap((piece) => parser.push(piece));
  return { events, lastEventId: parser.lastEventId, retry: parser.retry };
}

const message = (data: string, type = 'message'): StreamedEvent => ({ type, data });

describe('the parser of event streams', () => {
  it.each<[string, string, StreamedEvent[]]>([
    ['an event at its blank line, not before', 'data: a', []],
    ['an event with a type', 'event: turn.started\ndata: {}\n\n', [message('{}', 'turn.started')]],
    ['a type for one event only', 'event: x\ndata: a\n\ndata: b\n\n', [message('a', 'x'), message('b')]],
    [
      'lines that end with CR, LF or CR LF',
      'data: a\r\rdata: b\n\ndata: c\r\n\r\n',
      ['a', 'b', 'c'].map((data) => message(data)),
    ],
    ['data of several lines', 'data: a\ndata:\ndata: b\n\n', [message('a\n\nb')]],
    ['no event without data', 'event: x\nid: 1\n\n: comment\n\n', []],
    ['an event with empty data', 'data\n\ndata:\n\n', [message(''), message('')]],
    [
      'one space after the colon as no part of the value',
      'data:a\n\ndata:  b\n\n',
      [message('a'), message(' b')],
    ],
    ['colons as a part of the value', 'data: {"a":1}\n\n', [message('{"a":1}')]],
    [
      'no comments and no unknown fields',
      ': data: a\nDATA: b\ndata : c\nfoo: d\ndata: e\n\n',
      [message('e')],
    ],
    ['line separators of Unicode as text', 'data: a\u2028b\u0085c\n\n', [message('a\u2028b\u0085c')]],
  ])('reads %s', (_, text, events) => {
    expect(parse(text).events).toEqual(events);
  });

  it.each([
    ['keeps the last id', 'id: 7\ndata: a\n\ndata: b\n\n', '7'],
    ['takes an id without data', 'id: 7\n\n', '7'],
    ['does not take the id of an event that is not complete', 'id: 7\ndata: a\n\nid: 8\ndata: b\n', '7'],
    ['ignores an id with U+0000', 'id: 7\n\nid: 8\0\ndata: a\n\n', '7'],
    ['resets the id by an empty one', 'id: 7\n\nid\ndata: a\n\n', ''],
  ])('%s', (_, text, id) => {
    expect(parse(text).lastEventId).toBe(id);
  });

  it.each([
    ['takes the time of a retry', 'retry: 1500\n\n', 1500],
    ['ignores a retry that is no number of digits', 'retry: 1500\nretry: 2s\nretry: -1\nretry:\n\n', 1500],
  ])('%s', (_, text, retry) => {
    expect(parse(text).retry).toBe(retry);
  });

  it('reads the same however the stream is split into pieces', () => {
    const piece = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      'data: ',
      'id: 1',
      'event',
      ':',
      'é€',
      '\0',
      'retry: 9',
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(40)), (pieces, cuts) => {
        const text = pieces.join('');
        const places = [
          0,
          ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
          text.length,
        ];
        const parts = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(parse(...parts)).toEqual(parse(text));
      }),
    );
  });

  it('reads a long line in many pieces in a time that grows with its length', () => {
    const pieces = Array<string>(20_000).fill('x'.repeat(1_000));
    const begun = performance.now();
    expect(parse('data: ', ...pieces, '\n\n').events[0]?.data).toHaveLength(20_000_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
