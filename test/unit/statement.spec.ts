import { describe, expect, it } from '@jest/globals';

import { compile, type Parameters, type Statement } from '../../src/database/sql/statement.js';

const compiled = (text: string, parameters: Parameters) =>
  compile({ name: 'example', text, parameters }, (name, type, position) => `$${position}::${type}`);

describe('a statement with named parameters', () => {
  it('gets a position for each name, once, in the order of first use', () => {
    const text = 'SELECT :id, :after WHERE :id IS NULL';
    expect(compiled(text, { after: 'int', id: 'uuid?' })).toEqual({
      text: 'SELECT $1::uuid, $2::int WHERE $1::uuid IS NULL',
      names: ['id', 'after'],
    });
  });

  it('keeps casts, literals, quoted names and JSON operators', () => {
    const text = `SELECT a::text, ':id', 'it''s :id', ":id", b->>':id', '{"a": 1}'::json WHERE :id::text = a`;
    expect(compiled(text, { id: 'text' }).text).toBe(text.replace(':id::text', '$1::text::text'));
  });

  it('is refused where the text and the declaration have different names', () => {
    expect(() => compiled('SELECT :id', {})).toThrow('Statement example: parameter :id is not declared');
    expect(() => compiled('SELECT 1', { id: 'int' })).toThrow('Statement example does not use :id');
  });

  it('takes exactly the values that it declares', () => {
    const find: Statement<{ id: 'uuid'; owner: 'text?' }, object> = (values) => values;
    const known = { id: 'a', owner: null };
    expect(find(known)).toEqual(known);
    // @ts-expect-error -- a value is missing
    find({ id: 'a' });
    // @ts-expect-error -- a value too many, which comes by a spread
    find({ ...known, module: 'm' });
    // @ts-expect-error -- a value of another type
    find({ ...known, id: 7 });
    // @ts-expect-error -- null where the type does not allow it
    find({ ...known, id: null });
  });
});
