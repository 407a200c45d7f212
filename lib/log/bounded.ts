import { minutes } from '../kernel/clock.ts';
import { log } from './index.ts';

/**
 * A log for what anybody on the internet may cause: at most so many lines in a minute for the whole process, and one more at
 * its end that says how many were left out. `facts` are words of closed lists, never what was sent.
 */
export function boundedLog(mostAMinute: number, message: string): (facts: Readonly<Record<string, string>>) => void {
  let [written, leftOut] = [0, 0];
  const endMinute = () => {
    if (leftOut > 0) log().warn({ leftOut }, `${message}: more of these`);
    [written, leftOut] = [0, 0];
  };
  return (facts) => {
    if (written === 0) setTimeout(endMinute, minutes(1)).unref();
    if (written === mostAMinute) {
      leftOut += 1;
      return;
    }
    written += 1;
    log().warn(facts, message);
  };
}
