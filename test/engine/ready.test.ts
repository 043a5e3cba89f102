// The queue of ready actions against a sorted list.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readyQueue } from '../../src/engine/ready.ts';

describe('the ready queue', () => {
  it('yields by priority, then by arrival, whatever is pushed and taken in between', () => {
    const steps = fc.array(fc.option(fc.nat({ max: 5 }), { freq: 3 }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (drawn) => {
        const queue = readyQueue<number>();
        const model: { item: number; priority: number }[] = [];
        for (const [item, priority] of drawn.entries()) {
          if (priority !== null) {
            queue.push(item, priority);
            model.push({ item, priority });
            model.sort((a, b) => b.priority - a.priority || a.item - b.item);
          } else {
            const expected = model.findIndex((each) => each.item % 2 === 0);
            const [taken] = expected < 0 ? [] : model.splice(expected, 1);
            expect(queue.take((each) => each % 2 === 0)).toBe(taken?.item);
          }
        }
        for (const { item } of model) expect(queue.take(() => true)).toBe(item);
        expect(queue.take(() => true)).toBeUndefined();
      }),
    );
  });

  it('looks at a bounded number of items', () => {
    const queue = readyQueue<number>();
    for (let item = 0; item < 1000; item++) queue.push(item, 0);
    let looks = 0;
    const none = queue.take(() => {
      looks += 1;
      return false;
    });
    expect(none).toBeUndefined();
    expect(looks).toBeLessThan(100);
    expect(queue.take(() => true)).toBe(0);
  });
});
