import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real sandboxes, compilers and Wine run under these tests on machines of any speed.
    // A shared machine now and then stalls a real Wine or compiler: a test that fails once is tried again,
    // one that fails twice has failed.
    retry: 1,
    // Most of them wait for a sandbox, Wine or a virtual machine now and then: two keep two cores busy.
    maxWorkers: 2,
    testTimeout: 1_200_000,
    hookTimeout: 1_800_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportOnFailure: true,
      // What runs in processes of its own, such as the commands, is not counted.
      thresholds: { lines: 85, branches: 85 },
    },
  },
});
