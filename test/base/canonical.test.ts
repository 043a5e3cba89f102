// Canonical JSON: equal data has equal text, different data different text, whatever machine writes it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, compareCodeUnits } from '../../src/base/canonical.ts';

describe('canonical JSON', () => {
  test('has no white space and keys in code-unit order', () => {
    const value = { b: [1, 'x', null, true], a: { ä: -0.5, Z: 1e21, a: {} }, '10': 1, '9': [] };
    expect(canonicalJson(value)).toBe(
      '{"10":1,"9":[],"a":{"Z":1e+21,"a":{},"ä":-0.5},"b":[1,"x",null,true]}',
    );
  });

  test('orders keys by UTF-16 code unit, as RFC 8785 has it in its example', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
    expect(Object.keys(JSON.parse(text)).filter((key) => key !== '1')).toEqual([
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
  });

  test('means what JSON means', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('does not depend on the order in which members were added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      }),
    );
  });

  test('is the text of its own value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('leaves out members that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: { c: undefined } })).toBe('{"b":{}}');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 0, Symbol('x'), 1n, [undefined]])(
    'refuses what JSON cannot say: %s',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    },
  );
});

/** Every sequence of code units, halves of surrogate pairs included. */
const texts = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

test('comparison by code unit is a total order', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(compareCodeUnits(a, b) + compareCodeUnits(b, a)).toBe(0);
      expect(compareCodeUnits(a, b) === 0).toBe(a === b);
    }),
  );
  expect(compareCodeUnits('Z', 'a')).toBe(-1);
  expect(compareCodeUnits('\u{1f600}', '\ufb33')).toBe(-1);
});
