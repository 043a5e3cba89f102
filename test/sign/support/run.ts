// Runs a tool that a test needs and fails the test with the tool's own words when it does not succeed.
import { execa } from 'execa';

export async function run(
  tool: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const result = await execa(tool, args, { ...options, stdin: 'ignore', all: true });
  return result.all;
}
