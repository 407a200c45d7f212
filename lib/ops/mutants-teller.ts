import type { Reporter } from 'vitest/node';

/** Tells each result as soon as it is there: who waits for the first failure need not wait for what comes after it. */
export default class Teller implements Reporter {
  onTestCaseResult(test: Parameters<NonNullable<Reporter['onTestCaseResult']>>[0]): void {
    process.stdout.write(`${test.result().state}\n`);
  }
}
