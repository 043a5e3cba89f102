// What was measured in several rounds, and how the best of it compares.
import type { Seconds } from './spent.ts';

export class Rounds {
  readonly #measured = new Map<string, Seconds[]>();

  /** Measures, says what came out, and keeps it for the end. */
  measure(name: string, run: () => Seconds): void {
    const seconds = run();
    this.#measured.set(name, [...(this.#measured.get(name) ?? []), seconds]);
    console.log(`  ${figures(name, seconds)}`);
  }

  /** Prints the best of each name; of qbuild's own also what part of the others' it is, which have names for people. */
  printBest(title: string, others: Readonly<Record<string, string>>): void {
    console.log(title);
    for (const name of this.#measured.keys()) {
      const own = this.#best(name);
      const ratios = Object.entries(others).map(([other, called]) => {
        const than = this.#best(other);
        const [wall, cpu] = [own.wall / than.wall, own.cpu / than.cpu].map((ratio) => ratio.toFixed(3));
        return `  ${wall} of ${called}’s wall, ${cpu} of its CPU`;
      });
      console.log(`  ${figures(name, own)}${name.startsWith('qbuild') ? ratios.join(';') : ''}`);
    }
  }

  #best(name: string): Seconds {
    const all = this.#measured.get(name) ?? [];
    return { wall: Math.min(...all.map(({ wall }) => wall)), cpu: Math.min(...all.map(({ cpu }) => cpu)) };
  }
}

function figures(name: string, { wall, cpu }: Seconds): string {
  return `${name.padEnd(42)} ${wall.toFixed(2).padStart(6)} s wall ${cpu.toFixed(2).padStart(6)} s CPU`;
}
