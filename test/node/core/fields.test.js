import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fields } from './fields.js';

function loaded(reply) {
  const bag = {};
  return { bag, fields: new Fields(bag, reply) };
}
const nothing = { set: [], unset: [] };

test('a map and a flat array show the same fields', () => {
  for (const reply of [{ a: '1', b: '"x"' }, ['a', '1', 'b', '"x"']]) {
    assert.deepEqual({ ...loaded(reply).bag }, { a: 1, b: 'x' });
  }
});

test('reading makes nothing dirty, nor do the spaces of another JSON writer', () => {
  const { bag, fields } = loaded({ a: '{"deep": [1, 2]}', b: '2.0' });
  assert.deepEqual(bag.a, { deep: [1, 2] });
  assert.equal(bag.b, 2);
  assert.deepEqual(fields.dirty(), nothing);
});

test('set, changed deep inside, and deleted fields are dirty, each alone', () => {
  const { bag, fields } = loaded({ a: '{"deep":[1]}', b: '2', c: '3' });
  bag.a.deep.push(2);
  delete bag.c;
  bag.d = null;
  const dirty = fields.dirty();
  assert.deepEqual(dirty, { set: [['a', '{"deep":[1,2]}'], ['d', 'null']], unset: ['c'] });
  fields.clean(dirty);
  assert.deepEqual(fields.dirty(), nothing);
});

test('the same value again is not dirty; undefined is as good as deleted', () => {
  const { bag, fields } = loaded({ a: '1', b: '2' });
  bag.a = 1;
  bag.b = undefined;
  bag.c = undefined;
  assert.deepEqual(fields.dirty(), { set: [], unset: ['b'] });
});

test('a value that is not JSON hurts only whoever reads it', () => {
  const { bag, fields } = loaded({ raw: 'not JSON', b: '2' });
  assert.throws(() => bag.raw, SyntaxError);
  bag.b = 3;
  assert.deepEqual(fields.dirty(), { set: [['b', '3']], unset: [] });
  bag.raw = 'now';
  assert.deepEqual(fields.dirty().set, [['raw', '"now"'], ['b', '3']]);
});

test('the name of a method is no field: not shown, not deleted, not saved', () => {
  const { bag, fields } = loaded({ toString: '"theirs"', a: '1' });
  assert.deepEqual(Object.keys(bag), ['a']);
  assert.deepEqual(fields.dirty(), nothing);
  bag.valueOf = 'mine';
  assert.throws(() => fields.dirty(), TypeError);
});

test('loading again drops what was not saved', () => {
  const { bag, fields } = loaded({ a: '1' });
  bag.a = 2;
  bag.b = 3;
  fields.load({ c: '4' });
  assert.deepEqual({ ...bag }, { c: 4 });
  assert.deepEqual(fields.dirty(), nothing);
});
